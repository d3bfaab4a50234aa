"""A SQLite file with one writer thread and many readers. Only this module and `copying.py` import sqlite3.

Durability: every commit is synced (`synchronous=FULL`). With NORMAL, WAL mode survives a killed process but not a
power failure, which could undo minutes of commits. By then the dashboard has deleted the push segments that the lost
checkpoint covered. A live run commits once every two seconds, so the sync costs next to nothing.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from dashboard.store.connection import SqlConnection
from dashboard.store.errors import StoreError
from dashboard.store.migrations import migrate
from dashboard.store.readers import Readers
from dashboard.store.values import DatabaseUsage
from dashboard.store.writer import Writer

T = TypeVar("T")

# The tally of all operations fits into a page of 8 KiB without an overflow page.
_NEW_DATABASE_PRAGMAS = ("PRAGMA page_size = 8192", "PRAGMA auto_vacuum = INCREMENTAL")
_WRITER_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA journal_size_limit = 67108864",
)


class Database:
    """The database file `path`, created and migrated when necessary. The idle writer calls `clean_up`."""

    def __init__(self, path: Path, clean_up: Callable[[SqlConnection], bool]) -> None:
        self._path = path
        with self._store_errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            writing = self._open_for_writing()
            self._file = _identity(path)
        self._writer = Writer(writing, clean_up)
        self._readers = Readers(self._open_for_reading)

    def usage(self) -> DatabaseUsage:
        """Return the size of the database file and of its write-ahead log."""
        log = self._path.with_name(self._path.name + "-wal")
        with self.reading() as db:
            pages, free, size = (
                int(db.execute(f"PRAGMA {name}").fetchone()[0])
                for name in ("page_count", "freelist_count", "page_size")
            )
        log_bytes = log.stat().st_size if log.exists() else 0
        return DatabaseUsage(file_bytes=pages * size, log_bytes=log_bytes, used_bytes=(pages - free) * size)

    def close(self) -> None:
        """Commit everything that was submitted, then close. Later calls raise StoreError; a second close is a no-op."""
        self._readers.close()
        self._writer.close()

    def write(self, work: Callable[[SqlConnection], T]) -> T:
        """Run `work` in a transaction and return its result after the commit."""
        with self._store_errors():
            # Writes to an unlinked file disappear with this process.
            if _identity(self._path) != self._file:
                raise StoreError(f"The database {self._path} was replaced while it was in use. {_RESTORE}")
            return self._writer.do(work)

    @contextmanager
    def reading(self) -> Iterator[SqlConnection]:
        """Yield a connection whose reads are consistent."""
        with self._store_errors(), self._readers.reading() as db:
            yield db

    @contextmanager
    def consistent_reads(self) -> Iterator[None]:
        """Let all reads of this thread inside the block see the same state. Errors of the block are not converted."""
        with ExitStack() as held:
            with self._store_errors():
                held.enter_context(self._readers.holding())
            yield

    def _open_for_writing(self) -> SqlConnection:
        # The database can hold private data. SQLite gives -wal and -shm the same mode.
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        try:
            if not self._path.stat().st_size:
                for pragma in _NEW_DATABASE_PRAGMAS:
                    db.execute(pragma)
            for pragma in _WRITER_PRAGMAS:
                db.execute(pragma)
            migrate(db)
        except BaseException:
            db.close()
            raise
        return db

    def _open_for_reading(self) -> SqlConnection:
        address = f"{self._path.resolve().as_uri()}?mode=ro"
        db = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA query_only = ON")
        return db

    @contextmanager
    def _store_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(self._message(error)) from error
        except FileNotFoundError as error:
            raise StoreError(f"The database {self._path} is missing. {_RESTORE}") from error
        except OSError as error:
            raise StoreError(
                f"The database {self._path} cannot be opened ({error.strerror}). "
                "Check that this user may write to its folder."
            ) from error

    def _message(self, error: sqlite3.Error) -> str:
        primary = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        template = _MESSAGES.get(primary, "The database {path} failed: {error}.")
        return template.format(path=self._path, error=error)


_RESTORE = "Restore it or remove what replaced it, then restart the dashboard."
_MESSAGES = {
    sqlite3.SQLITE_FULL: (
        "The disk of the database {path} is full. Free some space. Everything that the page has shown is stored."
    ),
    sqlite3.SQLITE_IOERR: "The disk of the database {path} failed ({error}). Check the disk.",
    sqlite3.SQLITE_CANTOPEN: "The database {path} cannot be opened. Check that this user may write to its folder.",
    sqlite3.SQLITE_READONLY: (
        "The database {path} is read-only. Give this user write access, or choose another DATA_DIR."
    ),
    sqlite3.SQLITE_PERM: (
        "This user may not open the database {path}. Give this user access, or choose another DATA_DIR."
    ),
    sqlite3.SQLITE_BUSY: "Another program is writing to the database {path}. Close that program.",
    sqlite3.SQLITE_LOCKED: "Another program is writing to the database {path}. Close that program.",
    sqlite3.SQLITE_CORRUPT: (
        "The database {path} is damaged. Move it and its -wal file away, or restore a backup."
    ),
    sqlite3.SQLITE_NOTADB: ("The file {path} is not a database. Move it away, or choose another DATA_DIR."),
}


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino

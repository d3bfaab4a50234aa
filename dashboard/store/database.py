"""A SQLite file with one writing thread and many readers. The only module that knows sqlite3.

Durability: every commit is synced (`synchronous=FULL`). In WAL mode NORMAL would survive a killed process
too, but a power cut could take back minutes, and by then the dashboard has deleted the push segments that
the lost checkpoint covered. A live run commits once in two seconds: a sync each time costs next to nothing.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from dashboard.store.base import StoreError, Usage
from dashboard.store.connection import Connection
from dashboard.store.migrations import migrate
from dashboard.store.readers import Readers
from dashboard.store.writer import Writer

T = TypeVar("T")

# Pages of 8 KiB hold the tally of all operations without a page of its own for its tail.
_NEW_DATABASE = ("PRAGMA page_size = 8192", "PRAGMA auto_vacuum = INCREMENTAL")
_WRITING = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA journal_size_limit = 67108864",
)


class Database:
    """The database file `path`, made when it is missing and brought to the newest schema. `tidy` is for idle times."""

    def __init__(self, path: Path, tidy: Callable[[Connection], bool]) -> None:
        self._path = path
        with self._plain_errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            writing = self._open_for_writing()
            self._file = _identity(path)
        self._writer = Writer(writing, tidy)
        self._readers = Readers(self._open_for_reading)

    def usage(self) -> Usage:
        """How much room the file and its companion take."""
        log = self._path.with_name(self._path.name + "-wal")
        with self.reading() as db:
            pages, free, size = (
                int(db.execute(f"PRAGMA {name}").fetchone()[0])
                for name in ("page_count", "freelist_count", "page_size")
            )
        log_bytes = log.stat().st_size if log.exists() else 0
        return Usage(file_bytes=pages * size, log_bytes=log_bytes, used_bytes=(pages - free) * size)

    def close(self) -> None:
        """Finish what was acknowledged and close; calling it again does nothing."""
        self._readers.close()
        self._writer.close()

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction; committed when this returns."""
        with self._plain_errors():
            # what is written to a file that lost its name is gone with this process
            if _identity(self._path) != self._file:
                raise StoreError(f"the database {self._path} was replaced while it was used; {_AGAIN}")
            return self._writer.do(work)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection at one moment."""
        with self._plain_errors(), self._readers.reading() as db:
            yield db

    @contextmanager
    def at_one_moment(self) -> Iterator[None]:
        """Readings of this thread inside are of one moment. Other failures inside are not the database's."""
        with ExitStack() as held:
            with self._plain_errors():
                held.enter_context(self._readers.holding())
            yield

    def _open_for_writing(self) -> Connection:
        # The file may come to hold what is nobody else's business; its companions inherit the mode.
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        try:
            if not self._path.stat().st_size:
                for pragma in _NEW_DATABASE:
                    db.execute(pragma)
            for pragma in _WRITING:
                db.execute(pragma)
            migrate(db)
        except BaseException:
            db.close()
            raise
        return db

    def _open_for_reading(self) -> Connection:
        address = f"{self._path.resolve().as_uri()}?mode=ro"
        db = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA query_only = ON")
        return db

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(self._words(error)) from error
        except FileNotFoundError as error:
            raise StoreError(f"the database {self._path} is gone; {_AGAIN}") from error
        except OSError as error:
            words = f"the database {self._path} cannot be opened ({error.strerror})"
            raise StoreError(f"{words}; may this user write to its folder?") from error

    def _words(self, error: sqlite3.Error) -> str:
        primary = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        advice = _ADVICE.get(primary, "it said: {error}")
        return f"the database {self._path}: " + advice.format(error=error)


_AGAIN = "put it back or do without it, and start the dashboard anew"
_ADVICE = {
    sqlite3.SQLITE_FULL: "the disk is full; make room, nothing that was shown is lost",
    sqlite3.SQLITE_IOERR: "the disk does not answer as it should ({error})",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; may this user write to its folder?",
    sqlite3.SQLITE_READONLY: "may not be written to; give this user the right, or choose another DATA_DIR",
    sqlite3.SQLITE_PERM: "may not be opened by this user; give it the right, or choose another DATA_DIR",
    sqlite3.SQLITE_BUSY: "another program is writing to it; close that program",
    sqlite3.SQLITE_LOCKED: "another program is writing to it; close that program",
    sqlite3.SQLITE_CORRUPT: "is damaged; move it (and its -wal file) away, or put a backup in its place",
    sqlite3.SQLITE_NOTADB: "is no database; move it away, or choose another DATA_DIR",
}


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino

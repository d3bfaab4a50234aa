"""Consistent copies of a database that is in use."""

import sqlite3
from contextlib import closing
from pathlib import Path

from dashboard.store.errors import StoreError
from dashboard.store.migrations import FOLDER

_HEADER = b"SQLite format 3\x00"
_PROGRAMS = "SELECT name, sql FROM sqlite_schema WHERE type IN ('trigger', 'view')"


RESTORED = "it was restored from a backup"
_DISABLE = """
    UPDATE webhooks SET body = json_set(body, '$.enabled', json('false'), '$.disabled_reason', ?)
"""
_GIVE_UP = """
    UPDATE webhook_deliveries SET state = 'dead', next_at = NULL, ended_at = since, error = ? WHERE state = 'pending'
"""


def copy_database(source: Path, target: Path) -> None:
    """Copy all committed data while writers continue. Raises StoreError."""
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as live,
            closing(sqlite3.connect(target)) as copy,
        ):
            live.backup(copy)  # all pages in one step, so the copy is consistent
            copy.execute("PRAGMA journal_mode = DELETE")  # leave a single file without -wal and -shm
            _remove_tokens(copy)
    except sqlite3.Error as error:
        raise StoreError(f"The database {source} cannot be copied: {error}.") from None


def check_database(path: Path) -> None:
    """Raise StoreError unless the file is an intact database that this version can read."""
    # SQLite takes an empty file, and one of a few bytes, for an empty database.
    with path.open("rb") as file:
        if file.read(len(_HEADER)) != _HEADER:
            raise StoreError("The database in the backup is damaged: it is not an SQLite database.")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            found = str(db.execute("PRAGMA quick_check").fetchone()[0])
            version = int(db.execute("PRAGMA user_version").fetchone()[0])
            programs = set(db.execute(_PROGRAMS))
    except sqlite3.Error as error:
        raise StoreError(f"The database in the backup is damaged: {error}.") from None
    if found != "ok":
        raise StoreError(f"The database in the backup is damaged: {found}.")
    if version < 1:
        raise StoreError("The database in the backup is damaged: it is not a database of the dashboard.")
    newest = max(int(script.name[:4]) for script in FOLDER.glob("[0-9]*_*.sql"))
    if version > newest:
        raise StoreError("A newer version of the dashboard made this backup. Restore it with that version.")
    if foreign := programs - _own_programs(version):
        # They would run with later changes, for example to add an access token.
        names = ", ".join(sorted(str(name)[:50] for name, _ in foreign))
        raise StoreError(f"The database in the backup has triggers or views of another program: {names}.")


def remove_tokens(path: Path) -> None:
    """Remove the access tokens from a database that nobody uses. Raises StoreError.

    A backup may come from anywhere. A planted token would open the dashboard.
    """
    try:
        with closing(sqlite3.connect(path)) as db:
            _remove_tokens(db)
    except sqlite3.Error as error:
        raise StoreError(f"The database in the backup cannot be changed: {error}.") from None


def disable_webhooks(path: Path) -> None:
    """Disable the webhooks of a database that nobody uses, and give up their pending deliveries. Raises StoreError.

    A copy of a dashboard must not send events again, and a planted webhook must not send any.
    """
    try:
        with closing(sqlite3.connect(path)) as db, db:
            if db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'webhooks'").fetchone():
                db.execute(_DISABLE, (RESTORED,))
                db.execute(_GIVE_UP, (RESTORED,))
    except sqlite3.Error as error:
        raise StoreError(f"The database in the backup cannot be changed: {error}.") from None


def checkpoint_segments(path: Path) -> dict[str, int]:
    """Return the oldest push segment that each live run still needs, by run id."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
        sql = "SELECT run_id, segment FROM checkpoints JOIN runs USING (run_no)"
        return {str(run_id): int(segment) for run_id, segment in db.execute(sql)}


def _own_programs(version: int) -> set[tuple[str, str]]:
    """Return the names and the texts of the triggers that a dashboard creates up to this version of the schema."""
    with closing(sqlite3.connect(":memory:")) as db:
        for script in sorted(FOLDER.glob("[0-9]*_*.sql"))[:version]:
            db.executescript(script.read_text(encoding="utf-8"))
        return set(db.execute(_PROGRAMS))


def _remove_tokens(db: sqlite3.Connection) -> None:
    """Delete all tokens, including their bytes in the file. Earlier versions have no tokens."""
    if db.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'tokens'").fetchone():
        db.execute("PRAGMA secure_delete = ON")
        with db:
            db.execute("DELETE FROM tokens")

"""A copy of a database that is in use, as it is at one moment."""

import sqlite3
from contextlib import closing
from pathlib import Path

from dashboard.store.base import StoreError
from dashboard.store.migrations import FOLDER


def copy_database(source: Path, target: Path) -> None:
    """Copy what is committed; writers go on meanwhile. Raises StoreError."""
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as live,
            closing(sqlite3.connect(target)) as copy,
        ):
            live.backup(copy)  # in one step: one moment, however long it takes
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without companions
    except sqlite3.Error as error:
        raise StoreError(f"the database {source} cannot be copied: {error}") from None


def check_database(path: Path) -> None:
    """StoreError unless the file is a whole database that this program can read."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            found = str(db.execute("PRAGMA quick_check").fetchone()[0])
            version = int(db.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error as error:
        raise StoreError(f"the database in the backup is damaged: {error}") from None
    if found != "ok":
        raise StoreError(f"the database in the backup is damaged: {found}")
    newest = max(int(step.name[:4]) for step in FOLDER.glob("[0-9]*_*.sql"))
    if version > newest:
        raise StoreError("the backup was made by a newer version of the dashboard: restore it with that one")


def checkpoint_segments(path: Path) -> dict[str, int]:
    """For each run that was live: the oldest segment of its folder that is still needed."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
        sql = "SELECT run_id, segment FROM checkpoints JOIN runs USING (run_no)"
        return {str(run_id): int(segment) for run_id, segment in db.execute(sql)}

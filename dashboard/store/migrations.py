"""Brings a database to the newest schema: numbered SQL files, forward only, each in one transaction."""

from pathlib import Path

from dashboard.store.base import StoreError
from dashboard.store.connection import Connection

FOLDER = Path(__file__).resolve().parent / "migrations"


def migrate(db: Connection, folder: Path = FOLDER) -> None:
    """Run what is missing; StoreError when the database was written by a newer program."""
    steps = {int(path.name[:4]): path for path in sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))}
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    newest = max(steps)
    if version > newest:
        raise StoreError(
            f"the database was written by a newer version of the dashboard (schema {version}, this one knows "
            f"up to {newest}): start the newer version, or choose another DATA_DIR"
        )
    for number in range(version + 1, newest + 1):
        script = steps[number].read_text(encoding="utf-8")
        try:
            db.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

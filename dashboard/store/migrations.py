"""Schema migrations: numbered SQL files, forward only, each in its own transaction."""

from pathlib import Path

from dashboard.store.connection import SqlConnection
from dashboard.store.errors import StoreError

FOLDER = Path(__file__).resolve().parent / "migrations"


def migrate(db: SqlConnection, folder: Path = FOLDER) -> None:
    """Run the missing migrations. Raises StoreError when a newer version wrote the database."""
    scripts = {int(path.name[:4]): path for path in sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))}
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    newest = max(scripts)
    if version > newest:
        raise StoreError(
            f"A newer version of the dashboard wrote the database (schema {version}; this version supports "
            f"up to {newest}). Start the newer version, or choose another DATA_DIR."
        )
    for number in range(version + 1, newest + 1):
        script = scripts[number].read_text(encoding="utf-8")
        try:
            db.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

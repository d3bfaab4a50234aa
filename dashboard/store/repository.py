"""The base class of the repositories."""

from dashboard.store.database import Database

MAX_INTEGER = (1 << 63) - 1


class Repository:
    """Reads and writes one group of tables. A write is committed when the call returns."""

    def __init__(self, database: Database) -> None:
        self._database = database


def clamp(number: int) -> int:
    """Return `number`, or the largest integer that SQLite can store."""
    return min(number, MAX_INTEGER)

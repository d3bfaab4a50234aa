"""The part of a database connection that repositories use, so that only `database.py` imports sqlite3."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

Row = tuple[Any, ...]


class SqlCursor(Protocol):
    """The result of a statement."""

    @property
    def rowcount(self) -> int:
        """The number of changed rows."""

    def fetchone(self) -> Any:
        """Return the next row, or None after the last."""

    def fetchmany(self, size: int = ...) -> list[Any]:
        """Return the next rows, at most `size`."""

    def fetchall(self) -> list[Any]:
        """Return all remaining rows."""

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the remaining rows."""


class SqlConnection(Protocol):
    """One connection, used by one thread at a time."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""

    def execute(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ..., /) -> SqlCursor:
        """Run one statement."""

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> SqlCursor:
        """Run one statement for each of `parameters`."""

    def executescript(self, sql_script: str, /) -> SqlCursor:
        """Run several statements."""

    def close(self) -> None:
        """Close the connection."""

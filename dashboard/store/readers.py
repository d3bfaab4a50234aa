"""A pool of read-only connections. One thread at a time uses a connection."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dashboard.store.connection import SqlConnection
from dashboard.store.errors import StoreError

MAX_IDLE_CONNECTIONS = 8


class Readers:
    """Opens a connection for each concurrent reader and keeps up to `MAX_IDLE_CONNECTIONS` idle ones."""

    def __init__(self, connect: Callable[[], SqlConnection]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._idle: list[SqlConnection] = []
        self._held = threading.local()
        self._closed = False

    @contextmanager
    def reading(self) -> Iterator[SqlConnection]:
        """Yield a connection in a transaction, so that all reads through it are consistent."""
        held: SqlConnection | None = getattr(self._held, "db", None)
        if held is not None:
            yield held
            return
        db = self._take()
        try:
            db.execute("BEGIN")
            yield db
            db.execute("COMMIT")
        except BaseException:
            db.close()
            raise
        self._give_back(db)

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Let all reads of this thread inside the block share one transaction."""
        with self.reading() as db:
            self._held.db = db
            try:
                yield
            finally:
                self._held.db = None

    def close(self) -> None:
        """Close the idle connections. A connection in use is closed when its reader finishes."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for db in idle:
            db.close()

    def _take(self) -> SqlConnection:
        with self._lock:
            if self._closed:
                raise StoreError("The database is closed because the dashboard is stopping.")
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _give_back(self, db: SqlConnection) -> None:
        with self._lock:
            keep = not self._closed and len(self._idle) < MAX_IDLE_CONNECTIONS
            if keep:
                self._idle.append(db)
        if not keep:
            db.close()

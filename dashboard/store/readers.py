"""Read-only connections: each is used by one thread at a time and kept for the next that reads."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dashboard.store.base import StoreError
from dashboard.store.connection import Connection

MOST_IDLE = 8


class Readers:
    """Hands out connections: as many are open as read at once, and a few idle ones."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._idle: list[Connection] = []
        self._held = threading.local()
        self._closed = False

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection in a transaction: all that is read through it is of one moment."""
        held: Connection | None = getattr(self._held, "db", None)
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
        """All that this thread reads inside is of one moment, by however many readings."""
        with self.reading() as db:
            self._held.db = db
            try:
                yield
            finally:
                self._held.db = None

    def close(self) -> None:
        """Close what is idle; a connection in use is closed when its reader is done."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for db in idle:
            db.close()

    def _take(self) -> Connection:
        with self._lock:
            if self._closed:
                raise StoreError("the database is closed: the dashboard is stopping")
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _give_back(self, db: Connection) -> None:
        with self._lock:
            keep = not self._closed and len(self._idle) < MOST_IDLE
            if keep:
                self._idle.append(db)
        if not keep:
            db.close()

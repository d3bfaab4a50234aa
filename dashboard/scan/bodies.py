"""The bodies of possible documents until one of them is read: few enough for the memory of the server."""

import threading
from typing import Final

from dashboard.discovery.text.decode import MAX_DOCUMENT_BYTES

MAX_KEPT_BYTES: Final = 2 * MAX_DOCUMENT_BYTES
Rank = tuple[int, int]


class KeptBodies:
    """Keeps the bodies of the best places (lowest rank), together at most `max_bytes`."""

    def __init__(self, max_bytes: int = MAX_KEPT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bodies: dict[Rank, bytes] = {}
        self._lock = threading.Lock()

    def put(self, rank: Rank, body: bytes) -> None:
        """Keep a body, and drop those of the worst places if there is no room for all."""
        with self._lock:
            self._bodies[rank] = body
            while len(self._bodies) > 1 and sum(map(len, self._bodies.values())) > self._max_bytes:
                del self._bodies[max(self._bodies)]

    def pop(self, rank: Rank) -> bytes | None:
        """Return a body and forget it; None if it was dropped."""
        with self._lock:
            return self._bodies.pop(rank, None)

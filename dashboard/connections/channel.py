"""One connection: its deadlines, and how it ends after a refusal."""

import socket
import time
from typing import Any

from waitress.channel import HTTPChannel

from dashboard.connections.limits import (
    BODY_TIMEOUT_S,
    HEADERS_TIMEOUT_S,
    IDLE_TIMEOUT_S,
    LINGER_TIMEOUT_S,
    MIN_BODY_BYTES_PER_S,
    UNREAD_TIMEOUT_S,
)
from dashboard.connections.request import GuardedRequest
from dashboard.model.client_address import client_key


class GuardedChannel(HTTPChannel):
    """A connection of `client`. The refusal of one request ends the whole connection."""

    server: Any
    request: GuardedRequest | None
    socket: Any
    _flush_some: Any
    _flush_exception: Any

    def __init__(self, server: Any, sock: Any, addr: Any, adj: Any, map: Any = None) -> None:  # noqa: A002
        self.client = client_key(str(addr[0]))
        self.is_refused = False
        self._discard_until: float | None = None
        self._is_new = True  # no request has been completed yet
        self._began = (
            time.monotonic()
        )  # the start of the connection, or of the request that is being received
        super().__init__(server, sock, addr, adj, map)

    def parser_class(self, _adjustments: object) -> GuardedRequest:  # type: ignore[override]
        """Return the parser of the next request. An attribute that refers to `self` would create a reference cycle."""
        return GuardedRequest(self)

    @property
    def is_waiting(self) -> bool:
        """Whether the connection waits for the client to send something."""
        return not self.requests and not self.total_outbufs_len

    def used_share(self, now: float) -> float:
        """Return the used share of the client's time limit. A stalled upload has used more than one that progresses."""
        if self.request is None and not self._is_new:
            return (time.time() - float(self.last_activity)) / IDLE_TIMEOUT_S
        return (now - self._began) / self._allowed_s()

    def received(self, data: bytes) -> bool:
        """Process data that the client sent."""
        before = self.request
        if before is None and not self._is_new:
            self._began = time.monotonic()
        result = bool(super().received(data))
        if self.request is not before:
            self._began = time.monotonic()
        self._is_new = self._is_new and self.request is not None
        return result

    def is_overdue(self, now: float) -> bool:
        """Return whether the client has exceeded its time limit."""
        if self._discard_until is not None:
            return now > self._discard_until
        if self.total_outbufs_len:
            return time.time() - float(self.last_activity) > UNREAD_TIMEOUT_S
        if self.requests or (self.request is None and not self._is_new):
            return False
        return now - self._began > self._allowed_s()

    def _allowed_s(self) -> float:
        if self.request is None or not self.request.headers_finished:
            return HEADERS_TIMEOUT_S
        return BODY_TIMEOUT_S + float(self.request.body_bytes_received) / MIN_BODY_BYTES_PER_S

    def handle_write(self) -> None:
        """Send what is pending. A refused connection is closed only after the client has had time to read why."""
        if not (self.is_refused and self.close_when_flushed) or self.will_close:
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if not self.total_outbufs_len and not self.will_close:
            self._discard_the_rest()

    def handle_close(self) -> None:
        """Close the connection and the temporary file of a body that is incomplete."""
        super().handle_close()
        if self.request is not None:
            self.request.close()

    def _discard_the_rest(self) -> None:
        self.close_when_flushed = False
        self._discard_until = time.monotonic() + LINGER_TIMEOUT_S
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.will_close = True

"""The listening socket: gives every client a connection, and closes those that take too long."""

import copy
import time
from collections.abc import Iterable
from socket import socket
from typing import Any

from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from dashboard.connections.admission import BodyAdmission, with_peer
from dashboard.connections.channel import GuardedChannel
from dashboard.connections.limits import (
    ACCEPT_PAUSE_S,
    CHECK_INTERVAL_S,
    MAX_BODY_BYTES,
    MAX_CONNECTIONS,
    MAX_CONNECTIONS_PER_CLIENT,
    UPLOAD_LIMITS,
    ConnectionOptions,
)
from dashboard.connections.request import GuardedRequest, Refusal
from dashboard.model.client_address import client_key

_LOG_INTERVAL_S = 60.0


class Listener(TcpWSGIServer):
    """Accepts connections of `sock` and serves `app`."""

    channel_class = GuardedChannel
    active_channels: Any
    _map: Any

    def __init__(
        self,
        app: Any,
        sock: socket,
        adjustments: dict[str, Any],
        options: ConnectionOptions,
        sockets: dict[int, Any],
    ) -> None:
        adj = Adjustments(**adjustments)
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(adj.threads)
        socket_info = (sock.family, sock.type, sock.proto, sock.getsockname())
        limits = {MAX_BODY_BYTES, *UPLOAD_LIMITS.values()}
        self.adjustments_by_limit = {limit: _with_body_limit(adj, limit) for limit in limits}
        self._proxy = client_key(options.trusted_proxy) if options.trusted_proxy else None
        self._admission = BodyAdmission(options)
        self._resume_at = self._log_at = self._check_at = 0.0
        super().__init__(
            app, sockets, True, sock, dispatcher=dispatcher, adj=adj, bind_socket=False, sockinfo=socket_info
        )
        self.application = with_peer(self.application)

    def find_refusal(self, channel: GuardedChannel, request: GuardedRequest) -> Refusal | None:
        """Return a refusal if the body of `request` must not be sent, else None."""
        others = [other.request for other in self._channels() if other.request is not request]
        return self._admission.find_refusal(
            channel, request, [other for other in others if other is not None]
        )

    def readable(self) -> bool:
        """Return whether to accept connections."""
        return bool(self.accepting) and time.monotonic() >= self._resume_at

    def close_overdue(self) -> None:
        """Close connections that were idle or took too long.

        Call this between two rounds of the event loop: within a round, a new connection can get the descriptor of a
        closed one, and with it an event that closes the new one.
        """
        now = time.monotonic()
        if now < self._check_at:
            return
        self._check_at = now + CHECK_INTERVAL_S
        self.maintenance(int(time.time()))
        for channel in self._channels():
            if channel.is_overdue(now):
                channel.handle_close()  # waitress would wait until the client can receive something

    def handle_accept(self) -> None:
        """Accept a connection. If there are too many, it takes the place of the slowest one."""
        try:
            accepted = self.accept()
        except OSError as error:
            self._pause(error)
            return
        if accepted is None:
            return
        sock, address = accepted
        try:
            self.set_socket_options(sock)
            sock.setblocking(False)
        except OSError:  # the client is gone
            sock.close()
            return
        if self._make_room(client_key(address[0])):
            self.channel_class(self, sock, address, self.adj, map=self._map)
        else:
            sock.close()

    def _channels(self) -> list[GuardedChannel]:
        return list(self.active_channels.values())

    def _make_room(self, client: str) -> bool:
        """Return whether `client` may have another connection. Closes the slowest one if there are too many."""
        channels = self._channels()
        own = [channel for channel in channels if channel.client == client]
        if client != self._proxy and len(own) >= MAX_CONNECTIONS_PER_CLIENT:
            return _close_slowest(own)
        return len(channels) < MAX_CONNECTIONS or _close_slowest(channels)

    def _pause(self, error: OSError) -> None:
        """Accept nothing for a moment: the socket stays readable while too many files are open."""
        now = time.monotonic()
        self._resume_at = now + ACCEPT_PAUSE_S
        _close_slowest(self._channels())
        if now >= self._log_at:
            self._log_at = now + _LOG_INTERVAL_S
            self.logger.warning("Cannot accept connections: %s. Raise `ulimit -n`.", error.strerror)


def _with_body_limit(adj: Adjustments, limit: int) -> Adjustments:
    limited = copy.copy(adj)
    limited.max_request_body_size = limit
    return limited


def _close_slowest(channels: Iterable[GuardedChannel]) -> bool:
    """Close the waiting connection that has used the largest share of its time. Returns False when none is waiting.

    A new connection has used almost none of its time, so a quick client gets its response whatever the others do.
    """
    now = time.monotonic()
    waiting = [channel for channel in channels if channel.is_waiting]
    if not waiting:
        return False
    max(waiting, key=lambda channel: channel.used_share(now)).handle_close()
    return True

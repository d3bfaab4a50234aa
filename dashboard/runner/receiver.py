"""The HTTP server beside k6: it acknowledges a push once the push is on disk, and serves the control channel."""

import hmac
import socket
import socketserver
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any, Final

from dashboard.run_folder.push_log import MAX_BODY_BYTES
from dashboard.runner import channel, ports
from dashboard.runner.channel import Channel

PATH: Final = "/push"
_MAX_CONNECTIONS: Final = 64
_REQUEST_TIMEOUT_S: Final = 10.0


class Receiver(socketserver.ThreadingMixIn, socketserver.BaseServer):
    """One thread per connection. `store` writes a push body and raises OSError when it cannot.

    Without a listener the receiver binds its port as soon as the port is free.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(
        self,
        port: int,
        listener: socket.socket | None,
        bearer: str,
        store: Callable[[bytes], None],
        log: Callable[[str], None],
        *,
        channel: Channel | None = None,
        channel_key: str = "",
    ) -> None:
        super().__init__((ports.HOST, port), _Handler)
        self._port = port
        self.pushes = 0
        self.authorization = f"Bearer {bearer}".encode()
        self.channel = channel
        self.channel_authorization = f"Bearer {channel_key}".encode()
        self._listener = listener
        self._store = store
        self._log = log
        self._connections = 0
        self._connection_closed = threading.Condition()
        if listener is not None:
            listener.setblocking(False)

    def fileno(self) -> int:
        """Return the listener's descriptor; -1 while the port is not bound."""
        return self._listener.fileno() if self._listener else -1

    def accept_waiting(self) -> None:
        """Serve all connections that wait at the port, without blocking."""
        listener = self._listener or self._bind_port()
        while listener:
            try:
                connection, address = listener.accept()
            except OSError:  # no connection is waiting, or its client has left
                return
            if self._connections < _MAX_CONNECTIONS:
                self.process_request(connection, address)
            else:
                connection.close()

    def serve_remaining(self, limit_s: float) -> None:
        """Serve what has arrived until all connections are closed, then release the port."""
        self.accept_waiting()
        with self._connection_closed:
            self._connection_closed.wait_for(lambda: self._connections == 0, limit_s)
        if self._listener:
            self._listener.close()
            self._listener = None

    def receive(self, body: bytes) -> int:
        """Store a push and return the response status."""
        try:
            self._store(body)
        except OSError as error:
            self._log(f"a push of {len(body)} bytes could not be stored: {error}")
            return 500
        self.pushes += 1
        return 204

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._connection_closed:
            self._connections += 1
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._connection_closed:
                self._connections -= 1
                self._connection_closed.notify_all()

    def shutdown_request(self, request: Any) -> None:
        request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        self._log(f"a connection from {client_address} failed: {sys.exc_info()[1]!r}")

    def _bind_port(self) -> socket.socket | None:
        try:
            self._listener = ports.listen(self._port)
        except OSError:
            return None
        self._listener.setblocking(False)
        self._log(f"the receiver has bound port {self._port}")
        return self._listener


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"
    timeout = _REQUEST_TIMEOUT_S
    wbufsize = -1  # one write per response: with two, Nagle and delayed ACKs cost 40 ms

    def do_POST(self) -> None:
        expected = int(self.headers["Content-Length"])
        body = self.rfile.read(expected)
        if len(body) < expected:  # the client died; an incomplete push is discarded
            self.close_connection = True
            return
        self._respond(self.server.receive(body))
        # the client has proved to be k6: the connection may be silent until the next push
        self.connection.settimeout(None)

    def do_GET(self) -> None:
        if self.server.channel is not None:
            response = self.server.channel.respond(self.path.removeprefix(channel.PATH))
            self._respond(response.status, response.body)
            self.connection.settimeout(None)

    def parse_request(self) -> bool:
        self.connection.settimeout(_REQUEST_TIMEOUT_S)
        if not super().parse_request():
            return False
        rejection = self._rejection_status()
        if rejection:
            self.close_connection = True  # the body stays unread
            self._respond(rejection)
        return rejection is None

    def _rejection_status(self) -> int | None:
        if self.server.channel and self.command == "GET" and self.path.startswith(channel.PATH):
            return None if self._is_authorized(self.server.channel_authorization) else 401
        if (self.command, self.path) != ("POST", PATH):
            return 404
        if not self._is_authorized(self.server.authorization):
            return 401
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()):
            return 411
        return 413 if int(length[:20]) > MAX_BODY_BYTES else None

    def _is_authorized(self, expected: bytes) -> bool:
        actual = self.headers.get("Authorization", "").encode("utf-8", "replace")
        return hmac.compare_digest(actual, expected)

    def _respond(self, status: int, body: bytes = b"") -> None:
        self.send_response_only(status)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        """Discard http.server's line per request; the segments record every push."""

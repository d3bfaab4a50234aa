"""The HTTP server beside k6: takes its pushes and answers when they are on the disk, and what its channel asks."""

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
    """One thread per connection; `keep` stores a body and raises OSError when it cannot.

    `asked` is the channel of a run that has one, with its key.

    Without a listener it takes its port as soon as that is free.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(
        self,
        port: int,
        listener: socket.socket | None,
        bearer: str,
        keep: Callable[[bytes], None],
        say: Callable[[str], None],
        asked: tuple[str, Channel | None] = ("", None),
    ) -> None:
        super().__init__((ports.HOST, port), _Handler)
        self._port = port
        self.pushes = 0
        self.authorization = f"Bearer {bearer}".encode()
        key, self.channel = asked
        self.channel_authorization = f"Bearer {key}".encode()
        self._listener = listener
        self._keep = keep
        self._say = say
        self._connections = 0
        self._changed = threading.Condition()
        if listener is not None:
            listener.setblocking(False)

    def fileno(self) -> int:
        """-1 while the port is not ours."""
        return self._listener.fileno() if self._listener else -1

    def accept_waiting(self) -> None:
        """Serve all connections that wait at the port; returns at once."""
        listener = self._listener or self._take_port()
        while listener:
            try:
                connection, address = listener.accept()
            except OSError:  # none waits any more, or its client has left
                return
            if self._connections < _MAX_CONNECTIONS:
                self.process_request(connection, address)
            else:
                connection.close()

    def drain(self, limit_s: float) -> None:
        """Serve what has arrived until all connections are closed, then give the port back."""
        self.accept_waiting()
        with self._changed:
            self._changed.wait_for(lambda: self._connections == 0, limit_s)
        if self._listener:
            self._listener.close()
            self._listener = None

    def take(self, body: bytes) -> int:
        """The status to answer a push with."""
        try:
            self._keep(body)
        except OSError as error:
            self._say(f"a push of {len(body)} bytes could not be kept: {error}")
            return 500
        self.pushes += 1
        return 204

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._connections += 1
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._changed:
                self._connections -= 1
                self._changed.notify_all()

    def shutdown_request(self, request: Any) -> None:
        request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        self._say(f"a connection from {client_address} broke: {sys.exc_info()[1]!r}")

    def _take_port(self) -> socket.socket | None:
        try:
            self._listener = ports.listen(self._port)
        except OSError:
            return None
        self._listener.setblocking(False)
        self._say("the receiver's port is ours")
        return self._listener


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"
    timeout = _REQUEST_TIMEOUT_S
    wbufsize = -1  # one write per answer: two meet Nagle and a delayed ACK, 40 ms

    def do_POST(self) -> None:
        expected = int(self.headers["Content-Length"])
        body = self.rfile.read(expected)
        if len(body) < expected:  # the client died; a half push is none
            self.close_connection = True
            return
        self._answer(self.server.take(body))
        # from here on it is k6's connection: it may be silent until the next push
        self.connection.settimeout(None)

    def do_GET(self) -> None:
        if self.server.channel is not None:
            reply = self.server.channel.answer(self.path.removeprefix(channel.PATH))
            self._answer(reply.status, reply.body)
            self.connection.settimeout(None)

    def parse_request(self) -> bool:
        self.connection.settimeout(_REQUEST_TIMEOUT_S)
        if not super().parse_request():
            return False
        refusal = self._refusal()
        if refusal:
            self.close_connection = True  # the body stays unread
            self._answer(refusal)
        return refusal is None

    def _refusal(self) -> int | None:
        if self.server.channel and self.command == "GET" and self.path.startswith(channel.PATH):
            return None if self._gave(self.server.channel_authorization) else 401
        if (self.command, self.path) != ("POST", PATH):
            return 404
        if not self._gave(self.server.authorization):
            return 401
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()):
            return 411
        return 413 if int(length[:20]) > MAX_BODY_BYTES else None

    def _gave(self, authorization: bytes) -> bool:
        given = self.headers.get("Authorization", "").encode("utf-8", "replace")
        return hmac.compare_digest(given, authorization)

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response_only(status)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        """What matters is in the segments; http.server would write a line per push."""

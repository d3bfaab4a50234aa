"""The HTTP server: waitress on one socket. `python3 dashboard/server.py` starts the whole dashboard."""

import copy
import errno
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any
from wsgiref.types import WSGIApplication

THREADS = 128
MAX_CONNECTIONS = 512
# waitress stores a body in a temporary file until it is complete. Only the upload routes may send a large one.
MAX_BODY_BYTES = 32 * 1024 * 1024
MAX_UPLOAD_BYTES = 257 * 1024 * 1024
UPLOAD_PATHS = frozenset({"/data/upload", "/runs/import"})
# waitress keeps sent data until a buffer reaches this size. With its default, each long stream grows to 16 MiB.
BUFFER_BYTES = 512 * 1024
SHUTDOWN_TIMEOUT_S = 3.0
# How long a computing thread may hold the interpreter while another thread waits. Processing a push takes many small
# steps. With Python's default of 5 ms per step, pushes are late while a report or a replication batch is computed.
SWITCH_INTERVAL_S = 0.001
FORWARDED = {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"}


class ListenError(Exception):
    """The server cannot listen on the address. The message gives the reason and what to do."""


class Server:
    """A waitress server on one listening socket."""

    def __init__(self, app: WSGIApplication, sock: socket.socket, trusted_proxy: str = "") -> None:
        import waitress.server

        self.host, self.port = sock.getsockname()[:2]
        self._stopping = threading.Event()
        self._map: dict[int, Any] = {}
        server: Any = waitress.server.create_server(
            app, map=self._map, sockets=[sock], **_adjustments(trusted_proxy)
        )
        server.channel_class = _channel_class(server.adj)
        self._server = server

    def run(self, on_stop: Callable[[], None]) -> None:
        """Serve until `stop`. `on_stop` must end the open streams, because shutdown waits for their threads."""
        try:
            while not self._stopping.is_set():
                self._server.asyncore.loop(timeout=1, use_poll=True, map=self._map, count=1)
        finally:
            on_stop()
            self._server.task_dispatcher.shutdown(timeout=SHUTDOWN_TIMEOUT_S)
            # send the remaining output
            self._server.asyncore.loop(timeout=0, use_poll=True, map=self._map, count=1)
            for channel in list(self._server.active_channels.values()):
                channel.handle_close()
            self._server.close()

    def stop(self) -> None:
        """End `run`. Safe to call from any thread and from a signal handler."""
        if not self._stopping.is_set():
            self._stopping.set()
            self._server.pull_trigger()


def serve(
    app: WSGIApplication,
    host: str,
    port: int,
    on_ready: Callable[[str, int], None],
    *,
    on_stop: Callable[[], None],
    trusted_proxy: str = "",
) -> None:
    """Serve on the main thread until SIGTERM or SIGINT. Raises ListenError.

    `on_ready` receives the bound address and port. Port 0 binds a free port.
    """
    server = Server(app, listen(host, port), trusted_proxy)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        server.stop()

    previous_handlers = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    previous_interval_s = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        on_ready(server.host, server.port)
        server.run(on_stop)
    finally:
        sys.setswitchinterval(previous_interval_s)
        for number, handler in previous_handlers.items():
            signal.signal(number, handler)


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to `host` and `port`. Raises ListenError."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise ListenError(f"{host} is not an address of this machine: {error}.") from None
    family, _, _, _, address = min(addresses, key=lambda entry: entry[0] != socket.AF_INET)
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
    except (OSError, OverflowError) as error:
        sock.close()
        raise ListenError(_listen_message(error, host, port)) from None
    return sock


def _listen_message(error: Exception, host: str, port: int) -> str:
    if isinstance(error, PermissionError):
        return f"This user may not listen on port {port}. Choose a port above 1023 with --port."
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use. Stop the program that uses it, or choose another port with --port."
    if isinstance(error, OSError) and error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine."
    return f"Cannot listen on {host} port {port}: {error}."


def _channel_class(upload_adjustments: Any) -> Any:
    """A channel class that limits bodies by path and answers a body that is too large with a problem."""
    import waitress.channel
    import waitress.parser
    from waitress.utilities import RequestEntityTooLarge

    adjustments = copy.copy(upload_adjustments)
    adjustments.max_request_body_size = MAX_BODY_BYTES
    parser: Any = waitress.parser.HTTPRequestParser
    channel: Any = waitress.channel.HTTPChannel

    class BodyTooLarge(RequestEntityTooLarge):
        def to_response(self, ident: str | None = None) -> Any:  # noqa: ARG002  (signature of the base class)
            problem = {"type": "about:blank", "title": self.reason, "status": self.code, "detail": self.body}
            headers = [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")]
            return f"{self.code} {self.reason}", headers, json.dumps(problem | {"errors": []}).encode()

    class LimitedRequest(parser):  # type: ignore[misc]
        error: Any

        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            if self.path not in UPLOAD_PATHS:
                self.adj = adjustments

        def received(self, data: bytes) -> int:
            consumed: int = super().received(data)
            if type(self.error) is RequestEntityTooLarge:
                self.error = BodyTooLarge(f"The body is larger than {self.adj.max_request_body_size} bytes.")
                self.expect_continue = False  # otherwise waitress still requests the body
            return consumed

    return type("LimitedChannel", (channel,), {"parser_class": LimitedRequest})


def _adjustments(trusted_proxy: str) -> dict[str, Any]:
    """Settings of waitress: 128 threads leave room beside 100 streams; lookahead detects closed connections."""
    settings: dict[str, Any] = {
        "threads": THREADS,
        "connection_limit": MAX_CONNECTIONS,
        "backlog": MAX_CONNECTIONS,
        "channel_request_lookahead": 1,
        "max_request_body_size": MAX_UPLOAD_BYTES,
        "outbuf_high_watermark": BUFFER_BYTES,
        "ident": None,
        "asyncore_use_poll": True,
    }
    if trusted_proxy:
        settings |= {
            "trusted_proxy": trusted_proxy,
            "trusted_proxy_count": 1,
            "trusted_proxy_headers": FORWARDED,
        }
    return settings


if __name__ == "__main__":
    launcher = Path(__file__).resolve().parent.parent / "bin" / "dashboard"
    os.execv(sys.executable, [sys.executable, str(launcher), "serve", *sys.argv[1:]])  # noqa: S606  (runs no shell)

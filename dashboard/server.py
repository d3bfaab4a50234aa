"""The only room that knows waitress; `python3 dashboard/server.py` starts the whole dashboard."""

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
CONNECTIONS = 512
# Bodies wait in a temporary file until they are whole: only a file that is uploaded may be a large one.
MAX_BODY_BYTES = 32 * 1024 * 1024
MAX_UPLOAD_BYTES = 257 * 1024 * 1024
UPLOADS = frozenset({"/data/upload", "/runs/import"})
# waitress keeps what it has sent until a buffer is this full: with its own 16 MiB each long stream comes to hold that.
BUFFER_BYTES = 512 * 1024
STOP_S = 3.0
# How long a thread that computes may keep another waiting each time that one wants to go on. A push is read, stored and
# told in many small steps; with Python's 5 ms for each it is late while a backlog is packed or a report made.
SWITCH_INTERVAL_S = 0.001
FORWARDED = {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"}


class ListenError(Exception):
    """The address cannot be listened on; the message says why and what to do."""


class Server:
    """waitress on one listening socket."""

    def __init__(self, app: WSGIApplication, sock: socket.socket, trusted_proxy: str = "") -> None:
        import waitress.server

        self.host, self.port = sock.getsockname()[:2]
        self._stopping = threading.Event()
        self._map: dict[int, Any] = {}
        made: Any = waitress.server.create_server(
            app, map=self._map, sockets=[sock], **_adjustments(trusted_proxy)
        )
        made.channel_class = _channel_class(made.adj)
        self._server = made

    def run(self, on_stop: Callable[[], None]) -> None:
        """Serve until `stop`. `on_stop` must end the open streams: their threads are waited for."""
        try:
            while not self._stopping.is_set():
                self._server.asyncore.loop(timeout=1, use_poll=True, map=self._map, count=1)
        finally:
            on_stop()
            self._server.task_dispatcher.shutdown(timeout=STOP_S)
            self._server.asyncore.loop(
                timeout=0, use_poll=True, map=self._map, count=1
            )  # what is still to be sent
            for channel in list(self._server.active_channels.values()):
                channel.handle_close()
            self._server.close()

    def stop(self) -> None:
        """End `run`; from any thread or from a signal handler."""
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
    """Serve until SIGTERM or SIGINT, on the main thread. Raises ListenError.

    `on_ready` gets the address and the port that was taken, which is a free one for port 0.
    """
    server = Server(app, listen(host, port), trusted_proxy)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        server.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    turn_s = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        on_ready(server.host, server.port)
        server.run(on_stop)
    finally:
        sys.setswitchinterval(turn_s)
        for number, handler in before.items():
            signal.signal(number, handler)


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to `host` and `port`. Raises ListenError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise ListenError(f"{host} is not an address of this machine: {error}.") from None
    family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
    except (OSError, OverflowError) as error:
        sock.close()
        raise ListenError(_why_not(error, host, port)) from None
    return sock


def _why_not(error: Exception, host: str, port: int) -> str:
    if isinstance(error, PermissionError):
        return f"Port {port} may not be used by this user. Choose one above 1023 with --port."
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken. Stop what uses it, or choose another with --port."
    if isinstance(error, OSError) and error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine."
    return f"{host} port {port} cannot be listened on: {error}."


def _channel_class(uploads: Any) -> Any:
    """Connections whose requests are limited by where they go, and refused in the API's own form."""
    import waitress.channel
    import waitress.parser
    from waitress.utilities import RequestEntityTooLarge

    others = copy.copy(uploads)
    others.max_request_body_size = MAX_BODY_BYTES
    parser: Any = waitress.parser.HTTPRequestParser
    channel: Any = waitress.channel.HTTPChannel

    class TooLarge(RequestEntityTooLarge):
        def to_response(self, ident: str | None = None) -> Any:  # noqa: ARG002 - the parent's signature
            problem = {"type": "about:blank", "title": self.reason, "status": self.code, "detail": self.body}
            headers = [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")]
            return f"{self.code} {self.reason}", headers, json.dumps(problem | {"errors": []}).encode()

    class LimitedRequest(parser):  # type: ignore[misc]
        error: Any

        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            if self.path not in UPLOADS:
                self.adj = others

        def received(self, data: bytes) -> int:
            consumed: int = super().received(data)
            if type(self.error) is RequestEntityTooLarge:
                self.error = TooLarge(f"The body is larger than {self.adj.max_request_body_size} bytes.")
                self.expect_continue = False  # or waitress would ask for the body all the same
            return consumed

    return type("LimitedChannel", (channel,), {"parser_class": LimitedRequest})


def _adjustments(trusted_proxy: str) -> dict[str, Any]:
    """128 threads serve 100 streams and leave room; lookahead notices a client that leaves."""
    chosen: dict[str, Any] = {
        "threads": THREADS,
        "connection_limit": CONNECTIONS,
        "backlog": CONNECTIONS,
        "channel_request_lookahead": 1,
        "max_request_body_size": MAX_UPLOAD_BYTES,
        "outbuf_high_watermark": BUFFER_BYTES,
        "ident": None,
        "asyncore_use_poll": True,
    }
    if trusted_proxy:
        chosen |= {
            "trusted_proxy": trusted_proxy,
            "trusted_proxy_count": 1,
            "trusted_proxy_headers": FORWARDED,
        }
    return chosen


if __name__ == "__main__":
    launcher = Path(__file__).resolve().parent.parent / "bin" / "dashboard"
    os.execv(sys.executable, [sys.executable, str(launcher), "serve", *sys.argv[1:]])  # noqa: S606  (no shell wanted)

"""The HTTP server: waitress on one socket. `python3 dashboard/server.py` starts the whole dashboard."""

import errno
import os
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any
from wsgiref.types import WSGIApplication

if TYPE_CHECKING:
    from dashboard.connections.limits import ConnectionOptions

THREADS = 128  # each of the 100 streams holds one
# waitress keeps sent data until a buffer has this size. With its default, the buffer of a long stream grows to 16 MiB.
BUFFER_BYTES = 512 * 1024
SHUTDOWN_TIMEOUT_S = 3.0
# How long a computing thread may hold the interpreter while another thread waits. Processing a push takes many small
# steps. With Python's default of 5 ms per step, pushes are late while a report or a replication batch is computed.
SWITCH_INTERVAL_S = 0.001


class ListenError(Exception):
    """The server cannot listen on the address. The message gives the reason and what to do."""


class Server:
    """A waitress server on one listening socket."""

    def __init__(
        self, app: WSGIApplication, sock: socket.socket, options: "ConnectionOptions | None" = None
    ) -> None:
        # As a script, this module runs before the packages are installed.
        from dashboard.connections.limits import ConnectionOptions
        from dashboard.connections.listener import Listener

        self.host, self.port = sock.getsockname()[:2]
        self._stopping = threading.Event()
        self._map: dict[int, Any] = {}
        options = options or ConnectionOptions()
        self._server: Any = Listener(app, sock, _adjustments(options.trusted_proxy), options, self._map)

    def run(self, on_stop: Callable[[], None]) -> None:
        """Serve until `stop`. `on_stop` must end the open streams, because shutdown waits for their threads."""
        try:
            while not self._stopping.is_set():
                self._server.asyncore.loop(timeout=1, use_poll=True, map=self._map, count=1)
                self._server.close_overdue()
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
            with suppress(OSError):  # `run` may have noticed already, and closed the trigger
                self._server.pull_trigger()


def serve(
    app: WSGIApplication,
    host: str,
    port: int,
    on_ready: Callable[[str, int], None],
    *,
    on_stop: Callable[[], None],
    options: "ConnectionOptions | None" = None,
) -> None:
    """Serve on the main thread until SIGINT, SIGTERM or SIGHUP. Raises ListenError.

    `on_ready` receives the bound address and port. Port 0 binds a free port.
    """
    # As a script, this module runs without the package on the path.
    from dashboard.termination import handle_termination, restore_handlers

    server = Server(app, listen(host, port), options)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        server.stop()

    previous_handlers = handle_termination(stop)
    previous_interval_s = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        on_ready(server.host, server.port)
        server.run(on_stop)
    finally:
        sys.setswitchinterval(previous_interval_s)
        restore_handlers(previous_handlers)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to `host` and `port`. Raises ListenError."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        reason = f"{host} is not an address of this machine: {error}."
        raise ListenError(f"{reason} Choose another one with --host.") from None
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
        return f"{host} is not an address of this machine. Choose another one with --host."
    return f"Cannot listen on {host} port {port}: {error}."


def _adjustments(trusted_proxy: str) -> dict[str, Any]:
    """Return the settings of waitress. Lookahead makes it detect closed connections."""
    from dashboard.connections.admission import proxy_settings
    from dashboard.connections.limits import (
        IDLE_TIMEOUT_S,
        INPUT_MEMORY_BYTES,
        MAX_CONNECTIONS,
        MAX_UPLOAD_BYTES,
    )

    return {
        "threads": THREADS,
        "backlog": MAX_CONNECTIONS,
        "channel_request_lookahead": 1,
        "channel_timeout": IDLE_TIMEOUT_S,
        "max_request_body_size": MAX_UPLOAD_BYTES,
        "inbuf_overflow": INPUT_MEMORY_BYTES,
        "outbuf_high_watermark": BUFFER_BYTES,
        "ident": None,
        "asyncore_use_poll": True,
        **proxy_settings(trusted_proxy),
    }


if __name__ == "__main__":
    launcher = Path(__file__).resolve().parent.parent / "bin" / "dashboard"
    os.execv(sys.executable, [sys.executable, str(launcher), "serve", *sys.argv[1:]])  # noqa: S606  (runs no shell)

"""Listens on loopback and serves until a signal arrives or the parent process ends."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from dashboard.demo.connection import DemoConnection, RequestHandler

HOST = "127.0.0.1"
_EXPIRY_CHECK_S = 1.0


def bind(port: int) -> socket.socket:
    """Return a listening socket; port 0 binds any free port. Raises OSError when the port is in use."""
    return socket.create_server((HOST, port), backlog=1024)


def write_port_file(path: Path, port: int) -> None:
    """Write a temporary file and rename it, so that no reader sees an incomplete file."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(f"{port}\n")
    temporary.replace(path)


async def serve(
    listening: socket.socket, handle: RequestHandler, *, parent_pipe: bool, on_ready: Callable[[], None]
) -> None:
    """Serve until SIGTERM, SIGINT or the end of the parent's pipe, then close all connections."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    if parent_pipe:
        loop.add_reader(sys.stdin.fileno(), _stop_with_parent, stopped)
    live: set[DemoConnection] = set()
    server = await loop.create_server(lambda: DemoConnection(handle, loop, live), sock=listening)
    expiry = loop.create_task(_expire_connections(loop, live))
    on_ready()
    await stopped.wait()
    expiry.cancel()
    server.close()
    for connection in list(live):
        connection.close()


def _stop_with_parent(stopped: asyncio.Event) -> None:
    if os.read(sys.stdin.fileno(), 4096) == b"":
        stopped.set()


async def _expire_connections(loop: asyncio.AbstractEventLoop, live: set[DemoConnection]) -> None:
    while True:
        await asyncio.sleep(_EXPIRY_CHECK_S)
        now = loop.time()
        for connection in [connection for connection in live if connection.deadline < now]:
            connection.expire()

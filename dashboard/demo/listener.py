"""Listens on loopback and serves until it is told to end: by a signal, or by the parent that has gone."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from dashboard.demo.connection import RequestHandler, DemoConnection
from dashboard.durable import write_file

HOST = "127.0.0.1"
_SWEEP_S = 1.0


def bind(port: int) -> socket.socket:
    """A listening socket; 0 takes any free port. Raises OSError when the port is taken."""
    return socket.create_server((HOST, port), backlog=1024)


def write_port_file(path: Path, port: int) -> None:
    """Write the port atomically, so that a process that waits for the file never reads half of it."""
    write_file(path, f"{port}\n".encode())


async def serve(
    listening: socket.socket, answer: RequestHandler, *, parent_pipe: bool, ready: Callable[[], None]
) -> None:
    """Serve until SIGTERM, SIGINT or the end of the parent's pipe; open connections are cut."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    if parent_pipe:
        loop.add_reader(sys.stdin.fileno(), _end_with_parent, ended)
    live: set[DemoConnection] = set()
    server = await loop.create_server(lambda: DemoConnection(answer, loop, live), sock=listening)
    sweeper = loop.create_task(_sweep(loop, live))
    ready()
    await ended.wait()
    sweeper.cancel()
    server.close()
    for connection in list(live):
        connection.close()


def _end_with_parent(ended: asyncio.Event) -> None:
    if os.read(sys.stdin.fileno(), 4096) == b"":
        ended.set()


async def _sweep(loop: asyncio.AbstractEventLoop, live: set[DemoConnection]) -> None:
    while True:
        await asyncio.sleep(_SWEEP_S)
        now = loop.time()
        for connection in [connection for connection in live if connection.deadline < now]:
            connection.expire()

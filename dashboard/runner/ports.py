"""Ports on 127.0.0.1 that can be bound again later, because they lie outside the system's ephemeral range."""

import os
import socket
from collections.abc import Iterator
from typing import Final

HOST: Final = "127.0.0.1"
_LINUX_RANGE: Final = "/proc/sys/net/ipv4/ip_local_port_range"
_MACOS_RANGE: Final = (49_152, 65_535)
_LOWEST_PORT: Final = 20_000  # lower ports are often assigned to services by hand
_ATTEMPTS: Final = 200


def listen(port: int) -> socket.socket:
    """Return a listening socket. It accepts connections from the start, so that no other process can take the port."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # otherwise the port of a runner that was just killed stays unavailable for a minute
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def listen_on_free_port() -> socket.socket:
    for port in candidates(*ephemeral_range()):
        try:
            return listen(port)
        except OSError:
            continue
    return listen(0)


def free_port() -> int:
    """Return a port that is free at this moment."""
    with listen_on_free_port() as listener:
        return port_of(listener)


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def candidates(low: int, high: int) -> Iterator[int]:
    """Yield random ports outside low…high; none when the ephemeral range leaves no room."""
    below = range(_LOWEST_PORT, low)
    above = range(max(_LOWEST_PORT, high + 1), 65_536)
    count = len(below) + len(above)
    for _ in range(_ATTEMPTS if count else 0):
        index = int.from_bytes(os.urandom(4), "little") % count
        yield below[index] if index < len(below) else above[index - len(below)]


def ephemeral_range() -> tuple[int, int]:
    try:
        with open(_LINUX_RANGE, encoding="ascii") as file:
            low, high = file.read().split()
    except OSError:
        return _MACOS_RANGE
    return int(low), int(high)

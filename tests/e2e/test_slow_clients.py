"""Slow clients that stay idle, drip headers or send half a body do not lock out a normal client."""

from __future__ import annotations

import os
import random
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import requests

from tests.e2e.harness import Server, wait_for

HEAD = b"POST /data/upload HTTP/1.1\r\nHost: localhost\r\n"
HALF_BODY = (
    HEAD
    + b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 8000000\r\n\r\n"
    + b"x" * 200_000
)
KINDS = (b"", HEAD, HALF_BODY)
DRIP = b"X-Drip: 1\r\n"
DRIP_EVERY_S = 1.0
# a round takes 50 ms: the test is about slow clients, not about a flood of connections
MAX_OPENED_PER_ROUND = 3
MAX_RESPONSE_S = 1.0
MAX_MEMORY_BYTES = 200 << 20  # in addition to what the server needs at rest
MAX_TEMPORARY_BYTES = 200 << 20


class SlowClients(threading.Thread):
    """Keeps `count` slow connections open from several loopback addresses. A closed one is opened again."""

    def __init__(self, port: int, count: int) -> None:
        super().__init__(daemon=True)
        self._port, self._count = port, count
        self._selector = selectors.DefaultSelector()
        self.stopping = threading.Event()
        self.opened = 0
        self.open = 0

    def run(self) -> None:
        while not self.stopping.is_set():
            for _ in range(min(self._count - self.open, MAX_OPENED_PER_ROUND)):
                self._open_one()
            for key, _ in self._selector.select(0):
                self._check(key.fileobj)
            time.sleep(0.05)
            self._drip()
        for key in list(self._selector.get_map().values()):
            self._close(key.fileobj)

    def _open_one(self) -> None:
        sock = socket.socket()
        sock.settimeout(2)
        kind = self.opened % len(KINDS)
        self.opened += 1
        with suppress(OSError):
            if kind == 1:  # not the address of the normal client
                sock.bind((f"127.0.0.{2 + self.opened % 8}", 0))
            sock.connect(("127.0.0.1", self._port))
            sock.setblocking(False)
            sock.send(KINDS[kind])
            self._selector.register(sock, selectors.EVENT_READ, [kind, time.monotonic() + random.random()])
            self.open += 1
            return
        sock.close()
        time.sleep(0.01)

    def _check(self, sock: object) -> None:
        assert isinstance(sock, socket.socket)
        try:
            if sock.recv(65_536):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._close(sock)

    def _drip(self) -> None:
        now = time.monotonic()
        for key in list(self._selector.get_map().values()):
            kind, due = key.data
            if kind and now >= due and isinstance(key.fileobj, socket.socket):
                key.data[1] = now + DRIP_EVERY_S
                try:
                    key.fileobj.send(DRIP)
                except BlockingIOError:
                    continue
                except OSError:
                    self._close(key.fileobj)

    def _close(self, sock: object) -> None:
        assert isinstance(sock, socket.socket)
        with suppress(KeyError):
            self._selector.unregister(sock)
            self.open -= 1
        sock.close()


def temporary_bytes(process: psutil.Process) -> int:
    """Sum up the deleted files that the process holds open: waitress deletes its temporary files at creation."""
    total = 0
    folder = Path(f"/proc/{process.pid}/fd")
    for entry in folder.iterdir():
        with suppress(OSError):
            if "(deleted)" in os.readlink(entry):
                total += entry.stat().st_size
    return total


def time_request(url: str) -> float:
    """Send a request on a new connection, and return the seconds that it took."""
    began = time.monotonic()
    with requests.Session() as session:
        assert session.get(f"{url}/run/status", timeout=10).status_code == 200
    return time.monotonic() - began


@pytest.fixture
def idle_server(tmp_path: Path, no_process_left: None) -> Iterator[Server]:
    """A server that starts no run, and therefore needs no k6. Without a token, everyone may send bodies."""
    server = Server(tmp_path, Path("/nowhere/k6"), AUTH="never")
    server.endpoints({"name": "Home", "path": "/"})
    server.start()
    yield server
    server.terminate()


@pytest.mark.serial
@pytest.mark.timeout(420)
@pytest.mark.parametrize(
    ("count", "duration_s"), [(60, 5.0), pytest.param(600, 300.0, marks=pytest.mark.long)], ids=["60", "600"]
)
def test_a_normal_client_is_served_beside_slow_clients(
    idle_server: Server, count: int, duration_s: float, capsys: pytest.CaptureFixture[str]
) -> None:
    assert idle_server.process is not None
    process = psutil.Process(idle_server.process.pid)
    at_rest = process.memory_info().rss
    slow = SlowClients(int(idle_server.url.rpartition(":")[2]), count)
    slow.start()
    wait_for(lambda: slow.opened >= count, "all slow clients have connected", within_s=30)
    times, memory, disk = [], 0, 0
    ends_at = time.monotonic() + duration_s
    while time.monotonic() < ends_at:
        times.append(time_request(idle_server.url))
        memory = max(memory, process.memory_info().rss - at_rest)
        disk = max(disk, temporary_bytes(process))
        time.sleep(0.1)
    slow.stopping.set()
    slow.join(30)

    log = idle_server.log.read_text()
    with capsys.disabled():
        print(
            f"\n{count} slow clients for {duration_s:.0f} s ({slow.opened} connections): {len(times)} requests of a "
            f"normal client, slowest {max(times) * 1000:.0f} ms; memory +{memory >> 20} MiB, "
            f"temporary files {disk >> 20} MiB, log {len(log.splitlines())} lines"
        )
    assert max(times) < MAX_RESPONSE_S
    assert memory < MAX_MEMORY_BYTES
    assert disk < MAX_TEMPORARY_BYTES
    assert len(log.splitlines()) < 50

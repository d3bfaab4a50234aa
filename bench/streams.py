"""Many pages on one live run: how late the last word of a push is there, and what the listeners cost."""

import re
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field
from statistics import median, quantiles

from bench.bench import Bench
from bench.samples import a_run
from bench.server import BenchError, Served, serving
from bench.table import Row
from dashboard.model.tally import Tally

MOST_MS = 100.0
PATIENCE_S = 30.0
PIECE_BYTES = 1 << 18
_SNAPSHOT = re.compile(rb'event: snapshot\ndata: [^\n]*?"seq":(\d+),"elapsed_s":([0-9.]+)')
_LAST = re.compile(rb'event: ops\ndata: [^\n]*?"seq":(\d+)[^\n]*\n\n')


@dataclass(slots=True)
class Listener:
    """One client: what it has not understood yet, and how late it got each push."""

    sock: socket.socket
    waiting: bytearray = field(default_factory=bytearray)
    published: dict[int, float] = field(default_factory=dict)
    lags_ms: list[float] = field(default_factory=list)

    def take(self, piece: bytes, now: float) -> None:
        """Read what has arrived. A push is here when its last message is: the operations."""
        self.waiting += piece
        understood = 0
        for match in _SNAPSHOT.finditer(self.waiting):
            self.published[int(match[1])] = float(match[2])
        for match in _LAST.finditer(self.waiting):
            self.lags_ms.append((now - self.published.pop(int(match[1]))) * 1000)
            understood = match.end()
        del self.waiting[:understood]


def streams(bench: Bench) -> list[Row]:
    """Lag over all clients and pushes; memory of the server without, with and after them."""
    scale = bench.scale
    sizes = (scale.streams, scale.stream_pace_s, scale.long_run_ops)
    command = (sys.executable, "-m", "bench.feed", *map(str, sizes))
    run_id = a_run(1, Tally()).run_id
    with serving(bench.folder / "data", command) as served:
        before_mib, before_cpu = served.rss_mib(), served.cpu_s()
        began = time.monotonic()
        listeners = [_connected(served, run_id) for _ in range(scale.streams)]
        try:
            _listen(listeners, scale.stream_pushes)
            used = (served.cpu_s() - before_cpu) / (time.monotonic() - began)
            with_mib = served.rss_mib()
        finally:
            for listener in listeners:
                listener.sock.close()
        _wait_until_alone(served)
        after_mib = served.rss_mib()
    lags = [lag for listener in listeners for lag in listener.lags_ms[: scale.stream_pushes]]
    return [
        Row(
            name=f"{scale.streams} streams: from published to read, p99",
            value=quantiles(lags, n=100)[98],
            unit="ms",
            most=MOST_MS,
            detail=f"median {median(lags):.1f}, longest {max(lags):.1f}; {len(lags):,} deliveries of a push with "
            f"{scale.long_run_ops} operations, one every {scale.stream_pace_s:g} s",
        ),
        Row(
            name=f"{scale.streams} streams: memory of the server",
            value=with_mib,
            unit="MiB",
            detail=f"before {before_mib:.0f}, after {after_mib:.0f}; its CPU {used * 100:.0f} % of a core",
        ),
    ]


def _connected(served: Served, run_id: str) -> Listener:
    host, _, port = served.host.partition(":")
    sock = socket.create_connection((host, int(port)), timeout=PATIENCE_S)
    topics = f"runs,run:{run_id},ops:{run_id},log:{run_id}"
    sock.sendall(f"GET /stream?topics={topics} HTTP/1.1\r\nHost: {served.host}\r\n\r\n".encode())
    sock.setblocking(False)
    return Listener(sock)


def _listen(listeners: list[Listener], pushes: int) -> None:
    """Read until each has them all. Raises BenchError."""
    with selectors.DefaultSelector() as selector:
        for listener in listeners:
            selector.register(listener.sock, selectors.EVENT_READ, listener)
        while any(len(listener.lags_ms) < pushes for listener in listeners):
            ready = selector.select(PATIENCE_S)
            if not ready:
                raise BenchError("the streams fell silent")
            for key, _ in ready:
                piece = key.data.sock.recv(PIECE_BYTES)
                if not piece:
                    raise BenchError("a stream broke off")
                key.data.take(piece, time.monotonic())


def _wait_until_alone(served: Served) -> None:
    """The server finds out with what it sends next that a client has left."""
    deadline = time.monotonic() + PATIENCE_S
    while served.json("/health")["streams"] and time.monotonic() < deadline:
        time.sleep(0.2)

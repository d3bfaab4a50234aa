"""Many stream clients on one live run: the lag of a push, and the memory and CPU of the server."""

import re
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field
from statistics import median, quantiles

from bench.context import BenchContext
from bench.samples import a_run
from bench.server import BenchError, BenchServer, running_server
from bench.table import Row
from dashboard.model.tally import Tally

MAX_LAG_MS = 100.0
READ_TIMEOUT_S = 30.0
CHUNK_BYTES = 1 << 18
_SNAPSHOT = re.compile(rb'event: snapshot\ndata: [^\n]*?"seq":(\d+),"elapsed_s":([0-9.]+)')
_LAST = re.compile(rb'event: ops\ndata: [^\n]*?"seq":(\d+)[^\n]*\n\n')


@dataclass(slots=True)
class StreamClient:
    """One client: its unparsed input and the lag of each push.

    `published` holds the time of each push on the monotonic clock, which bench.feed sends as `elapsed_s`.
    """

    sock: socket.socket
    buffer: bytearray = field(default_factory=bytearray)
    published: dict[int, float] = field(default_factory=dict)
    lags_ms: list[float] = field(default_factory=list)

    def parse(self, chunk: bytes, now: float) -> None:
        """Parse new input. A push counts as arrived when its last message, `ops`, is complete."""
        self.buffer += chunk
        parsed = 0
        for match in _SNAPSHOT.finditer(self.buffer):
            self.published[int(match[1])] = float(match[2])
        for match in _LAST.finditer(self.buffer):
            self.lags_ms.append((now - self.published.pop(int(match[1]))) * 1000)
            parsed = match.end()
        del self.buffer[:parsed]


def measure_streams(bench: BenchContext) -> list[Row]:
    """Measure the lag over all clients and pushes, and the server's memory before, with and after them."""
    scale = bench.scale
    sizes = (scale.streams, scale.stream_pace_s, scale.long_run_ops)
    command = (sys.executable, "-m", "bench.feed", *map(str, sizes))
    run_id = a_run(1, Tally()).run_id
    with running_server(bench.folder / "data", command) as server:
        before_mib, before_cpu = server.rss_mib(), server.cpu_s()
        began = time.monotonic()
        listeners = [_connect(server, run_id) for _ in range(scale.streams)]
        try:
            _listen(listeners, scale.stream_pushes)
            used = (server.cpu_s() - before_cpu) / (time.monotonic() - began)
            with_mib = server.rss_mib()
        finally:
            for listener in listeners:
                listener.sock.close()
        _wait_for_disconnect(server)
        after_mib = server.rss_mib()
    lags = [lag for listener in listeners for lag in listener.lags_ms[: scale.stream_pushes]]
    return [
        Row(
            name=f"{scale.streams} streams: from published to read, p99",
            value=quantiles(lags, n=100)[98],
            unit="ms",
            at_most=MAX_LAG_MS,
            detail=f"median {median(lags):.1f}, longest {max(lags):.1f}; {len(lags):,} deliveries of a push with "
            f"{scale.long_run_ops} operations, one every {scale.stream_pace_s:g} s",
        ),
        Row(
            name=f"{scale.streams} streams: memory of the server",
            value=with_mib,
            unit="MiB",
            detail=f"before {before_mib:.0f}, after {after_mib:.0f}; its CPU {used * 100:.0f}% of a core",
        ),
    ]


def _connect(server: BenchServer, run_id: str) -> StreamClient:
    host, _, port = server.host.partition(":")
    sock = socket.create_connection((host, int(port)), timeout=READ_TIMEOUT_S)
    topics = f"runs,run:{run_id},ops:{run_id},log:{run_id}"
    sock.sendall(f"GET /stream?topics={topics} HTTP/1.1\r\nHost: {server.host}\r\n\r\n".encode())
    sock.setblocking(False)
    return StreamClient(sock)


def _listen(listeners: list[StreamClient], pushes: int) -> None:
    """Read until each client has received all pushes. Raises BenchError."""
    with selectors.DefaultSelector() as selector:
        for listener in listeners:
            selector.register(listener.sock, selectors.EVENT_READ, listener)
        while any(len(listener.lags_ms) < pushes for listener in listeners):
            ready = selector.select(READ_TIMEOUT_S)
            if not ready:
                raise BenchError("no stream received data in time")
            for key, _ in ready:
                chunk = key.data.sock.recv(CHUNK_BYTES)
                if not chunk:
                    raise BenchError("the server closed a stream")
                key.data.parse(chunk, time.monotonic())


def _wait_for_disconnect(server: BenchServer) -> None:
    """Wait until the server has closed all streams. It notices a lost client only when it sends the next message."""
    deadline = time.monotonic() + READ_TIMEOUT_S
    while server.json("/health")["streams"] and time.monotonic() < deadline:
        time.sleep(0.2)

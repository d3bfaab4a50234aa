"""Observes the backlog of the replica until it is empty."""

import time
from dataclasses import dataclass

from bench.server import BenchError, BenchServer

POLL_INTERVAL_S, DRAIN_TIMEOUT_S = 0.5, 3600.0


@dataclass(frozen=True, slots=True)
class BacklogStatus:
    """The backlog and the server's usage at one moment."""

    at_s: float
    waiting: int
    cpu_s: float
    rss_mib: float


class DrainWatcher:
    """Polls the server until the backlog is empty."""

    def __init__(self, server: BenchServer) -> None:
        self._server = server
        self.statuses: list[BacklogStatus] = []

    def read(self) -> BacklogStatus:
        """Return the current state. Raises BenchError when InfluxDB reports an error."""
        reported = self._server.json("/influx/status")
        if reported["last_error"]:
            raise BenchError(f"InfluxDB: {reported['last_error']}")
        server, waiting = self._server, reported["backlog_snapshots"]
        self.statuses.append(BacklogStatus(time.monotonic(), waiting, server.cpu_s(), server.rss_mib()))
        return self.statuses[-1]

    def wait_until(self, waiting: int) -> BacklogStatus:
        """Wait until at most `waiting` snapshots are left. Raises BenchError."""
        deadline = time.monotonic() + DRAIN_TIMEOUT_S
        while (status := self.read()).waiting > waiting:
            if time.monotonic() > deadline:
                raise BenchError("the backlog did not drain in time")
            time.sleep(POLL_INTERVAL_S)
        return status

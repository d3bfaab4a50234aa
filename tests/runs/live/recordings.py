"""A run folder as a runner writes it, without a runner and without k6."""

from pathlib import Path
from typing import Any

from dashboard.run_folder.files import ExitFile, PidFile, RunFolder, RunnerFile
from dashboard.run_folder.push_log import PushMeta, SegmentWriter
from dashboard.runner.processes.posix import own_identity
from dashboard.runs.live.push_reader import PushReader
from dashboard.store.store import Store
from tests.factories import A_RUN_ID
from tests.pushes import STALE, a_push, a_series, requests

PUSH_INTERVAL_S = 2
REQUEST_DURATION_S = 0.010
CLOSED_PORT = 1
STARTED_AT = "2026-11-21T10:15:00.123Z"


class RecordedRun:
    """A growing run folder. Push number n arrives after 2n seconds and adds n requests."""

    def __init__(self, path: Path, *, started_ms: int = 0) -> None:
        path.mkdir()
        self.folder = RunFolder(path)
        self.pushes = 0
        self._started_ms = started_ms
        self._writer = SegmentWriter(path)
        self._durations: dict[str, list[float]] = {}

    def push(self, *, after_ms: int = PUSH_INTERVAL_S * 1000) -> None:
        """Append a push `after_ms` milliseconds after the end of the previous push period."""
        self.pushes += 1
        op = f"Op{self.pushes % 3}"
        durations = self._durations.setdefault(op, [])
        durations += [REQUEST_DURATION_S] * self.pushes
        at_ms = self._started_ms + (self.pushes - 1) * PUSH_INTERVAL_S * 1000 + after_ms
        self.push_series(requests(durations, op=op, ms=at_ms), at_ms=at_ms)

    def final_push(self) -> None:
        """Append k6's last push, with a stale marker for every series."""
        at_ms = self._started_ms + self.pushes * PUSH_INTERVAL_S * 1000
        self.push_series(a_series("k6_vus", {}, value=STALE, ms=at_ms), at_ms=at_ms)

    def push_operations(self, number: int, operations: int) -> None:
        """Append push number `number`, in which each operation has one more request."""
        at_ms = number * PUSH_INTERVAL_S * 1000
        series = [requests([REQUEST_DURATION_S] * number, op=f"Op{n}", ms=at_ms) for n in range(operations)]
        self.push_series(*series, at_ms=at_ms)

    def push_series(self, *series: bytes, at_ms: int) -> None:
        self._writer.append(at_ms, PushMeta(), a_push(*series))

    def push_body(self, body: bytes) -> None:
        self._writer.append(0, PushMeta(), body)

    def start_k6(self) -> None:
        """Write pid.json, and a runner.json that names this process as the runner. No k6 process exists."""
        self.folder.write(self._runner())
        self.folder.write(
            PidFile(
                pid=2**22 + 1,
                start_ticks=1,
                boot_id="another boot",
                pgid=2**22 + 1,
                rest_port=CLOSED_PORT,
                receiver_port=CLOSED_PORT,
                started_at=STARTED_AT,
                started_ms=self._started_ms,
                attempt=1,
                cores=2.0,
            )
        )

    def lose_runner(self) -> None:
        """Make runner.json name a process that no longer exists."""
        self.folder.write(self._runner()._replace(boot_id="another boot"))

    def print(self, text: str) -> None:
        """Append to the console of k6."""
        with self.folder.console_log.open("a") as file:
            file.write(text)

    def exit(self, **changes: Any) -> None:
        """Write exit.json: by default k6 exited with 0."""
        fields: dict[str, Any] = {
            "exit_code": 0,
            "signal": None,
            "started_at": STARTED_AT,
            "ended_at": "2026-11-21T10:15:30.123Z",
            "stop_requested": False,
            "stop_sent_at": None,
            "killed": False,
            "timed_out": False,
            "start_error": None,
            "attempts": 1,
            "records": self.pushes,
            "console_dropped_bytes": 0,
            "cpu_s": 1.0,
            "max_rss_bytes": 1_000_000,
            "rescued": False,
        }
        self.folder.write(ExitFile(**fields | changes))

    def _runner(self) -> RunnerFile:
        own = own_identity()
        return RunnerFile(
            own.pid,
            own.start_ticks,
            own.boot_id,
            CLOSED_PORT,
            CLOSED_PORT,
            rescued=False,
            started_at=STARTED_AT,
        )

    def reader(self, store: Store) -> PushReader:
        """Return a reader that knows only what is stored, as after a restart of the dashboard."""
        return PushReader(A_RUN_ID, self.folder, store, started_ms=self._started_ms, apdex_t_ms=500)


def requests_in(first: int, last: int) -> int:
    """Return the number of requests in the pushes from `first` to `last`."""
    return sum(range(first, last + 1))

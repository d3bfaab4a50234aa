"""When the load of a run started and ended: the zero of its time axis, and its length.

k6 first starts its users and runs setup(), and at the end runs teardown(). The dashboard's script therefore marks the
start and the end of the load (k6/lib/load/load-marks.js). A custom script (`K6_SCRIPT`) marks neither: its load starts
when k6 reports that the test is running.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from dashboard.engine.remote_write import SamplePoint
from dashboard.engine.series import LOAD_START, SeriesInfo, SeriesRole
from dashboard.engine.summary import K6Summary

MAX_UNMARKED_S = 1.0
_LOAD_ROLES = (SeriesRole.DURATION, SeriesRole.WAITING, SeriesRole.TREND, SeriesRole.CHECK)


@dataclass(slots=True)
class LoadClock:
    """Times are Unix milliseconds.

    first_start_ms: how long after zero the first k6 scenario starts, and with it the first iteration
    zero_ms: the start of the load; before it is known, the start of k6 · is_load: `zero_ms` is the start of the load
    is_marked: the script marked the start · is_settled: a window starts at `zero_ms`, which no longer changes
    end_ms: the end of the load, which the script marked · newest_ms: the newest sample of the load
    vus, vus_ms: the newest number of users and its time · vus_before: the number before it
    """

    zero_ms: int
    first_start_ms: int = 0
    is_load: bool = False
    is_marked: bool = False
    is_settled: bool = False
    end_ms: int | None = None
    newest_ms: int = 0
    vus: int | None = None
    vus_ms: int = 0
    vus_before: int | None = None

    @property
    def has_started(self) -> bool:
        """Whether the load has started, whether or not the moment is known."""
        return self.is_marked or self.newest_ms > 0

    @property
    def load_started_at(self) -> datetime | None:
        """The start of the load; None while unknown."""
        return datetime.fromtimestamp(self.zero_ms / 1000, UTC) if self.is_load else None

    @property
    def elapsed_s(self) -> float:
        """The seconds from zero to the newest sample, at most to the end of the load."""
        newest_ms = self.newest_ms if self.end_ms is None else self.end_ms
        return max(0.0, (newest_ms - self.zero_ms) / 1000)

    @property
    def users(self) -> int | None:
        """The newest number of users in the load. After its end k6 reports 0."""
        is_late = self.end_ms is not None and self.vus_ms > self.end_ms and self.vus_before is not None
        return self.vus_before if is_late else self.vus

    def settle(self, running_ms: int | None) -> None:
        """Fix the zero for the first window: the mark of the script, otherwise k6's report at `running_ms`."""
        if not self.is_settled and not self.is_load and running_ms is not None:
            self.zero_ms, self.is_load = running_ms, True
        self.is_settled = True

    def read(self, info: SeriesInfo, point: SamplePoint) -> None:
        """Read the mark or the number of users in a sample."""
        if point.value is None:
            return
        if info.role is SeriesRole.MARK:
            self._read_mark(info.metric, round(point.value))
        elif info.metric == "vus":
            if point.timestamp_ms > self.vus_ms:
                self.vus_before, self.vus, self.vus_ms = self.vus, int(point.value), point.timestamp_ms
            if self.is_marked or (self.newest_ms and self.vus):
                self.newest_ms = max(self.newest_ms, point.timestamp_ms)

    def extend(self, point: SamplePoint) -> None:
        """Extend the load to a sample's time. Ignore a stale marker after other samples: its time is the end of k6."""
        if not point.stale or not self.newest_ms:
            self.newest_ms = max(self.newest_ms, point.timestamp_ms)

    def _read_mark(self, metric: str, at_ms: int) -> None:
        if metric != LOAD_START:
            self.end_ms = at_ms
        elif not self.is_settled:
            zero_ms = at_ms - self.first_start_ms
            self.zero_ms = min(self.zero_ms, zero_ms) if self.is_marked else zero_ms
            self.is_load = self.is_marked = True


def is_load_sample(info: SeriesInfo) -> bool:
    """Return whether a series consists of samples of the load, whose times show how far the load has come."""
    return info.role in _LOAD_ROLES and info.op.is_load


def load_seconds(clock: LoadClock, summary: K6Summary | None) -> float | None:
    """Return the length of the load. For a custom script, which does not mark the end, k6's summary provides it.

    The summary's time includes setup() and teardown(), so it is used only if they took no noticeable time.
    """
    test_run_s = summary.test_run_s if summary else None
    is_close = test_run_s is not None and abs(test_run_s - clock.elapsed_s) < MAX_UNMARKED_S
    return (clock.elapsed_s if clock.is_marked or not is_close else test_run_s) or None

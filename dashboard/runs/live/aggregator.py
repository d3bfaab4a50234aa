"""Turns the series of pushes into snapshots and tallies. Pure: it reads no files and no clock.

A push contains only the series that changed, each cumulative since the start of k6. The difference from the last known
state of a series is what happened in the window.
"""

import base64
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

from dashboard.engine.histogram_series import HistogramSeries
from dashboard.engine.remote_write import SamplePoint, decode_plain, encode_plain, labels_of
from dashboard.engine.series import (
    IDLE_ENDED,
    IDLE_RUNNING,
    IDLE_USERS,
    POLL_ERRORS,
    SeriesInfo,
    SeriesRole,
    classify,
)
from dashboard.model.account import IdleIterations
from dashboard.model.script import ChecksByName
from dashboard.model.snapshot import OVERALL, Checkpoint, Interval, OpKey, Snapshot
from dashboard.model.tally import Tally, total_of
from dashboard.runs.live.counting import count_histogram
from dashboard.runs.live.load_clock import LoadClock, is_load_sample
from dashboard.runs.live.window import GeneratorUsage, Window, snapshot_of

MIN_WINDOW_S = 0.5
KEYFRAME_INTERVAL_S = 60.0
MAX_OPS = 1_000
OTHER_OPS = "(other operations)"


@dataclass(slots=True)
class _Series:
    """The last known cumulative state of one series."""

    info: SeriesInfo
    raw: bytes
    value: float
    histogram: HistogramSeries
    is_load_sample: bool


class Aggregator:
    """Takes pushes in order, and owns the cumulative state of a run. `has_idle_users`: steering can make users idle."""

    def __init__(
        self,
        *,
        started_ms: int,
        apdex_t_ms: float,
        has_idle_users: bool = False,
        first_start_s: float = 0.0,
    ) -> None:
        self._has_idle_users = has_idle_users
        self._apdex_t_ms = apdex_t_ms
        self._series: dict[bytes, _Series] = {}
        self.ignored: set[bytes] = set()  # the keys of series that belong to no figure
        self._ops = {OVERALL}
        self._window = Window()
        self._seq = self._record = 0
        self._keyframe_s = 0.0
        self._keyframe_seq = 0
        self._held: dict[OpKey, Tally] = {}
        self._control: dict[str, float] = {}
        self._script_checks: ChecksByName = {}
        self.clock = LoadClock(started_ms, round(first_start_s * 1000))
        self._generator: GeneratorUsage | None = GeneratorUsage(started_ms, 0.0, None, None)
        self.cumulative: dict[OpKey, Tally] = {OVERALL: Tally()}
        self.final_push = False

    @property
    def elapsed_s(self) -> float:
        """The seconds of the load until its newest sample."""
        return self._window.end_s

    @property
    def poll_errors(self) -> int:
        """The number of polls of the control channel that failed."""
        return round(self._control.get(POLL_ERRORS, 0.0))

    @property
    def idle_iterations(self) -> IdleIterations:
        """The iterations in which a user of a steered run only waited."""
        ended, running = self._control.get(IDLE_ENDED, 0.0), self._control.get(IDLE_RUNNING, 0.0)
        return IdleIterations(ended=round(ended), running=max(0, round(running)))

    def _busy_vus(self) -> int | None:
        """Return the number of users that are not idle; None for a run without idle users."""
        users = self.clock.users
        if users is None or not self._has_idle_users:
            return None
        return max(0, round(users - self._control.get(IDLE_USERS, 0.0)))

    def feed(
        self,
        points: Iterable[SamplePoint],
        *,
        record: int,
        generator: GeneratorUsage | None,
        running_ms: int | None = None,
        checks: ChecksByName | None = None,
    ) -> Interval | None:
        """Count one push; return the interval to commit, or None for a push without samples.

        What arrives before the load has started belongs to its first window. `running_ms` is the time at which k6
        reported that it is running; None while unknown. `checks` are the checks of a custom script so far.

        k6's last pushes arrive within milliseconds. A window shorter than MIN_WINDOW_S is merged into the one before
        it, and the interval returned has the same `seq` again.
        """
        self._record = record
        tallies, is_empty = self._differences(points)
        if self._held:
            tallies = merge_tallies(self._held, tallies)
        if is_empty or not self._is_measurable():
            self._held = tallies
            return None
        self._held = {}
        self.clock.settle(running_ms)
        end_s = max(self._window.end_s, self.clock.elapsed_s)
        if self._seq and end_s - self._window.end_s < MIN_WINDOW_S:
            self._window.extend(tallies, end_s)
        else:
            self._seq = record
            self._window = Window(start_s=self._window.end_s, end_s=end_s, tallies=tallies)
            self._window.generator = generator.since(self._generator) if generator else None
            self._generator = generator or self._generator
        merge_tallies(self.cumulative, tallies)
        self.count_checks(checks or {})
        return self._interval()

    def count_checks(self, checks: ChecksByName) -> None:
        """Count the checks of a custom script so far, which no push contains, in the current window."""
        for name, (passes, fails) in checks.items():
            before = self._script_checks.get(name, (0, 0))
            increase = max(0, passes - before[0]), max(0, fails - before[1])
            for tallies in (self.cumulative, self._window.tallies) if any(increase) else ():
                tallies.setdefault(OVERALL, Tally()).add_check(name, *increase)
            self._script_checks[name] = before[0] + increase[0], before[1] + increase[1]

    def checkpoint(self, *, record: int, segment: int, offset: int) -> Checkpoint:
        """Return everything that is needed to continue after `record`."""
        window = self._window
        state: dict[str, object] = {
            "seq": self._seq,
            "start_s": window.start_s,
            "end_s": window.end_s,
            "keyframe_s": self._keyframe_s,
            "keyframe_seq": self._keyframe_seq,
            "clock": asdict(self.clock),
            "orderly": self.final_push,
            "window": [
                [*op, base64.b64encode(tally.to_bytes()).decode()] for op, tally in window.tallies.items()
            ],
            "window_generator": window.generator.to_json() if window.generator else None,
            "generator": self._generator.to_json() if self._generator else None,
            "script_checks": self._script_checks,
        }
        push = encode_plain(series.raw for series in self._series.values())
        return Checkpoint(record=record, segment=segment, offset=offset, state=state, push=push)

    def resume(self, checkpoint: Checkpoint) -> None:
        """Restore the state of `checkpoint`; the next push continues from there."""
        state = checkpoint.state
        tallies, _ = self._differences(decode_plain(checkpoint.push))
        self._seq = _int(state["seq"])
        if self._seq:
            merge_tallies(self.cumulative, tallies)
        else:
            self._held = tallies
        clock = state.get("clock")  # a checkpoint of an earlier version has none
        self.clock = LoadClock(**clock) if isinstance(clock, dict) else replace(self.clock, is_settled=True)
        checks = state.get("script_checks")  # a checkpoint of an earlier version has none
        self.count_checks(checks if isinstance(checks, dict) else {})
        self._keyframe_s = _float(state["keyframe_s"])
        self._keyframe_seq = _int(state["keyframe_seq"])
        self.final_push = state["orderly"] is True
        self._window = Window(start_s=_float(state["start_s"]), end_s=_float(state["end_s"]))
        window = state["window"]
        for op, group, phase, blob in window if isinstance(window, list) else []:
            self._window.tallies[OpKey(op, group, phase)] = Tally.from_bytes(base64.b64decode(blob))
        self._window.generator = GeneratorUsage.from_json(state["window_generator"])
        self._generator = GeneratorUsage.from_json(state["generator"])

    def close(self) -> None:
        """At the end of the run, count what arrived if the load never started."""
        if self._held:
            self._seq = self._seq or max(1, self._record)
            merge_tallies(self.cumulative, self._held)
            merge_tallies(self._window.tallies, self._held)
            self._held = {}

    def closing_interval(self) -> Interval | None:
        """Return the last interval with the final cumulative tallies as its keyframe; None without any interval."""
        if not self._seq:
            return None
        return Interval(snapshot=self._snapshot(), tallies=self._window.tallies, keyframe=self.cumulative)

    def _interval(self) -> Interval:
        """Return the current interval, with a keyframe every minute and again while its window grows.

        The keyframe is a copy, because more pushes may be read before it is stored.
        """
        snapshot, keyframe = self._snapshot(), None
        due = snapshot.elapsed_s - self._keyframe_s >= KEYFRAME_INTERVAL_S
        if due or snapshot.seq == self._keyframe_seq:
            keyframe = {op: total_of((tally,)) for op, tally in self.cumulative.items()}
            self._keyframe_s, self._keyframe_seq = snapshot.elapsed_s, snapshot.seq
        return Interval(snapshot=snapshot, tallies=self._window.tallies, keyframe=keyframe)

    def _snapshot(self) -> Snapshot:
        return snapshot_of(
            self._window,
            seq=self._seq,
            vus=self.clock.users,
            busy_vus=self._busy_vus(),
            overall=self.cumulative[OVERALL],
            apdex_t_ms=self._apdex_t_ms,
        )

    def _is_measurable(self) -> bool:
        """Return whether a window can end now: the load has lasted a while, or k6 has ended."""
        clock = self.clock
        if self._seq or self.final_push:
            return True
        return clock.has_started and (not clock.is_load or clock.elapsed_s >= MIN_WINDOW_S)

    def _differences(self, points: Iterable[SamplePoint]) -> tuple[dict[OpKey, Tally], bool]:
        """Return the differences from the known state by operation, with OVERALL, and whether there was no sample."""
        tallies: dict[OpKey, Tally] = {}
        overall = tallies.setdefault(OVERALL, Tally())
        is_empty = True
        known = self._series
        for point in points:
            is_empty = False
            if point.stale:
                self.final_push = True
            series = known.get(point.key)
            if series is None:
                series = known[point.key] = self._new_series(point)
            if series.is_load_sample:
                self.clock.extend(point)
            self._count(series, point, tallies, overall)
        return tallies, is_empty

    def _new_series(self, point: SamplePoint) -> _Series:
        info = classify(labels_of(point.raw), is_histogram=point.wire is not None)
        if info.op not in self._ops and len(self._ops) > MAX_OPS:
            info = replace(info, op=OpKey(OTHER_OPS, "", info.op.phase))
        self._ops.add(info.op)
        if info.role is SeriesRole.IGNORED and info.metric != IDLE_ENDED:
            self.ignored.add(point.key)
        return _Series(info, point.raw, 0.0, HistogramSeries(), is_load_sample(info))

    def _count(
        self, series: _Series, point: SamplePoint, tallies: dict[OpKey, Tally], overall: Tally
    ) -> None:
        info = series.info
        if point.wire is not None:
            increase = series.histogram.advance(point.wire, point.spans)
            series.raw = point.raw
            if info.metric == IDLE_ENDED:
                self._control[info.metric] = self._control.get(info.metric, 0.0) + increase.count
            elif increase.buckets or increase.zero or increase.negatives:
                count_histogram(info, increase, tallies, overall)
        elif point.value is not None:
            if info.role in (SeriesRole.GAUGE, SeriesRole.MARK):
                self.clock.read(info, point)
            elif info.role is SeriesRole.COUNTER:
                amount = point.value - series.value if info.op.is_load else 0.0
                overall.counters[info.metric] = overall.counters.get(info.metric, 0.0) + amount
            elif info.role is SeriesRole.CONTROL:
                before = self._control.get(info.metric, 0.0)
                self._control[info.metric] = before + point.value - series.value
            series.value, series.raw = point.value, point.raw


def merge_tallies(into: dict[OpKey, Tally], tallies: dict[OpKey, Tally]) -> dict[OpKey, Tally]:
    """Add `tallies` to those of the same operations, and return all."""
    for op, tally in tallies.items():
        into.setdefault(op, Tally()).add(tally)
    return into


def _float(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0

"""From the series of a push to snapshots and interval tallies. Pure: it reads no file and no clock.

A push holds only the series that changed, each cumulative since k6's start; the difference to the last known
state of a series is what happened in the window.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from dashboard.engine.remote_write import SamplePoint, advance, decode_plain, encode_plain, labels_of
from dashboard.engine.series import IDLE_USERS, POLL_ERRORS, SeriesRole, SeriesInfo, classify
from dashboard.model.figures import REUSED_CONNECTIONS
from dashboard.model.histogram import Histogram
from dashboard.model.snapshot import OVERALL, Checkpoint, OpKey, Snapshot, Interval
from dashboard.model.tally import Tally, total_of
from dashboard.runs.live.window import GeneratorUsage, Window, snapshot_of

MIN_WINDOW_S = 0.5
KEYFRAME_S = 60.0
MAX_OPS = 1_000
OTHER = "(other operations)"


@dataclass(slots=True)
class _Series:
    """The last known cumulative state of one series."""

    meaning: SeriesInfo
    raw: bytes
    value: float
    histogram: Histogram


class Aggregator:
    """Fed with pushes in their order; the sole owner of a run's cumulative state. `parks`: users may be parked."""

    def __init__(self, *, started_ms: int, apdex_t_ms: float, has_idle_users: bool = False) -> None:
        self._has_idle_users = has_idle_users
        self._started_ms = started_ms
        self._apdex_t_ms = apdex_t_ms
        self._series: dict[bytes, _Series] = {}
        self._ops = {OVERALL}
        self._window = Window()
        self._seq = 0
        self._keyframe_s = 0.0
        self._keyframe_seq = 0
        self._gauges: dict[str, float] = {}
        self._control: dict[str, float] = {}
        self._generator: GeneratorUsage | None = GeneratorUsage(started_ms, 0.0, None, None)
        self.cumulative: dict[OpKey, Tally] = {OVERALL: Tally()}
        self.final_push = False

    @property
    def elapsed_s(self) -> float:
        """From k6's start to the newest sample that was seen."""
        return self._window.end_s

    @property
    def peak_vus(self) -> int | None:
        """Most users that k6 had ready."""
        value = self._gauges.get("vus_max")
        return None if value is None else int(value)

    @property
    def poll_errors(self) -> int:
        """How often a user's question to the control channel was not answered."""
        return round(self._control.get(POLL_ERRORS, 0.0))

    def _busy_vus(self) -> int | None:
        """Users at work at the end of the window; None where none is ever parked."""
        if "vus" not in self._gauges or not self._has_idle_users:
            return None
        return max(0, round(self._gauges["vus"] - self._control.get(IDLE_USERS, 0.0)))

    def feed(self, points: Iterable[SamplePoint], *, record: int, generator: GeneratorUsage | None) -> Interval | None:
        """Take in one push; the step to commit, None when it held nothing to count.

        A window under 0.5 s (the last, final and stale pushes come within milliseconds of each other) is
        merged into the snapshot before it, which is then given again under the same `seq`.
        """
        tallies, newest_ms = self._take(points)
        if not newest_ms:
            return None
        end_s = max(self._window.end_s, (newest_ms - self._started_ms) / 1000)
        if self._seq and end_s - self._window.end_s < MIN_WINDOW_S:
            self._window.extend(tallies, end_s)
        else:
            self._seq = record
            self._window = Window(start_s=self._window.end_s, end_s=end_s, tallies=tallies)
            self._window.generator = generator.since(self._generator) if generator else None
            self._generator = generator or self._generator
        for op, tally in tallies.items():
            self.cumulative.setdefault(op, Tally()).add(tally)
        return self._interval()

    def checkpoint(self, *, record: int, segment: int, offset: int) -> Checkpoint:
        """Everything needed to go on after `record`."""
        window = self._window
        state: dict[str, object] = {
            "seq": self._seq,
            "start_s": window.start_s,
            "end_s": window.end_s,
            "keyframe_s": self._keyframe_s,
            "keyframe_seq": self._keyframe_seq,
            "gauges": dict(self._gauges),
            "orderly": self.final_push,
            "window": [
                [*op, base64.b64encode(tally.to_bytes()).decode()] for op, tally in window.tallies.items()
            ],
            "window_generator": window.generator.to_json() if window.generator else None,
            "generator": self._generator.to_json() if self._generator else None,
        }
        push = encode_plain(series.raw for series in self._series.values())
        return Checkpoint(record=record, segment=segment, offset=offset, state=state, push=push)

    def resume(self, checkpoint: Checkpoint) -> None:
        """Take over the state of `checkpoint`; the next push continues from there."""
        state = checkpoint.state
        tallies, _ = self._take(decode_plain(checkpoint.push))
        for op, tally in tallies.items():
            self.cumulative.setdefault(op, Tally()).add(tally)
        self._seq = _whole(state["seq"])
        self._keyframe_s = _number(state["keyframe_s"])
        self._keyframe_seq = _whole(state["keyframe_seq"])
        gauges = state["gauges"]
        self._gauges = dict(gauges) if isinstance(gauges, Mapping) else {}
        self.final_push = state["orderly"] is True
        self._window = Window(start_s=_number(state["start_s"]), end_s=_number(state["end_s"]))
        window = state["window"]
        for op, group, phase, blob in window if isinstance(window, list) else []:
            self._window.tallies[OpKey(op, group, phase)] = Tally.from_bytes(base64.b64decode(blob))
        self._window.generator = GeneratorUsage.from_json(state["window_generator"])
        self._generator = GeneratorUsage.from_json(state["generator"])

    def closing_interval(self) -> Interval | None:
        """The last step with the final cumulative tallies as its keyframe; None when nothing was counted."""
        if not self._seq:
            return None
        return Interval(snapshot=self._snapshot(), tallies=self._window.tallies, keyframe=self.cumulative)

    def _interval(self) -> Interval:
        """With a keyframe every minute, given again when its window grows. A copy: more may be read before it
        is stored."""
        snapshot, keyframe = self._snapshot(), None
        due = snapshot.elapsed_s - self._keyframe_s >= KEYFRAME_S
        if due or snapshot.seq == self._keyframe_seq:
            keyframe = {op: total_of((tally,)) for op, tally in self.cumulative.items()}
            self._keyframe_s, self._keyframe_seq = snapshot.elapsed_s, snapshot.seq
        return Interval(snapshot=snapshot, tallies=self._window.tallies, keyframe=keyframe)

    def _snapshot(self) -> Snapshot:
        return snapshot_of(
            self._window,
            seq=self._seq,
            vus=int(self._gauges["vus"]) if "vus" in self._gauges else None,
            busy_vus=self._busy_vus(),
            overall=self.cumulative[OVERALL],
            apdex_t_ms=self._apdex_t_ms,
        )

    def _take(self, points: Iterable[SamplePoint]) -> tuple[dict[OpKey, Tally], int]:
        """Differences to the known state, by operation with OVERALL, and the newest timestamp."""
        tallies: dict[OpKey, Tally] = {}
        overall = tallies.setdefault(OVERALL, Tally())
        newest_ms = 0
        known = self._series
        for point in points:
            if point.timestamp_ms > newest_ms:
                newest_ms = point.timestamp_ms
            if point.stale:
                self.final_push = True
            series = known.get(point.key)
            if series is None:
                series = known[point.key] = self._new_series(point)
            self._count(series, point, tallies, overall)
        return tallies, newest_ms

    def _new_series(self, point: SamplePoint) -> _Series:
        meaning = classify(labels_of(point.raw), is_histogram=point.wire is not None)
        if meaning.op not in self._ops and len(self._ops) > MAX_OPS:
            meaning = replace(meaning, op=OpKey(OTHER, "", meaning.op.phase))
        self._ops.add(meaning.op)
        return _Series(meaning, point.raw, 0.0, Histogram())

    def _count(self, series: _Series, point: SamplePoint, tallies: dict[OpKey, Tally], overall: Tally) -> None:
        meaning = series.meaning
        if point.wire is not None:
            step = advance(series.histogram, point.wire)
            series.raw = point.raw
            if step.buckets or step.zero or step.negatives:
                _count_histogram(meaning, step, tallies, overall)
        elif point.value is not None:
            if meaning.role is SeriesRole.GAUGE:
                self._gauges[meaning.metric] = point.value
            elif meaning.role is SeriesRole.COUNTER:
                amount = point.value - series.value
                overall.counters[meaning.metric] = overall.counters.get(meaning.metric, 0.0) + amount
            elif meaning.role is SeriesRole.CONTROL:
                before = self._control.get(meaning.metric, 0.0)
                self._control[meaning.metric] = before + point.value - series.value
            series.value, series.raw = point.value, point.raw


def _count_histogram(
    meaning: SeriesInfo, step: Histogram, tallies: dict[OpKey, Tally], overall: Tally
) -> None:
    role = meaning.role
    if role is SeriesRole.IGNORED:
        return
    if role is SeriesRole.TREND:
        overall.add_trend(meaning.metric, step)
        if meaning.metric == "http_req_connecting":
            reused = step.zero if meaning.answered else 0
            overall.counters[REUSED_CONNECTIONS] = overall.counters.get(REUSED_CONNECTIONS, 0.0) + reused
        return
    op = tallies.get(meaning.op)
    if op is None:
        op = tallies[meaning.op] = Tally()
    count = step.count
    for tally in (op,) if op is overall else (op, overall):
        if role is SeriesRole.DURATION:
            tally.add_duration(meaning.duration_key, step)
            tally.statuses[meaning.status] = tally.statuses.get(meaning.status, 0) + count
            if meaning.error:
                tally.errors[meaning.error] = tally.errors.get(meaning.error, 0) + count
        elif role is SeriesRole.WAITING:
            tally.add_trend(meaning.metric, step)
        elif role is SeriesRole.CHECK:
            for check in meaning.checks:
                tally.add_check(check, count - step.zero, step.zero)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0

"""What the HTML report holds: the run as the API tells it, its windows few enough for a page, its baseline."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any

from dashboard import __version__
from dashboard.comparison.comparability import Looked, cautions
from dashboard.comparison.differences import compare
from dashboard.model.baseline import applying
from dashboard.model.figures import REUSED_CONNECTIONS
from dashboard.model.histogram import Histogram
from dashboard.model.record import record_of
from dashboard.model.run import Run, iso
from dashboard.model.snapshot import OVERALL, Snapshot, Interval
from dashboard.model.tally import Tally
from dashboard.reports.subject import Subject
from dashboard.runs.rollup import rolled
from dashboard.store.store import Store

# So many windows show everything on a screen; longer runs get longer windows.
MAX_WINDOWS = 360
LENGTHS_S = (10, 30, 60, 120, 300, 600, 1_800, 3_600)
INTERVALS_AT_ONCE = 500
DIGITS = 6
COLUMNS = tuple(field.name for field in fields(Snapshot))


def page_data(subject: Subject, store: Store, now: datetime) -> dict[str, Any]:
    """All of it, JSON-ready."""
    run = subject.run
    intervals = list(_intervals(store, run))
    seconds = resolution_for(intervals)
    windows = intervals if seconds is None else list(rolled(intervals, seconds, run.config.apdex_t_ms))
    return {
        "made_at": iso(now),
        "dashboard_version": __version__,
        "facts": subject.whole,
        "slo": subject.slo,
        "ops": [{name: _short(value) for name, value in row.items()} for row in subject.ops],
        "columns": {name: [_short(getattr(interval.snapshot, name)) for interval in windows] for name in COLUMNS},
        "resolution_s": seconds,
        "windows": [_window(interval.tallies.get(OVERALL, Tally())) for interval in windows],
        "comparison": _comparison(run, store),
    }


def resolution_for(intervals: list[Interval]) -> int | None:
    """How long a window must be; None when all of them can be shown as they were measured."""
    if len(intervals) <= MAX_WINDOWS:
        return None
    length_s = intervals[-1].snapshot.elapsed_s
    return next((seconds for seconds in LENGTHS_S if length_s / seconds <= MAX_WINDOWS), LENGTHS_S[-1])


def _intervals(store: Store, run: Run) -> Iterator[Interval]:
    """Every window with all operations together."""
    after = 0
    while found := store.intervals.stored(run.run_id, after=after, limit=INTERVALS_AT_ONCE, op=OVERALL):
        for interval in found:
            blob = interval.tallies.get(OVERALL)
            tallies = {OVERALL: Tally.from_bytes(blob)} if blob else {}
            yield Interval(snapshot=interval.snapshot, tallies=tallies, keyframe=None)
        after = found[-1].snapshot.seq


def _window(tally: Tally) -> dict[str, Any]:
    """What a range is reckoned from."""
    waiting = tally.trends.get("http_req_waiting", Histogram())
    iterations = tally.trends.get("iteration_duration")
    return {
        "durations": {key: packed(histogram) for key, histogram in tally.durations.items()},
        "checks": [sum(pair[side] for pair in tally.checks.values()) for side in (0, 1)],
        "waiting": [_short(waiting.total), waiting.count],
        "iterations": iterations.count if iterations else None,
        "dropped": tally.counters.get("dropped_iterations"),
        "received": tally.counters.get("data_received"),
        "sent": tally.counters.get("data_sent"),
        "reused": tally.counters.get(REUSED_CONNECTIONS),
    }


def packed(histogram: Histogram) -> list[float]:
    """Zero count, sum, the first index and its count, then step and count for each other bucket."""
    numbers: list[float] = [histogram.zero, float(f"{histogram.total:.9g}")]
    before = 0
    for index in sorted(histogram.buckets):
        numbers += (index - before, histogram.buckets[index])
        before = index
    return numbers


def _comparison(run: Run, store: Store) -> dict[str, Any] | None:
    """Against the baseline that counts for the run, when there is one and it is another run."""
    pinned = applying(store.baselines.all(), run.config.profile, run.config.env_profile)
    baseline = store.runs.get(pinned.run_id) if pinned and pinned.run_id != run.run_id else None
    if baseline is None:
        return None
    record_a: Any = record_of(baseline)
    record_b: Any = record_of(run)
    rows: Iterable[Any] = compare(record_a, record_b)
    names = ("metric", "a", "b", "delta", "pct", "direction", "confidence")
    return {
        "run_id": baseline.run_id,
        "started_at": iso(baseline.started_at),
        "rows": [{name: getattr(row, name) for name in names} for row in rows],
        "warnings": [caution.words for caution in cautions(Looked(run=baseline), Looked(run=run))],
    }


def _short(value: Any) -> Any:
    """Six digits say more than any chart or table shows."""
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value

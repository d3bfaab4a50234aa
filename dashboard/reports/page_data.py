"""The data of the HTML report: the run as the API returns it, at most 360 windows, and the baseline comparison."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from dashboard import __version__
from dashboard.model.figures import REUSED_CONNECTIONS
from dashboard.model.histogram import Histogram
from dashboard.model.run import Run, iso
from dashboard.model.snapshot import OVERALL, Interval, Snapshot
from dashboard.model.tally import Tally
from dashboard.reports.facts import facts_of
from dashboard.reports.failing import failing_rows
from dashboard.reports.source import ReportSource
from dashboard.runs.rollup import downsample
from dashboard.store.store import Store

# A screen cannot show more. A longer run gets longer windows.
MAX_WINDOWS = 360
WINDOW_LENGTHS_S = (10, 30, 60, 120, 300, 600, 1_800, 3_600)
INTERVALS_AT_ONCE = 500
SIGNIFICANT_DIGITS = 6
COLUMNS = tuple(field.name for field in fields(Snapshot))


def page_data(source: ReportSource, store: Store, now: datetime) -> dict[str, Any]:
    """Return the JSON-ready data of the report."""
    run = source.run
    intervals = list(_intervals(store, run))
    seconds = resolution_for(intervals)
    windows = (
        intervals
        if seconds is None
        else list(downsample(intervals, seconds, run.config.apdex_t_ms, run.bounds))
    )
    return {
        "made_at": iso(now),
        "dashboard_version": __version__,
        "detail": source.description,
        "slo": source.slo,
        "ops": [{name: _round_float(value) for name, value in row.items()} for row in source.ops],
        "failing": failing_rows(source.failures),
        "facts": facts_of(source),
        "failed_checks": _failed_checks(source),
        "columns": {
            name: [_round_float(getattr(window.snapshot, name)) for window in windows] for name in COLUMNS
        },
        "resolution_s": seconds,
        "windows": [_window_data(window.tallies.get(OVERALL, Tally())) for window in windows],
        "comparison": _comparison(source),
    }


def _failed_checks(source: ReportSource) -> list[dict[str, Any]]:
    """Return how often each check failed, and how often it was evaluated."""
    fails: Counter[str] = Counter()
    evaluated: Counter[str] = Counter()
    for check in source.failed_checks:
        name = f"{check['op']}: {check['check']}"  # the same for several groups or phases of an operation
        fails[name] += check["fails"]
        evaluated[name] += check["fails"] + check["passes"]
    return [{"name": name, "count": count, "of": evaluated[name]} for name, count in fails.most_common()]


def resolution_for(intervals: list[Interval]) -> int | None:
    """Return the window length in seconds, or None if all intervals can be shown as they were measured."""
    if len(intervals) <= MAX_WINDOWS:
        return None
    length_s = intervals[-1].snapshot.elapsed_s
    fitting = (seconds for seconds in WINDOW_LENGTHS_S if length_s / seconds <= MAX_WINDOWS)
    return next(fitting, WINDOW_LENGTHS_S[-1])


def _intervals(store: Store, run: Run) -> Iterator[Interval]:
    """Yield every interval with the tally of all operations together."""
    after = 0
    while stored := store.intervals.read(run.run_id, after=after, limit=INTERVALS_AT_ONCE, op=OVERALL):
        for interval in stored:
            blob = interval.tallies.get(OVERALL)
            tallies = {OVERALL: Tally.from_bytes(blob)} if blob else {}
            yield Interval(snapshot=interval.snapshot, tallies=tallies, keyframe=None)
        after = stored[-1].snapshot.seq


def _window_data(tally: Tally) -> dict[str, Any]:
    """Return the counts from which the page computes the figures of a selected range."""
    waiting = tally.trends.get("http_req_waiting", Histogram())
    iterations = tally.trends.get("iteration_duration")
    return {
        "durations": {key: pack_histogram(histogram) for key, histogram in tally.durations.items()},
        "rejected": pack_histogram(tally.rejected),
        "checks": [sum(counts[index] for counts in tally.checks.values()) for index in (0, 1)],
        "waiting": [_round_float(waiting.total), waiting.count],
        "iterations": iterations.count if iterations else None,
        "dropped": tally.counters.get("dropped_iterations"),
        "received": tally.counters.get("data_received"),
        "sent": tally.counters.get("data_sent"),
        "reused": tally.counters.get(REUSED_CONNECTIONS),
        "hops": tally.hops,
    }


def pack_histogram(histogram: Histogram) -> list[float]:
    """Return the zero count, the sum, the first index and its count, then the index step and count of other buckets."""
    numbers: list[float] = [histogram.zero, float(f"{histogram.total:.9g}")]
    previous = 0
    for index in sorted(histogram.buckets):
        numbers += (index - previous, histogram.buckets[index])
        previous = index
    return numbers


def _comparison(source: ReportSource) -> dict[str, Any] | None:
    """Return the comparison with the baseline of the run. None without a baseline, or if the run is the baseline."""
    compared = source.baseline
    if compared is None:
        return None
    return {
        "run_id": compared.baseline.run_id,
        "started_at": iso(compared.baseline.started_at),
        "judgment": asdict(compared.comparison.judgment),
        "rows": [asdict(row) for row in compared.comparison.metrics],
        "warnings": [warning.text for warning in compared.comparison.warnings],
    }


def _round_float(value: Any) -> Any:
    """Round a float to six significant digits, more than any chart or table shows."""
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}") if isinstance(value, float) else value

"""Downsampling: merges the windows of a run. Histograms merge too, so each percentile still covers all requests."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import ceil
from typing import Any

from dashboard.model.exact import PERCENTILES, Bounds, clamp
from dashboard.model.snapshot import OVERALL, Interval, OpKey, Snapshot
from dashboard.model.tally import Tally
from dashboard.runs.live.window import Window, snapshot_of

# A window that ends on the boundary of two buckets belongs to the first. Seconds have three decimals.
_ROUNDING_S = 0.0005


def downsample(
    intervals: Iterable[Interval], seconds: float, apdex_t_ms: float, bounds: Bounds | None = None
) -> Iterator[Interval]:
    """Yield one interval for all intervals that end in the same bucket of `seconds`. Keyframes are dropped.

    bounds: the exact minimum and maximum of the run, which no percentile exceeds
    """
    group: list[Interval] = []
    for interval in intervals:
        if group and _bucket_of(interval.snapshot, seconds) != _bucket_of(group[0].snapshot, seconds):
            yield _merge(group, apdex_t_ms, bounds)
            group = []
        group.append(interval)
    if group:
        yield _merge(group, apdex_t_ms, bounds)


def _bucket_of(snapshot: Snapshot, seconds: float) -> int:
    """Return the number of the bucket that a window ends in."""
    return ceil((snapshot.elapsed_s - _ROUNDING_S) / seconds)


def _merge(group: Sequence[Interval], apdex_t_ms: float, bounds: Bounds | None) -> Interval:
    """Merge `group` into one interval, with the sequence number and the end of its last interval."""
    last = group[-1].snapshot
    if len(group) == 1:
        return replace(group[0], keyframe=None)
    tallies: dict[OpKey, Tally] = {}
    for interval in group:
        for op, tally in interval.tallies.items():
            tallies.setdefault(op, Tally()).add(tally)
    snapshots = [interval.snapshot for interval in group]
    window_s = round(sum(snapshot.window_s for snapshot in snapshots), 3)
    window = Window(last.elapsed_s - window_s, last.elapsed_s, tallies)
    merged = snapshot_of(
        window,
        seq=last.seq,
        vus=_last(snapshot.vus for snapshot in snapshots),
        busy_vus=_last(snapshot.busy_vus for snapshot in snapshots),
        overall=tallies.get(OVERALL, Tally()),
        apdex_t_ms=apdex_t_ms,
    )
    percentiles: dict[str, Any] = {name: clamp(getattr(merged, name), bounds) for name in PERCENTILES}
    snapshot = replace(
        merged,
        **percentiles,
        total_reqs=last.total_reqs,
        total_errors=last.total_errors,
        generator_cpu=_mean_cpu(snapshots),
        generator_rss_bytes=max((s.generator_rss_bytes or 0 for s in snapshots), default=0) or None,
    )
    return Interval(snapshot=snapshot, tallies=tallies, keyframe=None)


def _last(values: Iterable[int | None]) -> int | None:
    """Return the last value that is not None."""
    return next((value for value in reversed(list(values)) if value is not None), None)


def _mean_cpu(snapshots: Sequence[Snapshot]) -> float | None:
    known = [(s.generator_cpu, s.window_s) for s in snapshots if s.generator_cpu is not None]
    seconds = sum(window_s for _, window_s in known)
    return sum(share * window_s for share, window_s in known) / seconds if seconds else None

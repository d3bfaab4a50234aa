"""Coarser windows of a run: counts are added, histograms merged, so every percentile is that of all its requests."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import ceil

from dashboard.model.snapshot import OVERALL, OpKey, Snapshot, Interval
from dashboard.model.tally import Tally
from dashboard.runs.live.window import Window, snapshot_of

# The last window of a stretch ends on its edge; seconds have three digits.
_ROUNDING_S = 0.0005


def rolled(intervals: Iterable[Interval], seconds: float, apdex_t_ms: float) -> Iterator[Interval]:
    """One step for all whose windows end in the same stretch of `seconds`. Keyframes are left out."""
    group: list[Interval] = []
    for interval in intervals:
        if group and stretch_of(interval.snapshot, seconds) != stretch_of(group[0].snapshot, seconds):
            yield folded(group, apdex_t_ms)
            group = []
        group.append(interval)
    if group:
        yield folded(group, apdex_t_ms)


def stretch_of(snapshot: Snapshot, seconds: float) -> int:
    """Which stretch a window belongs to, by its end."""
    return ceil((snapshot.elapsed_s - _ROUNDING_S) / seconds)


def folded(group: Sequence[Interval], apdex_t_ms: float) -> Interval:
    """One step in the place of `group`, with the number and the end of its last."""
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
    snapshot = replace(
        merged,
        total_reqs=last.total_reqs,
        total_errors=last.total_errors,
        generator_cpu=_mean_cpu(snapshots),
        generator_rss_bytes=max((s.generator_rss_bytes or 0 for s in snapshots), default=0) or None,
    )
    return Interval(snapshot=snapshot, tallies=tallies, keyframe=None)


def _last(values: Iterable[int | None]) -> int | None:
    """The newest that is known."""
    return next((value for value in reversed(list(values)) if value is not None), None)


def _mean_cpu(snapshots: Sequence[Snapshot]) -> float | None:
    known = [(s.generator_cpu, s.window_s) for s in snapshots if s.generator_cpu is not None]
    seconds = sum(window_s for _, window_s in known)
    return sum(share * window_s for share, window_s in known) / seconds if seconds else None

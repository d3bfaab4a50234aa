"""One operation over time: a point per snapshot, or per keyframe where those would be too many to read."""

from collections.abc import Iterable

from dashboard.model.tally import Tally
from dashboard.store.base import OpWindow
from dashboard.store.connection import Connection, Row

MOST_SNAPSHOTS = 1_500

_COUNT = """
    SELECT count(*) FROM snapshots
    WHERE run_no = :run_no AND elapsed_s > :from_s AND elapsed_s <= :to_s
"""
# CROSS JOIN keeps this order of tables: one row of `intervals` is looked up for each snapshot.
_INTERVALS = """
    SELECT snapshots.seq, elapsed_s, window_s, tally
    FROM ops CROSS JOIN snapshots ON snapshots.run_no = ops.run_no
    CROSS JOIN intervals ON intervals.run_no = snapshots.run_no
        AND intervals.seq = snapshots.seq AND intervals.op_no = ops.op_no
    WHERE ops.run_no = :run_no AND op = :op AND elapsed_s > :from_s AND elapsed_s <= :to_s
    ORDER BY snapshots.seq
"""
_KEYFRAMES = """
    SELECT snapshots.seq, elapsed_s, 0.0, tally
    FROM ops CROSS JOIN keyframes ON keyframes.run_no = ops.run_no AND keyframes.op_no = ops.op_no
    CROSS JOIN snapshots ON snapshots.run_no = keyframes.run_no AND snapshots.seq = keyframes.seq
    WHERE ops.run_no = :run_no AND op = :op AND elapsed_s > :from_s - 120 AND elapsed_s <= :to_s
    ORDER BY snapshots.seq
"""


def op_series(db: Connection, run_no: int, op: str, from_s: float, to_s: float) -> list[OpWindow]:
    """Windows in (from_s, to_s] in which `op` was called; on long ranges merged to about a minute each."""
    limits = {"run_no": run_no, "op": op, "from_s": from_s, "to_s": to_s}
    [count] = db.execute(_COUNT, limits).fetchone()
    if count <= MOST_SNAPSHOTS:
        return _by_snapshot(db.execute(_INTERVALS, limits))
    return _differences(_by_snapshot(db.execute(_KEYFRAMES, limits)), from_s)


def _by_snapshot(rows: Iterable[Row]) -> list[OpWindow]:
    """Groups and phases of the operation taken together."""
    series: list[OpWindow] = []
    for seq, elapsed_s, window_s, blob in rows:
        tally = Tally.from_bytes(blob)
        if series and series[-1].seq == seq:
            series[-1].tally.add(tally)
        else:
            series.append(OpWindow(seq=seq, elapsed_s=elapsed_s, window_s=window_s, tally=tally))
    return series


def _differences(cumulative: list[OpWindow], from_s: float) -> list[OpWindow]:
    """What happened between one keyframe and the next. The first one before the range opens it."""
    inside = [point for point in cumulative if point.elapsed_s > from_s]
    opening = [point for point in cumulative if point.elapsed_s <= from_s][-1:]
    start_s, before = (opening[0].elapsed_s, opening[0].tally) if opening else (0.0, Tally())
    windows: list[OpWindow] = []
    for point in inside:
        step = point.tally.since(before)
        if step:
            window_s = point.elapsed_s - start_s
            windows.append(OpWindow(seq=point.seq, elapsed_s=point.elapsed_s, window_s=window_s, tally=step))
        start_s, before = point.elapsed_s, point.tally
    return windows

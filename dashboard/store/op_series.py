"""One operation over time: a window per snapshot, or per keyframe when the range has too many snapshots."""

import math
from collections.abc import Iterable

from dashboard.model.run import RunId
from dashboard.model.tally import Tally
from dashboard.store.connection import Row
from dashboard.store.repository import Repository
from dashboard.store.run_rows import find_run_no
from dashboard.store.values import OpWindow

MAX_SNAPSHOTS = 1_500

_COUNT = """
    SELECT count(*) FROM snapshots
    WHERE run_no = :run_no AND elapsed_s > :from_s AND elapsed_s <= :to_s
"""
# CROSS JOIN fixes the order of the tables: one row of `intervals` is looked up per snapshot.
_INTERVALS = """
    SELECT snapshots.seq, elapsed_s, window_s, tally
    FROM ops CROSS JOIN snapshots ON snapshots.run_no = ops.run_no
    CROSS JOIN intervals ON intervals.run_no = snapshots.run_no
        AND intervals.seq = snapshots.seq AND intervals.op_no = ops.op_no
    WHERE ops.run_no = :run_no AND op = :op AND phase = (SELECT min(phase) FROM ops WHERE run_no = :run_no AND op = :op)
        AND elapsed_s > :from_s AND elapsed_s <= :to_s
    ORDER BY snapshots.seq
"""
_KEYFRAMES = """
    SELECT snapshots.seq, elapsed_s, 0.0, tally
    FROM ops CROSS JOIN keyframes ON keyframes.run_no = ops.run_no AND keyframes.op_no = ops.op_no
    CROSS JOIN snapshots ON snapshots.run_no = keyframes.run_no AND snapshots.seq = keyframes.seq
    WHERE ops.run_no = :run_no AND op = :op AND phase = (SELECT min(phase) FROM ops WHERE run_no = :run_no AND op = :op)
        AND elapsed_s > :from_s - 120 AND elapsed_s <= :to_s
    ORDER BY snapshots.seq
"""


class OpSeriesRepository(Repository):
    """Time series of single operations."""

    def windows(self, run_id: RunId, op: str, from_s: float = 0.0, to_s: float = math.inf) -> list[OpWindow]:
        """Return the windows in (from_s, to_s] in which `op` was called, over all groups of that name.

        A step of the setup or teardown counts only if no operation of the load has its name. On long ranges, windows
        are merged to about a minute each.
        """
        with self._database.reading() as db:
            limits = {"run_no": find_run_no(db, run_id), "op": op, "from_s": from_s, "to_s": to_s}
            [count] = db.execute(_COUNT, limits).fetchone()
            if count <= MAX_SNAPSHOTS:
                return _merge_by_snapshot(db.execute(_INTERVALS, limits))
            return _differences(_merge_by_snapshot(db.execute(_KEYFRAMES, limits)), from_s)


def _merge_by_snapshot(rows: Iterable[Row]) -> list[OpWindow]:
    """Return one window per snapshot, with the groups of the operation merged."""
    series: list[OpWindow] = []
    for seq, elapsed_s, window_s, blob in rows:
        tally = Tally.from_bytes(blob)
        if series and series[-1].seq == seq:
            series[-1].tally.add(tally)
        else:
            series.append(OpWindow(seq=seq, elapsed_s=elapsed_s, window_s=window_s, tally=tally))
    return series


def _differences(cumulative: list[OpWindow], from_s: float) -> list[OpWindow]:
    """Return the windows between consecutive keyframes, starting from the last keyframe before the range."""
    inside = [point for point in cumulative if point.elapsed_s > from_s]
    opening = [point for point in cumulative if point.elapsed_s <= from_s][-1:]
    start_s, before = (opening[0].elapsed_s, opening[0].tally) if opening else (0.0, Tally())
    windows: list[OpWindow] = []
    for point in inside:
        difference = point.tally.since(before)
        if difference:
            window_s = point.elapsed_s - start_s
            windows.append(
                OpWindow(seq=point.seq, elapsed_s=point.elapsed_s, window_s=window_s, tally=difference)
            )
        start_s, before = point.elapsed_s, point.tally
    return windows

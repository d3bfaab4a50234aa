"""Intervals: each snapshot with the tallies of its operations, and keyframes with the tallies since the start."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dashboard.model.run import RetentionLevel, RunId
from dashboard.model.snapshot import Interval, OpKey
from dashboard.store import codec
from dashboard.store.baselines import is_pinned
from dashboard.store.connection import Row, SqlConnection
from dashboard.store.ops import op_keys, op_numbers
from dashboard.store.outbox import is_pending
from dashboard.store.repository import Repository, clamp
from dashboard.store.run_rows import find_run_no, read_body, row_of, update_row
from dashboard.store.snapshots import PUT_SNAPSHOT, read_snapshots, snapshot_values
from dashboard.store.values import StoredInterval

# table, field of StoredInterval
_TALLY_TABLES = (("intervals", "tallies"), ("keyframes", "keyframe"))


@dataclass(frozen=True, slots=True)
class EncodedInterval:
    """An interval as rows, encoded in the caller's thread to keep the transaction short."""

    snapshot: Row
    tallies: tuple[tuple[OpKey, bytes], ...]
    keyframe: tuple[tuple[OpKey, bytes], ...]


class IntervalRepository(Repository):
    """Intervals of all runs in their stored encoding. `Store.append` adds the intervals of a live run."""

    def read(self, run_id: RunId, *, after: int, limit: int, op: OpKey | None = None) -> list[StoredInterval]:
        """Return the intervals with `seq` above `after`, in order; with `op`, only the tallies of that operation."""
        with self._database.reading() as db:
            return _read_intervals(db, find_run_no(db, run_id), clamp(after), limit, op)

    def replace(
        self,
        run_id: RunId,
        seqs: tuple[int, int],
        intervals: Sequence[StoredInterval],
        level: RetentionLevel | None,
    ) -> bool:
        """Replace the intervals from the first to the last of `seqs`; with `level`, also the run's retention level.

        Returns False and changes nothing when the run was deleted, has not ended, is a baseline, or is not fully
        replicated.
        """
        return self._database.write(lambda db: _replace(db, run_id, seqs, intervals, level))


def encode_interval(interval: Interval) -> EncodedInterval:
    """Return the rows of an interval."""
    return EncodedInterval(
        snapshot_values(interval.snapshot),
        tuple((key, tally.to_bytes()) for key, tally in interval.tallies.items()),
        tuple((key, tally.to_bytes()) for key, tally in (interval.keyframe or {}).items()),
    )


def rows_of(interval: StoredInterval) -> EncodedInterval:
    """Return the rows of an interval whose tallies are encoded."""
    return EncodedInterval(
        snapshot_values(interval.snapshot),
        tuple(interval.tallies.items()),
        tuple(interval.keyframe.items()),
    )


def put_intervals(db: SqlConnection, run_no: int, intervals: Sequence[EncodedInterval]) -> None:
    """Store intervals. Each replaces everything that is stored under its `seq`."""
    keys = (key for one in intervals for key, _ in one.tallies + one.keyframe)
    numbers = op_numbers(db, run_no, keys)
    for one in intervals:
        seq = one.snapshot[0]
        db.execute(PUT_SNAPSHOT, (run_no, *one.snapshot))
        for (table, _), tallies in zip(_TALLY_TABLES, (one.tallies, one.keyframe), strict=True):
            db.execute(f"DELETE FROM {table} WHERE run_no = ? AND seq = ?", (run_no, seq))  # noqa: S608
            db.executemany(
                f"INSERT INTO {table} (run_no, seq, op_no, tally) VALUES (?, ?, ?, ?)",  # noqa: S608
                sorted((run_no, seq, numbers[key], blob) for key, blob in tallies),
            )


def _read_intervals(
    db: SqlConnection, run_no: int, after: int, limit: int, op: OpKey | None
) -> list[StoredInterval]:
    snapshots = read_snapshots(db, run_no, after=after, limit=limit)
    if not snapshots:
        return []
    keys = {number: key for number, key in op_keys(db, run_no).items() if op is None or key == op}
    intervals = {one.seq: StoredInterval(snapshot=one, tallies={}, keyframe={}) for one in snapshots}
    parameters = (run_no, snapshots[0].seq, snapshots[-1].seq, *([next(iter(keys), -1)] if op else []))
    for table, field in _TALLY_TABLES:
        sql = f"SELECT seq, op_no, tally FROM {table} WHERE run_no = ? AND seq BETWEEN ? AND ?"  # noqa: S608
        sql += " AND op_no = ?" if op else ""
        for seq, op_no, blob in db.execute(sql, parameters):
            interval = intervals.get(seq)
            if interval is not None:
                getattr(interval, field)[keys[op_no]] = blob
    return list(intervals.values())


def _replace(
    db: SqlConnection,
    run_id: RunId,
    seqs: tuple[int, int],
    intervals: Sequence[StoredInterval],
    level: RetentionLevel | None,
) -> bool:
    body = read_body(db, run_id)
    run = None if body is None else codec.run_from_json(body)
    if run is None or not run.status.has_ended or is_pinned(db, run_id):
        return False
    # A run sent half at the old and half at the new resolution would be counted twice in the replica.
    if is_pending(db, run_id):
        return False
    run_no = find_run_no(db, run_id)
    for table in ("snapshots", "intervals", "keyframes"):
        db.execute(f"DELETE FROM {table} WHERE run_no = ? AND seq BETWEEN ? AND ?", (run_no, *seqs))  # noqa: S608
    put_intervals(db, run_no, [rows_of(one) for one in intervals])
    if level is not None:
        update_row(db, row_of(replace(run, retention_level=level)))
    return True

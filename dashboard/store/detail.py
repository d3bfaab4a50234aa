"""What a run consists of: snapshots, intervals, keyframes and the checkpoint, and their removal."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from dashboard.model.snapshot import Checkpoint, OpKey, Snapshot, Interval
from dashboard.model.tally import Tally
from dashboard.store import codec
from dashboard.store.connection import Connection, Row

SNAPSHOT_FIELDS = tuple(field.name for field in fields(Snapshot))
snapshot_values = attrgetter(*SNAPSHOT_FIELDS)
_COLUMNS = ", ".join(SNAPSHOT_FIELDS)
_PLACES = ", ".join("?" for _ in SNAPSHOT_FIELDS)
_PUT_SNAPSHOT = f"INSERT OR REPLACE INTO snapshots (run_no, {_COLUMNS}) VALUES (?, {_PLACES})"  # noqa: S608
_GET_SNAPSHOTS = f"SELECT {_COLUMNS} FROM snapshots WHERE run_no = ? AND seq > ? ORDER BY seq LIMIT ?"  # noqa: S608
_GET_CHECKPOINT = 'SELECT record, segment, "offset", state, push FROM checkpoints WHERE run_no = ?'
_PUT_CHECKPOINT = """
    INSERT OR REPLACE INTO checkpoints (run_no, record, segment, "offset", state, push)
    VALUES (?, ?, ?, ?, ?, ?)
"""
NO_LIMIT = -1
NEWEST = (1 << 63) - 1
ROWS_AT_ONCE = 5_000
SNAPSHOTS_AT_ONCE = 200
PAGES_AT_ONCE = 200
KEPT_PAGES = 1_000


@dataclass(frozen=True, slots=True)
class EncodedInterval:
    """A step as rows, made in the caller's thread so that the transaction is short."""

    snapshot: Row
    tallies: tuple[tuple[OpKey, bytes], ...]
    keyframe: tuple[tuple[OpKey, bytes], ...]


def encoded(interval: Interval) -> EncodedInterval:
    """The rows of `step`."""
    return EncodedInterval(
        snapshot_values(interval.snapshot),
        tuple((key, tally.to_bytes()) for key, tally in interval.tallies.items()),
        tuple((key, tally.to_bytes()) for key, tally in (interval.keyframe or {}).items()),
    )


def put_intervals(db: Connection, run_no: int, intervals: Sequence[EncodedInterval]) -> None:
    """Keep `steps`; each replaces all that was there under its number."""
    numbers = _op_numbers(
        db, run_no, (key for interval in intervals for key, _ in interval.tallies + interval.keyframe)
    )
    for interval in intervals:
        seq = interval.snapshot[0]
        db.execute(_PUT_SNAPSHOT, (run_no, *interval.snapshot))
        db.execute("DELETE FROM intervals WHERE run_no = ? AND seq = ?", (run_no, seq))
        db.executemany(
            "INSERT INTO intervals (run_no, seq, op_no, tally) VALUES (?, ?, ?, ?)",
            sorted((run_no, seq, numbers[key], blob) for key, blob in interval.tallies),
        )
        db.execute("DELETE FROM keyframes WHERE run_no = ? AND seq = ?", (run_no, seq))
        db.executemany(
            "INSERT INTO keyframes (run_no, seq, op_no, tally) VALUES (?, ?, ?, ?)",
            sorted((run_no, seq, numbers[key], blob) for key, blob in interval.keyframe),
        )


def _op_numbers(db: Connection, run_no: int, wanted: Iterable[OpKey]) -> dict[OpKey, int]:
    """Numbers of the run's operations; those not met before get the next ones."""
    numbers = {key: number for number, key in op_keys(db, run_no).items()}
    for key in wanted:
        if key not in numbers:
            numbers[key] = len(numbers)
            sql = 'INSERT INTO ops (run_no, op_no, op, "group", phase) VALUES (?, ?, ?, ?, ?)'
            db.execute(sql, (run_no, numbers[key], *key))
    return numbers


def op_keys(db: Connection, run_no: int) -> dict[int, OpKey]:
    """Operations of a run by number."""
    rows = db.execute('SELECT op_no, op, "group", phase FROM ops WHERE run_no = ?', (run_no,))
    return {number: OpKey(op, group, phase) for number, op, group, phase in rows}


def snapshots(db: Connection, run_no: int, *, after: int, limit: int | None) -> list[Snapshot]:
    """Snapshots in order."""
    rows = db.execute(_GET_SNAPSHOTS, (run_no, after, NO_LIMIT if limit is None else limit))
    return [snapshot_of(row) for row in rows]


def snapshot_of(row: Sequence[Any]) -> Snapshot:
    """The snapshot whose fields are `row`."""
    return Snapshot(**dict(zip(SNAPSHOT_FIELDS, row, strict=True)))


def snapshot_columns(db: Connection, run_no: int, *, after: int) -> dict[str, list[float | int | None]]:
    """Snapshots in order, one list a field."""
    columns: dict[str, list[float | int | None]] = {name: [] for name in SNAPSHOT_FIELDS}
    cursor = db.execute(_GET_SNAPSHOTS, (run_no, after, NO_LIMIT))
    while rows := cursor.fetchmany(SNAPSHOTS_AT_ONCE):  # so few at once that no garbage collection starts
        for column, values in zip(columns.values(), zip(*rows, strict=True), strict=True):
            column.extend(values)
    return columns


def interval(db: Connection, run_no: int, seq: int) -> dict[OpKey, Tally]:
    """The interval tallies of one snapshot."""
    keys = op_keys(db, run_no)
    rows = db.execute("SELECT op_no, tally FROM intervals WHERE run_no = ? AND seq = ?", (run_no, seq))
    return {keys[number]: Tally.from_bytes(blob) for number, blob in rows}


def put_checkpoint(db: Connection, run_no: int, checkpoint: Checkpoint) -> None:
    """Keep the newest checkpoint alone."""
    state = codec.to_json(checkpoint.state)
    place = (checkpoint.record, checkpoint.segment, checkpoint.offset)
    db.execute(_PUT_CHECKPOINT, (run_no, *place, state, checkpoint.push))


def checkpoint(db: Connection, run_no: int) -> Checkpoint | None:
    """The newest checkpoint."""
    row = db.execute(_GET_CHECKPOINT, (run_no,)).fetchone()
    if row is None:
        return None
    record, segment, offset, state, push = row
    return Checkpoint(record=record, segment=segment, offset=offset, state=json.loads(state), push=push)


def tidy(db: Connection) -> bool:
    """Remove one slice of a deleted run or give some pages back to the disk; True if more is left."""
    row = db.execute("SELECT run_no FROM doomed LIMIT 1").fetchone()
    if row is not None:
        if not any(_remove_slice(db, row[0], *statements) for statements in _SLICED):
            for statement in _REMOVED_AT_LAST:
                db.execute(statement, row)
        return True
    free_pages = int(db.execute("PRAGMA freelist_count").fetchone()[0])
    if free_pages <= KEPT_PAGES:
        return False
    db.execute(f"PRAGMA incremental_vacuum({PAGES_AT_ONCE})").fetchall()
    return True


def is_tidy(db: Connection) -> bool:
    """Whether `tidy` has nothing to do."""
    doomed = db.execute("SELECT 1 FROM doomed LIMIT 1").fetchone()
    return doomed is None and int(db.execute("PRAGMA freelist_count").fetchone()[0]) <= KEPT_PAGES


_SLICED = tuple(
    (
        f"SELECT seq FROM {table} WHERE run_no = ? ORDER BY seq LIMIT 1 OFFSET ?",  # noqa: S608
        f"DELETE FROM {table} WHERE run_no = ? AND seq <= ?",  # noqa: S608
    )
    for table in ("intervals", "keyframes", "snapshots")
)
_REMOVED_AT_LAST = (
    "DELETE FROM ops WHERE run_no = ?",
    "DELETE FROM events WHERE run_no = ?",
    "DELETE FROM exchanges WHERE run_no = ?",
    "DELETE FROM slo_results WHERE run_no = ?",
    "DELETE FROM run_ops WHERE run_no = ?",
    "DELETE FROM checkpoints WHERE run_no = ?",
    "DELETE FROM doomed WHERE run_no = ?",
)


def _remove_slice(db: Connection, run_no: int, find_end: str, delete: str) -> bool:
    """Whether there was anything to remove."""
    row = db.execute(find_end, (run_no, ROWS_AT_ONCE)).fetchone()
    return db.execute(delete, (run_no, row[0] if row else NEWEST)).rowcount > 0

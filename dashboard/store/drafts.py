"""Detail as it is kept: passed on, replaced, or written in slices under a number that no run has (a draft)."""

import dataclasses
from collections.abc import Iterable, Sequence

from dashboard.model.events import Event
from dashboard.model.run import RetentionLevel, Run, RunId
from dashboard.model.snapshot import OpKey
from dashboard.store import baselines, detail, outbox, run_ops, runs
from dashboard.store.base import RunExists, StoredInterval
from dashboard.store.connection import Connection
from dashboard.store.detail import EncodedInterval


def open_draft(db: Connection) -> int:
    """A number for detail that belongs to no run yet."""
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'runs'").fetchone()
    number = (int(row[0]) if row else 0) + 1
    if row:
        db.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'runs'", (number,))
    else:
        db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('runs', ?)", (number,))
    db.execute("INSERT INTO drafts (run_no) VALUES (?)", (number,))
    return number


def add(db: Connection, number: int, intervals: Sequence[StoredInterval]) -> None:
    """Put more steps into a draft."""
    detail.put_intervals(db, number, [_row(interval) for interval in intervals])


def publish(db: Connection, number: int, columns: dict[str, object], events: Iterable[Event]) -> None:
    """A new run with the detail of the draft; RunExists."""
    if runs.run_no(db, str(columns["run_id"])) != runs.NO_RUN:
        raise RunExists(f"there is a run {columns['run_id']} already")
    runs.insert(db, columns)
    run_id = str(columns["run_id"])
    # the run takes the draft's number before anything is kept under its own
    db.execute("UPDATE runs SET run_no = ? WHERE run_id = ?", (number, run_id))
    run_ops.mark_due(db, number)
    for event in events:
        runs.add_event(db, run_id, event)
    db.execute("DELETE FROM drafts WHERE run_no = ?", (number,))


def replace(
    db: Connection,
    run_id: RunId,
    numbers: tuple[int, int],
    intervals: Sequence[StoredInterval],
    level: RetentionLevel | None,
) -> bool:
    """Put `steps` in the place of those from the first to the last of `numbers`; False when that may not be."""
    run = runs.run(db, run_id)
    if run is None or not run.status.has_ended or run_id in baselines.ids(db):
        return False
    if outbox.is_due(db, run_id):
        return False  # half of it in fine windows and half in coarse ones would be counted twice there
    number = runs.run_no(db, run_id)
    for table in ("snapshots", "intervals", "keyframes"):
        db.execute(f"DELETE FROM {table} WHERE run_no = ? AND seq BETWEEN ? AND ?", (number, *numbers))  # noqa: S608
    add(db, number, intervals)
    if level is not None:
        changed: Run = dataclasses.replace(run, retention_level=level)
        runs.update(db, runs.columns_of(changed))
    return True


def drop(db: Connection, number: int) -> None:
    """Remove a draft, in slices."""
    db.execute("INSERT INTO doomed SELECT run_no FROM drafts WHERE run_no = ?", (number,))
    db.execute("DELETE FROM drafts WHERE run_no = ?", (number,))


def drop_all(db: Connection) -> None:
    """At a start: nobody works on a draft any more."""
    db.execute("INSERT INTO doomed SELECT run_no FROM drafts")
    db.execute("DELETE FROM drafts")


def stored_intervals(
    db: Connection, number: int, *, after: int, limit: int, op: OpKey | None = None
) -> list[StoredInterval]:
    """Steps of a run in order, their tallies as they are kept."""
    found = detail.snapshots(db, number, after=after, limit=limit)
    if not found:
        return []
    keys = {no: key for no, key in detail.op_keys(db, number).items() if op is None or key == op}
    intervals = {
        snapshot.seq: StoredInterval(snapshot=snapshot, tallies={}, keyframe={}) for snapshot in found
    }
    limits = (number, found[0].seq, found[-1].seq, *([next(iter(keys), -1)] if op else []))
    for table in ("intervals", "keyframes"):
        sql = f"SELECT seq, op_no, tally FROM {table} WHERE run_no = ? AND seq BETWEEN ? AND ?"  # noqa: S608
        sql += " AND op_no = ?" if op else ""
        for seq, op_no, blob in db.execute(sql, limits):
            interval = intervals.get(seq)
            if interval is not None:
                (interval.tallies if table == "intervals" else interval.keyframe)[keys[op_no]] = blob
    return list(intervals.values())


def _row(interval: StoredInterval) -> EncodedInterval:
    return EncodedInterval(
        detail.snapshot_values(interval.snapshot),
        tuple(interval.tallies.items()),
        tuple(interval.keyframe.items()),
    )

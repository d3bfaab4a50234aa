"""Runs, their events and configuration objects: rows that are few and small."""

import json
from collections.abc import Mapping, Sequence

from dashboard.model.events import Event
from dashboard.model.run import RetentionLevel, Run, RunId, RunStatus, iso
from dashboard.store import codec
from dashboard.store.base import DeletedRun, StaleRun, StoreError
from dashboard.store.connection import Connection
from dashboard.store.listing import FIGURE_COLUMNS, listed_columns, plain

_COLUMNS = (
    *("run_id", "created_at", "status", "verdict", "profile", "env_profile", "label", "target", "keyed"),
    *("searched", "started_at", "duration_s", *FIGURE_COLUMNS, "record", "body"),
)
_INSERT = f"""
    INSERT INTO runs ({", ".join(_COLUMNS)}) VALUES ({", ".join(f":{name}" for name in _COLUMNS)})
"""  # noqa: S608 - constants
_UPDATE = f"""
    UPDATE runs SET {", ".join(f"{name} = :{name}" for name in _COLUMNS if name != "run_id")}
    WHERE run_id = :run_id
"""  # noqa: S608 - constants
_LATEST = """
    SELECT run_id FROM runs WHERE status NOT IN (SELECT value FROM json_each(?))
    AND json_extract(record, '$.origin') IS NULL ORDER BY created_at DESC, run_id DESC LIMIT 1
"""
_WITH_STATUS = """
    SELECT body FROM runs WHERE status IN (SELECT value FROM json_each(?)) ORDER BY created_at, run_id
"""
_FORGET = """
    INSERT OR IGNORE INTO replica_deleted (run_id, created_at)
    SELECT run_id, replica.created_at FROM replica JOIN runs USING (run_id) WHERE run_no = ? AND sent_seq >= 0
"""
_KEPT = """
    SELECT run_id FROM runs INDEXED BY runs_kept
    WHERE retention_level IN (SELECT value FROM json_each(:levels))
    AND kept_from <= :until AND elapsed_s >= :length_s
    AND status IN (SELECT value FROM json_each(:ended)) AND run_id NOT IN (SELECT run_id FROM baselines)
    AND run_id NOT IN (SELECT run_id FROM replica WHERE complete = 0)
    ORDER BY kept_from, run_id LIMIT :limit
"""
NO_RUN = 0


def run_no(db: Connection, run_id: RunId) -> int:
    """The number of a run within the database; when there is none, a number that no row carries."""
    row = db.execute("SELECT run_no FROM runs WHERE run_id = ?", (plain(run_id),)).fetchone()
    return NO_RUN if row is None else int(row[0])


def stored_run_no(db: Connection, run_id: RunId) -> int:
    """The same; DeletedRun when there is no such run."""
    number = run_no(db, run_id)
    if number == NO_RUN:
        raise DeletedRun(f"there is no run {run_id}: it was deleted")
    return number


def has_ended(db: Connection, run_no: int) -> bool:
    """Whether the run with this number has."""
    row = db.execute("SELECT status FROM runs WHERE run_no = ?", (run_no,)).fetchone()
    return row is not None and RunStatus(row[0]).has_ended


def columns_of(run: Run) -> dict[str, object]:
    """The row of `run`."""
    return listed_columns(run) | {
        "run_id": run.run_id,
        "created_at": iso(run.created_at),
        "status": run.status.value,
        "verdict": run.verdict.value if run.verdict else None,
        "record": codec.record_to_json(run),
        "body": codec.run_to_json(run),
    }


def insert(db: Connection, columns: dict[str, object]) -> None:
    """Store a new run."""
    if run_no(db, str(columns["run_id"])) != NO_RUN:
        raise StoreError(f"there is a run {columns['run_id']} already")
    db.execute(_INSERT, columns)


def update(db: Connection, columns: dict[str, object], expected: Sequence[RunStatus] | None = None) -> None:
    """Replace a run; one that ended is never resumed, so its checkpoint goes."""
    row = db.execute("SELECT run_no, status FROM runs WHERE run_id = :run_id", columns).fetchone()
    if row is None:
        raise StaleRun(f"there is no run {columns['run_id']}: it was deleted")
    if expected is not None and row[1] not in expected:
        raise StaleRun(f"run {columns['run_id']} is {row[1]} now: the change was made for another state")
    db.execute(_UPDATE, columns)
    if RunStatus(str(columns["status"])).has_ended:
        db.execute("DELETE FROM checkpoints WHERE run_no = ?", (row[0],))


def run(db: Connection, run_id: RunId) -> Run | None:
    """One run."""
    text = body(db, run_id)
    return None if text is None else codec.run_from_json(text)


def body(db: Connection, run_id: RunId) -> str | None:
    """All of one run, as JSON."""
    row = db.execute("SELECT body FROM runs WHERE run_id = ?", (plain(run_id),)).fetchone()
    return None if row is None else str(row[0])


def record(db: Connection, run_id: RunId) -> str | None:
    """The public record of one run."""
    row = db.execute("SELECT record FROM runs WHERE run_id = ?", (plain(run_id),)).fetchone()
    return None if row is None else str(row[0])


def newest(db: Connection, *, ended: bool) -> RunId | None:
    """The newest run that left the queue, or that ended."""
    unwanted = [status for status in RunStatus if not status.has_ended and (ended or not status.is_live)]
    row = db.execute(_LATEST, (json.dumps(unwanted),)).fetchone()
    return None if row is None else str(row[0])


def with_status(db: Connection, statuses: Sequence[RunStatus]) -> list[Run]:
    """Runs in any of `statuses`, oldest first."""
    rows = db.execute(_WITH_STATUS, (json.dumps(list(statuses)),))
    return [codec.run_from_json(row[0]) for row in rows]


def kept(
    db: Connection, levels: Sequence[RetentionLevel], *, until: str, length_s: float, limit: int
) -> list[RunId]:
    """Ended, unpinned runs kept at one of `levels`, oldest first."""
    wanted: dict[str, object] = {"until": until, "length_s": length_s, "limit": limit}
    wanted["levels"] = json.dumps(list(levels))
    wanted["ended"] = json.dumps([status for status in RunStatus if status.has_ended])
    return [row[0] for row in db.execute(_KEPT, wanted)]


def doom(db: Connection, run_id: RunId, *, everywhere: bool) -> bool:
    """Remove a run from sight at once; its detail follows in slices."""
    number = run_no(db, run_id)
    if number == NO_RUN:
        return False
    if everywhere:
        db.execute(_FORGET, (number,))
    db.execute("INSERT INTO doomed (run_no) VALUES (?)", (number,))
    db.execute("DELETE FROM run_ops_due WHERE run_no = ?", (number,))
    db.execute("DELETE FROM runs WHERE run_no = ?", (number,))
    return True


def add_event(db: Connection, run_id: RunId, event: Event) -> int:
    """Keep an event and number it."""
    number = stored_run_no(db, run_id)
    newest_number = "SELECT coalesce(max(number), 0) + 1 FROM events WHERE run_no = ?"
    next_number = int(db.execute(newest_number, (number,)).fetchone()[0])
    body = codec.event_to_json(event)
    db.execute("INSERT INTO events (run_no, number, body) VALUES (?, ?, ?)", (number, next_number, body))
    return next_number


def events(db: Connection, run_id: RunId, *, after: int) -> list[tuple[int, Event]]:
    """Events in order."""
    sql = """
        SELECT number, events.body FROM events JOIN runs USING (run_no)
        WHERE run_id = ? AND number > ? ORDER BY number
    """
    return [(row[0], codec.event_from_json(row[1])) for row in db.execute(sql, (plain(run_id), after))]


def put_exchanges(db: Connection, run_id: RunId, added: Mapping[int, str], removed: Sequence[int]) -> None:
    """Keep requests that are shown; others make room for them."""
    number = stored_run_no(db, run_id)
    gone = [(number, position) for position in removed]
    db.executemany("DELETE FROM exchanges WHERE run_no = ? AND position = ?", gone)
    sql = "INSERT OR REPLACE INTO exchanges (run_no, position, body) VALUES (?, ?, ?)"
    db.executemany(sql, [(number, position, plain(body)) for position, body in added.items()])


def exchanges(db: Connection, run_id: RunId) -> list[tuple[int, str]]:
    """Requests that are kept, in order."""
    sql = "SELECT position, body FROM exchanges WHERE run_no = ? ORDER BY position"
    return [(row[0], row[1]) for row in db.execute(sql, (run_no(db, run_id),))]


def remove_event(db: Connection, run_id: RunId, number: int) -> bool:
    """Remove one event; False when there is none."""
    sql = "DELETE FROM events WHERE run_no = ? AND number = ?"
    return db.execute(sql, (run_no(db, run_id), number)).rowcount > 0


def get_object(db: Connection, kind: str, name: str) -> dict[str, object] | None:
    """A configuration object."""
    row = db.execute("SELECT body FROM objects WHERE kind = ? AND name = ?", (kind, plain(name))).fetchone()
    return None if row is None else dict(json.loads(row[0]))


def put_object(db: Connection, kind: str, name: str, body: str | None) -> None:
    """Keep or remove a configuration object."""
    if body is None:
        db.execute("DELETE FROM objects WHERE kind = ? AND name = ?", (kind, plain(name)))
    else:
        sql = "INSERT OR REPLACE INTO objects (kind, name, body) VALUES (?, ?, ?)"
        db.execute(sql, (kind, plain(name), body))

"""What InfluxDB still has to get: positions in the record itself, so that no fact is stored twice."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from dashboard.model.events import Event
from dashboard.model.run import Run, RunId
from dashboard.model.snapshot import OpKey, Snapshot
from dashboard.store import codec, detail, runs
from dashboard.store.connection import Connection

NOTHING_SENT = -1
_KIND, _SINCE = "replica", "since"
_OWN_RUN = "json_extract(body, '$.origin') IS NULL"
_NEW_RUNS = f"""
    FROM runs WHERE created_at >= max(?, coalesce((SELECT max(created_at) FROM replica), ''))
    AND run_id NOT IN (SELECT run_id FROM replica) AND {_OWN_RUN}
"""  # noqa: S608 - constants
_ENLIST = f"INSERT INTO replica (run_id, created_at) SELECT run_id, created_at {_NEW_RUNS}"
_ANY_NEW = f"SELECT EXISTS (SELECT 1 {_NEW_RUNS})"
_ENLIST_ALL = f"""
    INSERT INTO replica (run_id, created_at) SELECT run_id, created_at FROM runs
    WHERE {_OWN_RUN} AND run_id NOT IN (SELECT run_id FROM replica)
"""  # noqa: S608 - constants
# What is there of a run that is to be deleted first goes before anything of it is sent, or counts as sent.
_NOT_FIRST_DELETED = "run_id NOT IN (SELECT run_id FROM replica_deleted)"
_DUE = f"""
    SELECT run_id, version, sent_version, sent_seq FROM replica JOIN runs USING (run_id)
    WHERE complete = 0 AND status <> 'queued' AND {_NOT_FIRST_DELETED} ORDER BY replica.created_at, run_id
"""  # noqa: S608 - constants
_WAITING = """
    SELECT count(*), min(runs.created_at) FROM replica JOIN runs USING (run_id) JOIN snapshots USING (run_no)
    WHERE complete = 0 AND seq > sent_seq
"""
_INTERVALS = """
    SELECT seq, op_no, tally FROM intervals WHERE run_no = ? AND seq >= ? AND seq <= ? ORDER BY seq, op_no
"""
_SENT_TO = f"UPDATE replica SET sent_seq = max(sent_seq, ?) WHERE run_id = ? AND {_NOT_FIRST_DELETED}"  # noqa: S608 - constants
_SENT = f"""
    UPDATE replica SET sent_seq = max(sent_seq, :seq), sent_version = :version,
    complete = (version = :version) WHERE run_id = :run_id AND {_NOT_FIRST_DELETED}
"""  # noqa: S608 - constants
_FROM_START = "UPDATE replica SET sent_seq = ?, sent_version = 0, complete = 0 WHERE run_id = ?"
_DELETE_FIRST = """
    INSERT OR IGNORE INTO replica_deleted (run_id, created_at)
    SELECT run_id, created_at FROM replica WHERE run_id = ?
"""
_SUMS = "SELECT count(*), coalesce(sum(requests), 0) FROM snapshots WHERE run_no = ?"
_OP_POINTS = """
    SELECT count(*) FROM intervals JOIN ops USING (run_no, op_no)
    WHERE run_no = ? AND (op, "group", phase) <> ('', '', '')
"""
_OWN = f"""
    SELECT run_id FROM runs
    WHERE status NOT IN ('queued', 'starting', 'running', 'stopping') AND {_OWN_RUN} ORDER BY created_at
"""  # noqa: S608 - constants
_PARK = "INSERT INTO replica_parked (run_id, line, error, at) VALUES (?, ?, ?, ?)"
_PARKED = (
    "SELECT number, run_id, line, error, at FROM replica_parked WHERE number > ? ORDER BY number LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Due:
    """A run that is not all there: `sent_seq` is -1 while not even its start was sent."""

    run_id: RunId
    version: int
    sent_version: int
    sent_seq: int


@dataclass(frozen=True, slots=True)
class Part:
    """Some snapshots in order, each with the stored tallies of its operations; `more`: others follow."""

    snapshots: list[Snapshot]
    tallies: dict[int, list[tuple[OpKey, bytes]]]
    more: bool


@dataclass(frozen=True, slots=True)
class Parked:
    """A line that was refused."""

    number: int
    run_id: RunId
    line: str
    error: str
    at: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much was not sent yet; `oldest` is when the first of these runs was created."""

    runs: int
    snapshots: int
    oldest: str | None
    parked: int
    deletions: int


Write = Callable[[Callable[[Connection], Any]], Any]


class Outbox:
    """The part of the database that says what was sent. Every write is committed when the call returns."""

    def __init__(self, write: Write, reading: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._write = write
        self._reading = reading

    def enlist_new(self, now: str) -> None:
        """From its first call on: runs that are new are to be sent. Older ones are left to `enlist_all`."""
        with self._reading() as db:
            found = runs.get_object(db, _KIND, _SINCE)
            since = str(found["at"]) if found else now
            any_new = db.execute(_ANY_NEW, (since,)).fetchone()[0]
        if not found:
            self._write(lambda db: runs.put_object(db, _KIND, _SINCE, codec.to_json({"at": since})))
        if any_new:
            self._write(lambda db: db.execute(_ENLIST, (since,)).rowcount)

    def withdraw(self) -> None:
        """There is no InfluxDB any more: nothing waits for it; what is not all there is left to `enlist_all`."""
        with self._reading() as db:
            waits = db.execute("SELECT EXISTS (SELECT 1 FROM replica WHERE complete = 0)").fetchone()[0]
            known = runs.get_object(db, _KIND, _SINCE)
        if waits or known:
            self._write(_withdraw)

    def enlist_all(self) -> int:
        """Every run that is not yet known is to be sent; how many those are."""
        return int(self._write(lambda db: db.execute(_ENLIST_ALL).rowcount))

    def due(self) -> list[Due]:
        """Runs that are not all there, oldest first."""
        with self._reading() as db:
            return [Due(*row) for row in db.execute(_DUE)]

    def own_runs(self) -> list[RunId]:
        """All runs of this dashboard that have ended, oldest first."""
        with self._reading() as db:
            return [row[0] for row in db.execute(_OWN)]

    def run(self, run_id: RunId) -> tuple[Run, str] | None:
        """A run, and all of it as the JSON text that is stored."""
        with self._reading() as db:
            body = runs.body(db, run_id)
        return None if body is None else (codec.run_from_json(body), body)

    def decoded(self, body: str) -> Run:
        """The run that was stored as this JSON text, here or elsewhere; ValueError, KeyError or TypeError."""
        return codec.run_from_json(body)

    def decoded_event(self, body: str) -> Event:
        """The event that was stored as this JSON text."""
        return codec.event_from_json(body)

    def part(self, run_id: RunId, after: int, most_rows: int) -> Part:
        """The next snapshots after seq `after`: as many as have about `most_rows` rows, at least two."""
        with self._reading() as db:
            number = runs.run_no(db, run_id)
            keys = detail.op_keys(db, number)
            limit = max(2, most_rows // (len(keys) + 1))
            found = detail.snapshots(db, number, after=after, limit=limit)
            tallies: dict[int, list[tuple[OpKey, bytes]]] = {snapshot.seq: [] for snapshot in found}
            if found:
                for seq, op_no, blob in db.execute(_INTERVALS, (number, found[0].seq, found[-1].seq)):
                    tallies.setdefault(seq, []).append((keys[op_no], blob))
        return Part(found, tallies, more=len(found) == limit)

    def sums(self, run_id: RunId) -> tuple[int, int, int]:
        """Snapshots of a run, the requests in them, and the intervals of its operations."""
        with self._reading() as db:
            number = runs.run_no(db, run_id)
            snapshots, requests = db.execute(_SUMS, (number,)).fetchone()
            return snapshots, requests, int(db.execute(_OP_POINTS, (number,)).fetchone()[0])

    def sent_to(self, run_id: RunId, seq: int) -> None:
        """Everything up to snapshot `seq` is there; 0: the start is."""
        self._write(lambda db: db.execute(_SENT_TO, (seq, run_id)).rowcount)

    def sent_whole(self, run_id: RunId, version: int, seq: int) -> None:
        """The ended run is there as it was at `version`; if it changed since it stays due."""
        values = {"run_id": run_id, "version": version, "seq": seq}
        self._write(lambda db: db.execute(_SENT, values).rowcount)

    def send_again(self, run_id: RunId, *, afresh: bool = False) -> None:
        """The run is to be sent from its start; `afresh`: after what is there of it was deleted."""

        def write(db: Connection) -> None:
            if afresh:
                db.execute(_DELETE_FIRST, (run_id,))
            db.execute(_FROM_START, (NOTHING_SENT, run_id))

        self._write(write)

    def park(self, run_id: RunId, refused: Sequence[tuple[str, str]], at: str) -> None:
        """Keep lines that were refused, each with the reason."""
        rows = [(run_id, line, error, at) for line, error in refused]
        self._write(lambda db: db.executemany(_PARK, rows).rowcount)

    def parked(self, *, after: int = 0, limit: int = 1_000) -> list[Parked]:
        """Refused lines in order."""
        with self._reading() as db:
            return [Parked(*row) for row in db.execute(_PARKED, (after, limit))]

    def unpark(self, numbers: Iterable[int]) -> None:
        """These lines are there now."""
        rows = [(number,) for number in numbers]
        self._write(lambda db: db.executemany("DELETE FROM replica_parked WHERE number = ?", rows).rowcount)

    def deletions(self) -> list[tuple[RunId, str]]:
        """Runs to delete there, with the time each was created."""
        with self._reading() as db:
            return [
                tuple(row) for row in db.execute("SELECT run_id, created_at FROM replica_deleted LIMIT 100")
            ]

    def deleted(self, run_id: RunId) -> None:
        """The run is gone there too."""
        self._write(lambda db: db.execute("DELETE FROM replica_deleted WHERE run_id = ?", (run_id,)).rowcount)

    def waiting(self) -> Waiting:
        """How much was not sent yet."""
        with self._reading() as db:
            due = db.execute("SELECT count(*) FROM replica WHERE complete = 0").fetchone()[0]
            snapshots, oldest = db.execute(_WAITING).fetchone()
            parked = db.execute("SELECT count(*) FROM replica_parked").fetchone()[0]
            deletions = db.execute("SELECT count(*) FROM replica_deleted").fetchone()[0]
        return Waiting(due, snapshots, oldest, parked, deletions)


def is_due(db: Connection, run_id: RunId) -> bool:
    """Whether the run is to be in InfluxDB and is not all there."""
    found = db.execute("SELECT 1 FROM replica WHERE run_id = ? AND complete = 0", (run_id,)).fetchone()
    return found is not None


def _withdraw(db: Connection) -> None:
    db.execute("DELETE FROM replica WHERE complete = 0")
    runs.put_object(db, _KIND, _SINCE, None)

"""The outbox: what the replica in InfluxDB still lacks, as positions in the record, so that no data is stored twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboard.model.run import Run, RunId
from dashboard.model.snapshot import OpKey, Snapshot
from dashboard.store import codec
from dashboard.store.connection import SqlConnection
from dashboard.store.objects import read_object, write_object
from dashboard.store.ops import op_keys
from dashboard.store.repository import Repository
from dashboard.store.run_rows import find_run_no, read_body
from dashboard.store.snapshots import read_snapshots

NOTHING_SENT = -1
_KIND, _SINCE = "replica", "since"
_OWN_RUN = "json_extract(body, '$.origin') IS NULL"
_NEW_RUNS = f"""
    FROM runs WHERE created_at >= max(?, coalesce((SELECT max(created_at) FROM replica), ''))
    AND run_id NOT IN (SELECT run_id FROM replica) AND {_OWN_RUN}
"""  # noqa: S608 - constants
_ADD_NEW = f"INSERT INTO replica (run_id, created_at) SELECT run_id, created_at {_NEW_RUNS}"
_ANY_NEW = f"SELECT EXISTS (SELECT 1 {_NEW_RUNS})"
_ADD_ALL = f"""
    INSERT INTO replica (run_id, created_at) SELECT run_id, created_at FROM runs
    WHERE {_OWN_RUN} AND run_id NOT IN (SELECT run_id FROM replica)
"""  # noqa: S608 - constants
# Until the replica has deleted a run, nothing of that run is sent or counts as sent.
_NO_DELETION_PENDING = "run_id NOT IN (SELECT run_id FROM replica_deleted)"
_PENDING = f"""
    SELECT run_id, version, sent_version, sent_seq FROM replica JOIN runs USING (run_id)
    WHERE complete = 0 AND status <> 'queued' AND {_NO_DELETION_PENDING} ORDER BY replica.created_at, run_id
"""  # noqa: S608 - constants
_BACKLOG = """
    SELECT count(*), min(runs.created_at) FROM replica JOIN runs USING (run_id) JOIN snapshots USING (run_no)
    WHERE complete = 0 AND seq > sent_seq
"""
# Runs that `add_new` has not added yet, because the shipper is still waiting for a response.
_NEW_BACKLOG = f"""
    SELECT count(DISTINCT run_no), count(seq), min(created_at)
    FROM (SELECT run_no, created_at {_NEW_RUNS}) LEFT JOIN snapshots USING (run_no)
"""  # noqa: S608 - constants
_INTERVALS = """
    SELECT seq, op_no, tally FROM intervals WHERE run_no = ? AND seq >= ? AND seq <= ? ORDER BY seq, op_no
"""
_MARK_SENT = f"""
    UPDATE replica SET sent_seq = max(sent_seq, ?) WHERE run_id = ? AND {_NO_DELETION_PENDING}
"""  # noqa: S608 - constants
_MARK_COMPLETE = f"""
    UPDATE replica SET sent_seq = max(sent_seq, :seq), sent_version = :version,
    complete = (version = :version) WHERE run_id = :run_id AND {_NO_DELETION_PENDING}
"""  # noqa: S608 - constants
_RESTART = "UPDATE replica SET sent_seq = ?, sent_version = 0, complete = 0 WHERE run_id = ?"
_DELETE_FIRST = """
    INSERT OR IGNORE INTO replica_deleted (run_id, created_at)
    SELECT run_id, created_at FROM replica WHERE run_id = ?
"""
_TOTALS = "SELECT count(*), coalesce(sum(requests), 0) FROM snapshots WHERE run_no = ?"
_OP_POINTS = """
    SELECT count(*) FROM intervals JOIN ops USING (run_no, op_no)
    WHERE run_no = ? AND (op, "group", phase) <> ('', '', '')
"""
_OWN_RUNS = f"""
    SELECT run_id FROM runs
    WHERE status NOT IN ('queued', 'starting', 'running', 'stopping') AND {_OWN_RUN} ORDER BY created_at
"""  # noqa: S608 - constants
_ADD_REJECTED = "INSERT INTO replica_parked (run_id, line, error, at) VALUES (?, ?, ?, ?)"
_REJECTED = """
    SELECT number, run_id, line, error, at FROM replica_parked WHERE number > ? ORDER BY number LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class PendingRun:
    """A run that is not fully replicated. `sent_seq` is -1 before its start record was sent."""

    run_id: RunId
    version: int
    sent_version: int
    sent_seq: int


@dataclass(frozen=True, slots=True)
class SnapshotPage:
    """Consecutive snapshots with the encoded tallies of each by `seq`. `has_more`: later snapshots exist."""

    snapshots: list[Snapshot]
    tallies: dict[int, list[tuple[OpKey, bytes]]]
    has_more: bool


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A line that InfluxDB rejected."""

    number: int
    run_id: RunId
    line: str
    error: str
    at: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """What was not sent yet. `oldest` is the creation time of the first pending run."""

    runs: int
    snapshots: int
    oldest: str | None
    rejected: int
    deletions: int


class Outbox(Repository):
    """The progress of replication."""

    def add_new(self, now: str) -> None:
        """Add the runs created since the first call, whose time is stored. `add_all` adds older runs."""
        with self._database.reading() as db:
            found = read_object(db, _KIND, _SINCE)
            since = str(found["at"]) if found else now
            any_new = db.execute(_ANY_NEW, (since,)).fetchone()[0]
        if not found:
            self._database.write(lambda db: write_object(db, _KIND, _SINCE, codec.to_json({"at": since})))
        if any_new:
            self._database.write(lambda db: db.execute(_ADD_NEW, (since,)).rowcount)

    def add_all(self) -> int:
        """Add every run that was never added, and return how many."""
        return self._database.write(lambda db: db.execute(_ADD_ALL).rowcount)

    def clear(self) -> None:
        """Remove all pending runs because InfluxDB is no longer configured. `add_all` can add them again."""
        with self._database.reading() as db:
            pending = db.execute("SELECT EXISTS (SELECT 1 FROM replica WHERE complete = 0)").fetchone()[0]
            since = read_object(db, _KIND, _SINCE)
        if pending or since:
            self._database.write(_clear)

    def pending(self) -> list[PendingRun]:
        """Return the runs that are not fully replicated, oldest first."""
        with self._database.reading() as db:
            return [PendingRun(*row) for row in db.execute(_PENDING)]

    def own_runs(self) -> list[RunId]:
        """Return the ended runs of this dashboard, oldest first."""
        with self._database.reading() as db:
            return [row[0] for row in db.execute(_OWN_RUNS)]

    def run_with_body(self, run_id: RunId) -> tuple[Run, str] | None:
        """Return a run and its JSON text as stored, or None."""
        with self._database.reading() as db:
            body = read_body(db, run_id)
        return None if body is None else (codec.run_from_json(body), body)

    def page(self, run_id: RunId, after: int, max_rows: int) -> SnapshotPage:
        """Return the snapshots after seq `after`: at least two, otherwise as many as make about `max_rows` rows."""
        with self._database.reading() as db:
            run_no = find_run_no(db, run_id)
            keys = op_keys(db, run_no)
            limit = max(2, max_rows // (len(keys) + 1))
            snapshots = read_snapshots(db, run_no, after=after, limit=limit)
            tallies: dict[int, list[tuple[OpKey, bytes]]] = {one.seq: [] for one in snapshots}
            if snapshots:
                seqs = (run_no, snapshots[0].seq, snapshots[-1].seq)
                for seq, op_no, blob in db.execute(_INTERVALS, seqs):
                    tallies.setdefault(seq, []).append((keys[op_no], blob))
        return SnapshotPage(snapshots, tallies, has_more=len(snapshots) == limit)

    def totals(self, run_id: RunId) -> tuple[int, int, int]:
        """Return how many snapshots, requests and intervals of operations a run has."""
        with self._database.reading() as db:
            run_no = find_run_no(db, run_id)
            snapshots, requests = db.execute(_TOTALS, (run_no,)).fetchone()
            return snapshots, requests, int(db.execute(_OP_POINTS, (run_no,)).fetchone()[0])

    def mark_sent(self, run_id: RunId, seq: int) -> None:
        """Record that everything up to snapshot `seq` was sent; 0 means the start record."""
        self._database.write(lambda db: db.execute(_MARK_SENT, (seq, run_id)).rowcount)

    def mark_complete(self, run_id: RunId, version: int, seq: int) -> None:
        """Record that an ended run was sent as of `version`. A run that has changed since then stays pending."""
        values = {"run_id": run_id, "version": version, "seq": seq}
        self._database.write(lambda db: db.execute(_MARK_COMPLETE, values).rowcount)

    def resend(self, run_id: RunId, *, delete_first: bool = False) -> None:
        """Send a run again from its start; with `delete_first`, after the replica has deleted its points."""

        def write(db: SqlConnection) -> None:
            if delete_first:
                db.execute(_DELETE_FIRST, (run_id,))
            db.execute(_RESTART, (NOTHING_SENT, run_id))

        self._database.write(write)

    def add_rejected(self, run_id: RunId, rejected: Sequence[tuple[str, str]], at: str) -> None:
        """Keep rejected lines, each with its reason."""
        rows = [(run_id, line, error, at) for line, error in rejected]
        self._database.write(lambda db: db.executemany(_ADD_REJECTED, rows).rowcount)

    def rejected(self, *, after: int = 0, limit: int = 1_000) -> list[RejectedLine]:
        """Return the rejected lines with a number above `after`, in order."""
        with self._database.reading() as db:
            return [RejectedLine(*row) for row in db.execute(_REJECTED, (after, limit))]

    def remove_rejected(self, numbers: Iterable[int]) -> None:
        """Forget rejected lines that InfluxDB has accepted since."""
        rows = [(number,) for number in numbers]
        sql = "DELETE FROM replica_parked WHERE number = ?"
        self._database.write(lambda db: db.executemany(sql, rows).rowcount)

    def deletions(self) -> list[tuple[RunId, str]]:
        """Return up to 100 runs that the replica must delete, each with its creation time."""
        with self._database.reading() as db:
            rows = db.execute("SELECT run_id, created_at FROM replica_deleted LIMIT 100").fetchall()
        return [(run_id, created_at) for run_id, created_at in rows]

    def remove_deletion(self, run_id: RunId) -> None:
        """Record that the replica has deleted a run."""
        sql = "DELETE FROM replica_deleted WHERE run_id = ?"
        self._database.write(lambda db: db.execute(sql, (run_id,)).rowcount)

    def backlog(self) -> Backlog:
        """Return what was not sent yet, including new runs that are not pending yet."""
        with self._database.reading() as db:
            since = read_object(db, _KIND, _SINCE)
            new = db.execute(_NEW_BACKLOG, (since["at"],)).fetchone() if since else (0, 0, None)
            runs = db.execute("SELECT count(*) FROM replica WHERE complete = 0").fetchone()[0]
            snapshots, oldest = db.execute(_BACKLOG).fetchone()
            rejected = db.execute("SELECT count(*) FROM replica_parked").fetchone()[0]
            deletions = db.execute("SELECT count(*) FROM replica_deleted").fetchone()[0]
        return Backlog(runs + new[0], snapshots + new[1], oldest or new[2], rejected, deletions)


def is_pending(db: SqlConnection, run_id: RunId) -> bool:
    """Return whether the run is to be replicated and is not complete in the replica."""
    row = db.execute("SELECT 1 FROM replica WHERE run_id = ? AND complete = 0", (run_id,)).fetchone()
    return row is not None


def _clear(db: SqlConnection) -> None:
    db.execute("DELETE FROM replica WHERE complete = 0")
    write_object(db, _KIND, _SINCE, None)

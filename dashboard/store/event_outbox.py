"""The event outbox: events that are committed together with the facts that they report.

Each consumer has a position of its own, so that none can slow or skip another. A consumer moves its position in the
transaction that stores what it made of the events. So it handles every event at least once, whenever it is killed.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from uuid import uuid4

from dashboard.model.outgoing import EventName, OutboxEvent, events_of_change
from dashboard.model.run import RunId, RunStatus, Verdict
from dashboard.model.slo import SloResult
from dashboard.store import codec
from dashboard.store.connection import SqlConnection
from dashboard.store.repository import Repository
from dashboard.store.text import to_storable

MAX_BREACHES = 50
# Runs that were imported or copied from another dashboard happened there, but can become a baseline here.
_ADD = """
    INSERT INTO outbox_events (event_id, name, run_id, at, body)
    SELECT :event_id, :name, run_id, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), json_object(
        'run', json(record), 'meta', json_extract(body, '$.config.meta'),
        'breaches', json(:breaches), 'baseline', json(:baseline)
    )
    FROM runs WHERE run_id = :run_id AND (:baseline <> 'null'
    OR (json_extract(record, '$.origin') IS NULL AND json_extract(record, '$.imported_at') IS NULL))
"""
_AFTER = """
    SELECT number, event_id, name, run_id, at, body FROM outbox_events WHERE number > ? ORDER BY number LIMIT ?
"""
_POSITION = "SELECT number FROM outbox_positions WHERE consumer = ?"
_MOVE = "INSERT OR REPLACE INTO outbox_positions (consumer, number) VALUES (?, ?)"
_PRUNE = """
    DELETE FROM outbox_events WHERE at < ? AND number <= (SELECT min(number) FROM outbox_positions)
"""


class EventOutbox(Repository):
    """The events that were not pruned yet."""

    def after(self, number: int, limit: int = 100) -> list[OutboxEvent]:
        """Return the events with a number above `number`, in order."""
        with self._database.reading() as db:
            return events_after(db, number, limit)

    def position(self, consumer: str) -> int:
        """Return the number of the last event that a consumer has handled; 0 before the first."""
        with self._database.reading() as db:
            return position_of(db, consumer)

    def prune(self, before: str) -> int:
        """Delete the events from before the ISO time `before` that every consumer has handled. Return their number."""
        return self._database.write(lambda db: db.execute(_PRUNE, (before,)).rowcount)


def events_after(db: SqlConnection, number: int, limit: int) -> list[OutboxEvent]:
    """Return the events with a number above `number`, in order."""
    return [event_of(row) for row in db.execute(_AFTER, (number, limit))]


def position_of(db: SqlConnection, consumer: str) -> int:
    """Return the number of the last event that a consumer has handled; 0 before the first."""
    row = db.execute(_POSITION, (consumer,)).fetchone()
    return 0 if row is None else int(row[0])


def event_of(row: tuple[int, str, str, str, str, str]) -> OutboxEvent:
    """Return a stored event: number, ID, name, run, time and body."""
    number, event_id, name, run_id, at, body = row
    return OutboxEvent(
        number=number, event_id=event_id, name=EventName(name), run_id=run_id, at=at, body=json.loads(body)
    )


def move_position(db: SqlConnection, consumer: str, number: int) -> None:
    """Record that a consumer has handled all events up to `number`."""
    db.execute(_MOVE, (consumer, number))


def add_event(
    db: SqlConnection,
    name: EventName,
    run_id: RunId,
    *,
    breaches: Iterable[SloResult] = (),
    baseline: Mapping[str, object] | None = None,
) -> None:
    """Add an event about a run. Of `breaches`, the breached SLOs are added to its body."""
    values = {
        "event_id": f"evt_{uuid4().hex}",
        "name": name,
        "run_id": to_storable(run_id),
        "breaches": codec.to_json(breaches_of(breaches)),
        "baseline": codec.to_json(baseline),
    }
    db.execute(_ADD, values)


def add_events_of_change(
    db: SqlConnection, before: tuple[str, str | None], row: dict[str, object], results: Sequence[SloResult]
) -> None:
    """Add the events of a run that has changed. `before`: its status and start before the change."""
    status, started_at = before
    verdict = Verdict(str(row["verdict"])) if row["verdict"] else None
    starts = started_at is None and row["started_at"] is not None
    names = events_of_change(RunStatus(status), RunStatus(str(row["status"])), verdict, starts=starts)
    for name in names:
        add_event(db, name, str(row["run_id"]), breaches=results)


def breaches_of(results: Iterable[SloResult]) -> list[dict[str, object]]:
    """Return the breached SLOs among `results`."""
    breached = [result for result in results if result.passed is False]
    return [
        {
            "level": result.level,
            "name": result.name,
            "key": result.key,
            "value": result.value,
            "limit": result.limit,
            "message": result.labeled_message,
        }
        for result in breached[:MAX_BREACHES]
    ]

"""Events of runs, numbered from 1 within each run."""

from collections.abc import Sequence

from dashboard.model.events import Event
from dashboard.model.outgoing import EventName
from dashboard.model.run import RunId
from dashboard.model.slo import SloResult
from dashboard.store import codec
from dashboard.store.connection import SqlConnection
from dashboard.store.event_outbox import add_event
from dashboard.store.repository import Repository, clamp
from dashboard.store.run_rows import existing_run_no, find_run_no
from dashboard.store.text import to_storable

_OF_RUN = """
    SELECT number, events.body FROM events JOIN runs USING (run_no)
    WHERE run_id = ? AND number > ? ORDER BY number
"""


class EventRepository(Repository):
    """Events of all runs."""

    def add(self, run_id: RunId, event: Event) -> int:
        """Store an event and return its number. Raises DeletedRun."""
        return self._database.write(lambda db: insert_event(db, existing_run_no(db, run_id), event))

    def add_breaches(self, run_id: RunId, events: Sequence[Event], results: Sequence[SloResult]) -> list[int]:
        """Store the events of newly breached SLOs, and one event in the outbox for all. Raises DeletedRun."""

        def write(db: SqlConnection) -> list[int]:
            run_no = existing_run_no(db, run_id)
            add_event(db, EventName.SLO_BREACHED, run_id, breaches=results)
            return [insert_event(db, run_no, event) for event in events]

        return self._database.write(write)

    def of_run(self, run_id: RunId, *, after: int = 0) -> list[tuple[int, Event]]:
        """Return the events with a number above `after`, in order."""
        with self._database.reading() as db:
            rows = db.execute(_OF_RUN, (to_storable(run_id), clamp(after))).fetchall()
        return [(number, codec.event_from_json(body)) for number, body in rows]

    def remove(self, run_id: RunId, number: int) -> bool:
        """Delete one event. Returns False when it does not exist."""
        sql = "DELETE FROM events WHERE run_no = ? AND number = ?"
        return self._database.write(
            lambda db: db.execute(sql, (find_run_no(db, run_id), clamp(number))).rowcount > 0
        )


def insert_event(db: SqlConnection, run_no: int, event: Event) -> int:
    """Store an event under the next number of the run and return that number."""
    sql = "SELECT coalesce(max(number), 0) + 1 FROM events WHERE run_no = ?"
    number = int(db.execute(sql, (run_no,)).fetchone()[0])
    body = codec.event_to_json(event)
    db.execute("INSERT INTO events (run_no, number, body) VALUES (?, ?, ?)", (run_no, number, body))
    return number

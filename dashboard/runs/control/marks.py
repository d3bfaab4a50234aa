"""Marks that people set on the charts of a run: "deployed v2", "cache off". A mark is an event of the run."""

from datetime import datetime, timedelta
from typing import Any

from dashboard.model.errors import Conflict, InvalidRequest, NotFound
from dashboard.model.events import EventKind
from dashboard.model.run import Run, RunId
from dashboard.runs.publish.hub import Hub
from dashboard.runs.publish.publisher import Publisher
from dashboard.store.store import Store

MAX_MARKS = 100
# The clock of a client may be slightly ahead of this one.
CLOCK_TOLERANCE_S = 2.0


class Marks:
    """Sets and removes marks."""

    def __init__(self, store: Store, hub: Hub) -> None:
        self._store = store
        self._hub = hub

    def set(
        self,
        run: Run,
        text: str,
        now: datetime,
        *,
        at: datetime | None = None,
        elapsed_s: float | None = None,
    ) -> dict[str, Any]:
        """Mark a moment of the run, `now` by default. Returns the event. Raises Conflict, InvalidRequest."""
        if run.zero_at is None:
            raise Conflict(f"Run {run.run_id} has not started, so it has no moment to mark.")
        if at is None:
            at = now if elapsed_s is None else run.zero_at + timedelta(seconds=elapsed_s)
        mark_s = _check_moment(run, run.zero_at, at, now, "at" if elapsed_s is None else "elapsed_s")
        if (
            sum(event.kind is EventKind.MARK for _, event in self._store.events.of_run(run.run_id))
            >= MAX_MARKS
        ):
            raise Conflict(f"Run {run.run_id} already has {MAX_MARKS} marks. Delete one first.")
        publisher = Publisher(run.run_id, self._store, self._hub)
        return publisher.add_event(EventKind.MARK, text, at=at, elapsed_s=mark_s)

    def remove(self, run_id: RunId, number: int) -> None:
        """Remove a mark by its event number. Raises NotFound for other events."""
        kinds = {stored: event.kind for stored, event in self._store.events.of_run(run_id)}
        if kinds.get(number) is not EventKind.MARK or not self._store.events.remove(run_id, number):
            raise NotFound(f"Run {run_id} has no mark {number}.")
        Publisher(run_id, self._store, self._hub).publish_unmark(number)


def _check_moment(run: Run, zero_at: datetime, at: datetime, now: datetime, field: str) -> float:
    """Return the seconds from the start of the run to the mark. Raises InvalidRequest for a mark outside the run."""
    elapsed_s = round((at - zero_at).total_seconds(), 3)
    end = run.ended_at or now
    if elapsed_s < -CLOCK_TOLERANCE_S:
        raise InvalidRequest.field(field, "is before the start of the run")
    if (at - end).total_seconds() > CLOCK_TOLERANCE_S:
        message = "is after the end of the run" if run.ended_at else "is in the future"
        raise InvalidRequest.field(field, message)
    return max(0.0, elapsed_s)

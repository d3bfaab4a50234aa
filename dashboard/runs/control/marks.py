"""Marks that people set on a run's charts: "deployed v2", "cache off". They are events of the run."""

from datetime import datetime, timedelta
from typing import Any

from dashboard.model.errors import Conflict, InvalidRequest, NotFound
from dashboard.model.events import EventKind
from dashboard.model.run import Run, RunId
from dashboard.runs.publish.hub import Hub
from dashboard.runs.publish.publisher import Publisher
from dashboard.store.store import Store

MOST_MARKS = 100
# Clocks of those who set marks may go a little ahead of ours.
TOLERANCE_S = 2.0


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
        """Mark a moment of the run; without one, now. Raises Conflict, InvalidRequest."""
        if run.started_at is None:
            raise Conflict(f"run {run.run_id} has not begun: there is no moment to mark yet")
        if at is None:
            at = now if elapsed_s is None else run.started_at + timedelta(seconds=elapsed_s)
        place_s = _place(run, run.started_at, at, now, "at" if elapsed_s is None else "elapsed_s")
        if sum(event.kind is EventKind.MARK for _, event in self._store.events.of_run(run.run_id)) >= MOST_MARKS:
            raise Conflict(f"run {run.run_id} has {MOST_MARKS} marks already")
        publisher = Publisher(run.run_id, self._store, self._hub)
        return publisher.event(EventKind.MARK, text, at=at, elapsed_s=place_s)

    def remove(self, run_id: RunId, number: int) -> None:
        """Take a mark away; other events stay. Raises NotFound."""
        kinds = {known: event.kind for known, event in self._store.events.of_run(run_id)}
        if kinds.get(number) is not EventKind.MARK or not self._store.events.remove(run_id, number):
            raise NotFound(f"run {run_id} has no mark {number}")
        Publisher(run_id, self._store, self._hub).unmark(number)


def _place(run: Run, started_at: datetime, at: datetime, now: datetime, field: str) -> float:
    """Seconds since the start; a mark stands within the run."""
    place_s = round((at - started_at).total_seconds(), 3)
    end = run.ended_at or now
    if place_s < -TOLERANCE_S:
        raise InvalidRequest.field(field, "lies before the start of the run")
    if (at - end).total_seconds() > TOLERANCE_S:
        words = "lies after the end of the run" if run.ended_at else "lies in the future"
        raise InvalidRequest.field(field, words)
    return max(0.0, place_s)

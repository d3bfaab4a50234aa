"""Publishes everything about one run after it is stored: the only place that knows topics and payloads."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from dashboard.model.events import Event, EventKind
from dashboard.model.record import record_of
from dashboard.model.run import Run, iso
from dashboard.model.slo import SloResult
from dashboard.model.snapshot import Interval, OpKey
from dashboard.model.tally import Tally
from dashboard.runs.publish.console import ConsoleLine
from dashboard.runs.publish.hub import Hub
from dashboard.runs.publish.payloads import breakdown_of, op_rows
from dashboard.store.store import Store

MAX_LOG_LINES = 500


class Publisher:
    """Publishes the changes of one run, and stores its events."""

    def __init__(self, run_id: str, store: Store, hub: Hub) -> None:
        self._run_id = run_id
        self._store = store
        self._hub = hub
        self._topic = f"run:{run_id}"

    def publish_run(self, run: Run) -> None:
        """Publish a changed record."""
        record = record_of(run)
        self._hub.publish("runs", "run", record)
        self._hub.publish(self._topic, "run", record)

    def publish_intervals(
        self, run: Run, intervals: Sequence[Interval], cumulative: Mapping[OpKey, Tally]
    ) -> None:
        """Publish each snapshot, then the breakdown so far and the operations that changed.

        `cumulative` is the state after the last interval; its figures are published with the time of that interval.
        """
        if not intervals:
            return
        for interval in intervals:
            self._hub.publish(self._topic, "snapshot", asdict(interval.snapshot))
        last = intervals[-1].snapshot
        apdex_t_ms = run.config.apdex_t_ms
        if self._hub.has_subscribers(self._topic):
            self._hub.publish(self._topic, "breakdown", breakdown_of(cumulative, last.elapsed_s, apdex_t_ms))
        if self._hub.has_subscribers(f"ops:{self._run_id}"):
            changed = {op: cumulative[op] for interval in intervals for op in interval.tallies}
            self._publish_ops(op_rows(changed, last.elapsed_s, apdex_t_ms), last.seq)

    def publish_slos(self, payload: dict[str, Any]) -> None:
        """Publish the SLO results so far."""
        if self._hub.has_subscribers(self._topic):
            self._hub.publish(self._topic, "slo", payload)

    def publish_end(self, run: Run, breakdown: dict[str, Any], ops: list[dict[str, Any]], seq: int) -> None:
        """Publish the final figures, which may now be exact, and the final record."""
        self._hub.publish(self._topic, "breakdown", breakdown)
        self._publish_ops(ops, seq)
        self.publish_run(run)

    def publish_log(self, lines: list[ConsoleLine]) -> None:
        """Publish new console lines: at most the last MAX_LOG_LINES."""
        entries = [line.entry() for line in lines[-MAX_LOG_LINES:]]
        if entries and self._hub.has_subscribers(f"log:{self._run_id}"):
            self._hub.publish(f"log:{self._run_id}", "log", {"run_id": self._run_id, "entries": entries})

    def publish_failures(self) -> None:
        """Publish that more samples of failed requests are stored; clients fetch them when needed."""
        self._hub.publish(self._topic, "failures", {"run_id": self._run_id})

    def add_event(
        self,
        kind: EventKind,
        message: str,
        *,
        at: datetime,
        level: str = "info",
        elapsed_s: float | None = None,
        data: dict[str, object] | None = None,
    ) -> dict[str, Any]:
        """Store and publish an event, which is shown as a mark and in the log. Return its published entry."""
        event = Event(kind=kind, at=at, level=level, message=message, elapsed_s=elapsed_s, data=data or {})
        number = self._store.events.add(self._run_id, event)
        entry = event_entry(number, event)
        self._hub.publish(self._topic, "event", entry)
        return entry

    def add_breaches(self, results: Sequence[SloResult], *, at: datetime, elapsed_s: float | None) -> None:
        """Store and publish an event for each newly breached SLO."""
        events = [
            Event(
                kind=EventKind.SLO_BREACHED,
                at=at,
                level="warning",
                message=result.labeled_message,
                elapsed_s=elapsed_s,
                data={
                    "level": result.level,
                    "name": result.name,
                    "key": result.key,
                    "value": result.value,
                    "threshold": result.limit,
                },
            )
            for result in results
        ]
        numbers = self._store.events.add_breaches(self._run_id, events, results)
        for number, event in zip(numbers, events, strict=True):
            self._hub.publish(self._topic, "event", event_entry(number, event))

    def publish_unmark(self, number: int) -> None:
        """Publish that a mark was removed."""
        self._hub.publish(self._topic, "unmark", {"n": number})

    def _publish_ops(self, rows: list[dict[str, Any]], seq: int) -> None:
        data = {"run_id": self._run_id, "seq": seq, "ops": rows}
        self._hub.publish(f"ops:{self._run_id}", "ops", data)


def event_entry(number: int, event: Event) -> dict[str, Any]:
    """Return an event in the form of the API and the stream."""
    return {
        "n": number,
        "kind": event.kind.value,
        "at": iso(event.at),
        "level": event.level,
        "message": event.message,
        "elapsed_s": event.elapsed_s,
        "data": event.data,
    }


def elapsed_at(run: Run, at: datetime) -> float | None:
    """Return the seconds from time zero of the run to `at`, at least 0; None when k6 was not started."""
    if run.zero_at is None:
        return None
    return max(0.0, round((at - run.zero_at).total_seconds(), 3))

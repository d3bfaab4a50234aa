"""What a session tells the world about its run, after it was stored: one place for topics and payloads."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from dashboard.model.events import Event, EventKind
from dashboard.model.record import record_of
from dashboard.model.run import Run, iso
from dashboard.model.snapshot import OpKey, Interval
from dashboard.model.tally import Tally
from dashboard.runs.publish.console import ConsoleLine
from dashboard.runs.publish.hub import Hub
from dashboard.runs.publish.payloads import breakdown_of, op_rows
from dashboard.store.store import Store

MOST_LOG_LINES = 500


class Publisher:
    """Stores events and publishes everything about one run."""

    def __init__(self, run_id: str, store: Store, hub: Hub) -> None:
        self._run_id = run_id
        self._store = store
        self._hub = hub

    def run(self, run: Run) -> None:
        """The record changed."""
        record = record_of(run)
        self._hub.publish("runs", "run", record)
        self._hub.publish(f"run:{self._run_id}", "run", record)

    def interval(self, run: Run, interval: Interval, cumulative: Mapping[OpKey, Tally]) -> None:
        """A snapshot was taken: it, the run so far, and the operations that changed."""
        topic = f"run:{self._run_id}"
        self._hub.publish(topic, "snapshot", asdict(interval.snapshot))
        elapsed_s, apdex_t_ms = interval.snapshot.elapsed_s, run.config.apdex_t_ms
        if self._hub.has_subscribers(topic):
            self._hub.publish(topic, "breakdown", breakdown_of(cumulative, elapsed_s, apdex_t_ms))
        if self._hub.has_subscribers(f"ops:{self._run_id}"):
            changed = {op: cumulative[op] for op in interval.tallies}
            rows = op_rows(changed, elapsed_s, apdex_t_ms)
            data = {"run_id": self._run_id, "seq": interval.snapshot.seq, "ops": rows}
            self._hub.publish(f"ops:{self._run_id}", "ops", data)

    def slo(self, answer: dict[str, Any]) -> None:
        """How the run stands against its limits so far."""
        if self._hub.has_subscribers(f"run:{self._run_id}"):
            self._hub.publish(f"run:{self._run_id}", "slo", answer)

    def end(self, run: Run, breakdown: dict[str, Any], ops: list[dict[str, Any]], seq: int) -> None:
        """The final word: figures may have become exact."""
        self._hub.publish(f"run:{self._run_id}", "breakdown", breakdown)
        self._hub.publish(f"ops:{self._run_id}", "ops", {"run_id": self._run_id, "seq": seq, "ops": ops})
        self.run(run)

    def log(self, lines: list[ConsoleLine]) -> None:
        """New lines of the console."""
        entries = [line.entry() for line in lines[-MOST_LOG_LINES:]]
        if entries and self._hub.has_subscribers(f"log:{self._run_id}"):
            self._hub.publish(f"log:{self._run_id}", "log", {"run_id": self._run_id, "entries": entries})

    def failures(self) -> None:
        """More failing requests are kept: whoever shows them asks for them."""
        self._hub.publish(f"run:{self._run_id}", "failures", {"run_id": self._run_id})

    def event(
        self,
        kind: EventKind,
        message: str,
        *,
        at: datetime,
        level: str = "info",
        elapsed_s: float | None = None,
        data: dict[str, object] | None = None,
    ) -> dict[str, Any]:
        """Something happened: kept with the run, shown as a mark and in the log. The entry that all are told."""
        event = Event(kind=kind, at=at, level=level, message=message, elapsed_s=elapsed_s, data=data or {})
        number = self._store.events.add(self._run_id, event)
        entry = event_entry(number, event)
        self._hub.publish(f"run:{self._run_id}", "event", entry)
        return entry

    def unmark(self, number: int) -> None:
        """A mark was taken away."""
        self._hub.publish(f"run:{self._run_id}", "unmark", {"n": number})


def event_entry(number: int, event: Event) -> dict[str, Any]:
    """An event for the API and the stream."""
    return {
        "n": number,
        "kind": event.kind.value,
        "at": iso(event.at),
        "level": event.level,
        "message": event.message,
        "elapsed_s": event.elapsed_s,
        "data": event.data,
    }

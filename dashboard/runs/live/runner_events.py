"""Reading runner-events.jsonl, which the runner appends to: what it did, as events for people."""

import json
from typing import Any, NamedTuple

from dashboard.model.events import EventKind
from dashboard.run_folder.files import RunFolder
from dashboard.runs.publish.console import CHUNK_BYTES

CAUSES = {"due": "before it expired", "refused": "because the target refused it", "requested": "as asked"}


class RunnerEvent(NamedTuple):
    """One thing that the runner tells. `n` numbers them from 1; `data` is what the kind brings along."""

    n: int
    at_ms: int
    kind: str
    data: dict[str, Any]


class EventText(NamedTuple):
    """A fact as an event."""

    kind: EventKind
    level: str
    message: str


class RunnerEventTail:
    """Follows the file; `told` is the number of the last fact that an earlier reader took."""

    def __init__(self, folder: RunFolder, told: int) -> None:
        self._folder = folder
        self._told = told
        self._at = 0

    def poll(self) -> list[RunnerEvent]:
        """New facts, in order; a line that is not whole yet is left for later."""
        try:
            with self._folder.runner_events.open("rb") as file:
                file.seek(self._at)
                data = file.read(CHUNK_BYTES)
        except OSError:
            return []
        used = data.rfind(b"\n") + 1
        self._at += used
        found = [fact for line in data[:used].splitlines() if (fact := _fact(line)) is not None]
        new = [fact for fact in found if fact.n > self._told]
        self._told = max((fact.n for fact in new), default=self._told)
        return new


def to_event(fact: RunnerEvent) -> EventText | None:
    """What people are told; None for a kind that this version does not know."""
    data = fact.data
    if fact.kind == "token_refreshed":
        lasts = f", which lasts {data['life_s']:g} s" if isinstance(data.get("life_s"), int | float) else ""
        why = CAUSES.get(str(data.get("cause")), "")
        return EventText(
            EventKind.TOKEN_REFRESHED, "info", f"a new token{lasts}, {why} ({data.get('took_ms')} ms)"
        )
    if fact.kind == "token_refused":
        again = f" It is tried again in {data.get('again_s'):g} s." if data.get("again_s") else ""
        return EventText(EventKind.TOKEN_REFUSED, "warning", f"{data.get('reason')}{again}")
    if fact.kind == "events_full":
        return EventText(EventKind.WARNING, "info", "further tokens are not listed: there were too many")
    return None


def _fact(line: bytes) -> RunnerEvent | None:
    try:
        found = json.loads(line)
        number, at_ms, kind = found.pop("n"), found.pop("at_ms"), found.pop("kind")
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
    fits = type(number) is int and type(at_ms) is int and isinstance(kind, str)
    return RunnerEvent(number, at_ms, kind, found) if fits else None

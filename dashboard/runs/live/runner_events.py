"""Reads runner-events.jsonl, to which the runner appends, and turns its entries into events of the run."""

import json
from typing import Any, NamedTuple

from dashboard.model.events import EventKind
from dashboard.model.number_text import setting_text
from dashboard.run_folder.files import RunFolder
from dashboard.runs.publish.console import CHUNK_BYTES

CAUSE_TEXTS = {
    "due": "before it expired",
    "refused": "because the target rejected it",
    "requested": "on request",
}


class RunnerEvent(NamedTuple):
    """One entry of the file. `n` counts from 1; `data` holds the fields of its kind."""

    n: int
    at_ms: int
    kind: str
    data: dict[str, Any]


class EventText(NamedTuple):
    """The kind, level and message of an event of the run."""

    kind: EventKind
    level: str
    message: str


class RunnerEventTail:
    """Follows the file. `published` is the number of the last entry that is already an event of the run."""

    def __init__(self, folder: RunFolder, published: int) -> None:
        self._folder = folder
        self._last = published
        self._offset = 0

    def poll(self) -> list[RunnerEvent]:
        """Return new entries in order; an incomplete line is read again later."""
        try:
            with self._folder.runner_events.open("rb") as file:
                file.seek(self._offset)
                data = file.read(CHUNK_BYTES)
        except OSError:
            return []
        used = data.rfind(b"\n") + 1
        self._offset += used
        entries = [entry for line in data[:used].splitlines() if (entry := _parse(line)) is not None]
        new = [entry for entry in entries if entry.n > self._last]
        self._last = max((entry.n for entry in new), default=self._last)
        return new


def to_event(entry: RunnerEvent) -> EventText | None:
    """Return the event for an entry; None for a kind that this version does not know."""
    data = entry.data
    if entry.kind == "token_refreshed":
        cause = CAUSE_TEXTS.get(str(data.get("cause")), "")
        life_s = data.get("life_s")
        valid = (
            f"; the new one is valid for {setting_text(life_s)} s" if isinstance(life_s, int | float) else ""
        )
        message = f"token refreshed {cause}{valid} (took {data.get('took_ms')} ms)"
        return EventText(EventKind.TOKEN_REFRESHED, "info", message)
    if entry.kind == "token_refused":
        retry_s = data.get("retry_in_s")
        retry = f" Retrying in {setting_text(retry_s)} s." if retry_s else ""
        return EventText(EventKind.TOKEN_REFUSED, "warning", f"{data.get('reason')}{retry}")
    if entry.kind == "events_full":
        return EventText(
            EventKind.WARNING, "info", "further token refreshes are not listed: there are too many"
        )
    return None


def _parse(line: bytes) -> RunnerEvent | None:
    try:
        fields = json.loads(line)
        number, at_ms, kind = fields.pop("n"), fields.pop("at_ms"), fields.pop("kind")
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
    is_valid = type(number) is int and type(at_ms) is int and isinstance(kind, str)
    return RunnerEvent(number, at_ms, kind, fields) if is_valid else None

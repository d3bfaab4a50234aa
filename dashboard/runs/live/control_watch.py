"""What a session notices about the control of its run: changes to tell, and questions that went unanswered."""

from typing import NamedTuple

from dashboard.model.control import Control, words_for
from dashboard.model.events import EventKind
from dashboard.model.run import Run, RunId
from dashboard.run_folder.files import RunFolder
from dashboard.runs.control.control_file import last_request_ms, read_control
from dashboard.store.store import Store

UNANSWERED = "users asked the control channel in vain"

Told = tuple[bool, int | None, float | None]


class Change(NamedTuple):
    """A change of what is wanted, as an event: when it was asked for, its words and its data."""

    at_ms: int
    message: str
    data: dict[str, object]


class ControlWatch:
    """Remembers what was told, over restarts of the dashboard too: by the run's events."""

    def __init__(self, run_id: RunId, folder: RunFolder, store: Store) -> None:
        self._folder = folder
        self._told: Told | None = None
        self._warned = False
        for _, event in store.events.of_run(run_id):
            if event.kind is EventKind.CONTROL:
                self._told = _told(event.data)
            self._warned = self._warned or UNANSWERED in event.message

    def look(self, run: Run) -> tuple[Control | None, Change | None]:
        """The control of the run now, and the change that nobody was told of yet."""
        control = read_control(run, self._folder)
        if control is None:
            return None, None
        now = (control.paused, control.vus, control.share)
        if self._told is None and control.seq == 0:
            self._told = now
        if now == self._told:
            return control, None
        before, self._told = self._told, now
        data: dict[str, object] = {"paused": now[0], "vus": now[1], "share": now[2], "rate": control.rate}
        resumed = "goes on: " if before and before[0] and not control.paused else ""
        return control, Change(last_request_ms(self._folder), resumed + words_for(control), data)

    def warning(self, poll_errors: int) -> str | None:
        """Words about unanswered questions, once."""
        if self._warned or not poll_errors:
            return None
        self._warned = True
        return (
            f"{UNANSWERED}, {poll_errors} times so far: each keeps to what it was told last, and begins nothing "
            "before a first answer"
        )


def _told(data: dict[str, object]) -> Told:
    vus, share = data.get("vus"), data.get("share")
    return (
        data.get("paused") is True,
        vus if isinstance(vus, int) else None,
        float(share) if isinstance(share, int | float) else None,
    )

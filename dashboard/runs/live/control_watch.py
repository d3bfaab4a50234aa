"""Reports changes of the control state of a live run, and polls of the control channel that failed."""

from typing import NamedTuple

from dashboard.model.control import Control, load_text
from dashboard.model.events import EventKind
from dashboard.model.run import Run, RunId
from dashboard.model.steered_load import LoadChange, SteeredLoad, load_after
from dashboard.run_folder.files import RunFolder
from dashboard.runs.control.control_file import read_control, read_last_request_ms
from dashboard.store.store import Store

POLLS_FAILED = "polls of the control channel failed"

Reported = tuple[bool, int | None, float | None]  # paused, users, share of the rate


class ControlChange(NamedTuple):
    """A requested change as an event: the time of the request, its message and its data."""

    at_ms: int
    message: str
    data: dict[str, object]


class ControlWatch:
    """Remembers what was reported. The events of the run keep this across restarts of the dashboard."""

    def __init__(self, run_id: RunId, folder: RunFolder, store: Store) -> None:
        self._folder = folder
        self._reported: Reported | None = None
        self._warned = False
        for _, event in store.events.of_run(run_id):
            if event.kind is EventKind.CONTROL:
                self._reported = _state_in(event.data)
            self._warned = self._warned or POLLS_FAILED in event.message

    def read(self, run: Run) -> tuple[Control | None, ControlChange | None]:
        """Return the current control state, and a change that was not reported yet."""
        control = read_control(run, self._folder)
        if control is None:
            return None, None
        current = (control.paused, control.vus, control.share)
        if self._reported is None and control.seq == 0:
            self._reported = current
        if current == self._reported:
            return control, None
        before, self._reported = self._reported, current
        data: dict[str, object] = {
            "paused": control.paused,
            "vus": control.vus,
            "share": control.share,
            "rate": control.rate,
        }
        resumed = "resumed: " if before and before[0] and not control.paused else ""
        return control, ControlChange(read_last_request_ms(self._folder), resumed + load_text(control), data)

    def new_warning(self, poll_errors: int) -> str | None:
        """Return a warning about failed polls, once per run."""
        if self._warned or not poll_errors:
            return None
        self._warned = True
        return (
            f"{poll_errors} {POLLS_FAILED} so far; a user keeps its last control state, and starts no iteration "
            "before its first successful poll"
        )


def _state_in(data: dict[str, object]) -> Reported:
    vus, share = data.get("vus"), data.get("share")
    return (
        data.get("paused") is True,
        vus if isinstance(vus, int) else None,
        float(share) if isinstance(share, int | float) else None,
    )


def find_steered_load(run: Run, store: Store) -> SteeredLoad | None:
    """Return what the control requests of a run did to its load; None if it was never changed."""
    zero_at = run.zero_at
    if not run.steered or run.elapsed_s is None or zero_at is None:
        return None
    changes = [
        _load_change(event.data, (event.at - zero_at).total_seconds(), run.vus_max)
        for _, event in store.events.of_run(run.run_id)
        if event.kind is EventKind.CONTROL
    ]
    return load_after(changes, run.elapsed_s)


def _load_change(data: dict[str, object], at_s: float, planned_vus: int) -> LoadChange:
    paused, vus, share = _state_in(data)
    return LoadChange(
        round(at_s, 3),
        is_paused=paused or vus == 0 or share == 0,
        is_reduced=(vus is not None and vus < planned_vus) or (share is not None and share < 1),
    )

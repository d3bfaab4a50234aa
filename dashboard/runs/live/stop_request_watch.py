"""Reports the stop requests of a live run: a first one, and an immediate one that overrides it."""

from dashboard.model.run import Run, RunStatus
from dashboard.run_folder.files import StopFile
from dashboard.runs.control.stop import STOPPED_BY_USER


class StopRequestWatch:
    """Remembers which kind of stop request was reported."""

    def __init__(self) -> None:
        self._reported_immediate: bool | None = None

    def new_message(self, run: Run, stop: StopFile | None) -> str | None:
        """Return the message for a stop request that was not reported yet."""
        if stop is None or self._reported_immediate == (stop.immediate is True):
            return None
        self._reported_immediate = stop.immediate is True
        if run.status is RunStatus.STOPPING:
            if stop.immediate:
                return "immediate stop requested; no longer waiting for running iterations"
            return None
        reason = "stop requested" if stop.reason == STOPPED_BY_USER else stop.reason
        waits = run.config.steering_variable is not None and not stop.immediate
        return f"{reason}; waiting for running iterations" if waits else reason

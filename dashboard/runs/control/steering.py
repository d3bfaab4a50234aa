"""Steering: change the load of a live run, pause it, or refresh its token."""

from collections.abc import Callable
from datetime import datetime

from dashboard.model.control import Control, ControlRequest
from dashboard.model.errors import Conflict
from dashboard.model.identity import LOCAL, Identity
from dashboard.model.run import RunId
from dashboard.runs.control.control_file import read_control, request_token, steer, steered_control
from dashboard.runs.control.live_runs import LiveRuns
from dashboard.runs.start.launcher import Launcher
from dashboard.runs.start.token_limits import check_steering


class Steering:
    """Applies one request at a time. Without an id, a request is for the newest live run."""

    def __init__(self, launcher: Launcher, clock: Callable[[], datetime], live_runs: LiveRuns) -> None:
        self._launcher = launcher
        self._clock = clock
        self._live_runs = live_runs

    def control(
        self, run_id: RunId | None, request: ControlRequest, identity: Identity = LOCAL
    ) -> tuple[RunId, Control]:
        """Change the load of a live run. Raises Conflict, Forbidden, InvalidRequest, NotFound."""
        with self._live_runs.lock:
            run = self._live_runs.find(run_id)
            folder = self._launcher.folder(run.run_id)
            check_steering(identity, run, steered_control(run, folder, request))
            control = steer(run, folder, request, self._now_ms())
            self._live_runs.wake(run.run_id)
            return run.run_id, control

    def refresh_token(self, run_id: RunId | None) -> RunId:
        """Request a new token for all users of a live run. Raises Conflict, NotFound."""
        with self._live_runs.lock:
            run = self._live_runs.find(run_id)
            request_token(run, self._launcher.folder(run.run_id), self._now_ms())
            return run.run_id

    def pause(self, run_id: RunId) -> bool:
        """Pause a run without a request from a client. False when it is already paused or about to end."""
        with self._live_runs.lock:
            run = self._live_runs.find(run_id)
            folder = self._launcher.folder(run_id)
            state = read_control(run, folder)
            if state is None or state.paused:
                return False
            try:
                steer(run, folder, ControlRequest(paused=True), self._now_ms())
            except Conflict:
                return False
            self._live_runs.wake(run_id)
            return True

    def _now_ms(self) -> int:
        return round(self._clock().timestamp() * 1000)

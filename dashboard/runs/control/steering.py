"""What is asked of a live run besides its end: another load, a pause, a fresh token."""

import threading
from collections.abc import Callable
from datetime import datetime

from dashboard.model.control import Control, ControlRequest
from dashboard.model.errors import Conflict
from dashboard.model.run import Run, RunId
from dashboard.runs.control.control_file import request_token, read_control, steer
from dashboard.runs.start.launcher import Launcher


class Steering:
    """One wish at a time, under the supervisor's `lock`. `find` gives a run, the newest live one without an id."""

    def __init__(
        self,
        launcher: Launcher,
        clock: Callable[[], datetime],
        lock: threading.RLock,
        *,
        find: Callable[[RunId | None], Run],
        wake: Callable[[RunId], None],
    ) -> None:
        self._launcher = launcher
        self._clock = clock
        self._lock = lock
        self._find = find
        self._wake = wake

    def control(self, run_id: RunId | None, wish: ControlRequest) -> tuple[RunId, Control]:
        """Change the load of a live run. Raises Conflict, InvalidRequest, NotFound."""
        with self._lock:
            run = self._find(run_id)
            control = steer(run, self._launcher.folder(run.run_id), wish, self._now_ms())
            self._wake(run.run_id)
            return run.run_id, control

    def refresh_token(self, run_id: RunId | None) -> RunId:
        """A fresh token for all users of a live run. Raises Conflict, NotFound."""
        with self._lock:
            run = self._find(run_id)
            request_token(run, self._launcher.folder(run.run_id), self._now_ms())
            return run.run_id

    def pause(self, run_id: RunId) -> bool:
        """On the dashboard's own account. False when it was paused, or about to end, anyway."""
        with self._lock:
            run = self._find(run_id)
            folder = self._launcher.folder(run_id)
            state = read_control(run, folder)
            if state is None or state.paused:
                return False
            try:
                steer(run, folder, ControlRequest(paused=True), self._now_ms())
            except Conflict:
                return False
            self._wake(run_id)
            return True

    def _now_ms(self) -> int:
        return round(self._clock().timestamp() * 1000)

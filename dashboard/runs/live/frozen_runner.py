"""Detects a runner that lives but does nothing, for example after a SIGSTOP: one of its actions is long overdue."""

import time

from dashboard.run_folder.files import ExitFile, PidFile, RunFile, RunFolder, StopFile, StopSentFile
from dashboard.runner.processes.posix import ProcessIdentity, is_alive

MARGIN_S = 10.0  # a runner acts within 0.2 s and drains its receiver for at most 5 s


class FrozenRunnerDetector:
    """Looks at the files of one run folder. Call `is_frozen` regularly while the runner is alive."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._run: RunFile | None = None
        self._due: str | None = None
        self._due_since_s = 0.0

    def is_frozen(self, now: float) -> bool:
        """Whether the action that is due is overdue. `now` is in seconds on a monotonic clock."""
        due, allowance_s = self._next_action()
        if due != self._due:
            self._due, self._due_since_s = due, now
        return due is not None and now - self._due_since_s >= allowance_s + MARGIN_S

    def _next_action(self) -> tuple[str | None, float]:
        """What the runner has to do now, and the seconds that it may take; None when nothing is due."""
        self._run = self._run or self._folder.read(RunFile)
        if self._run is None or self._folder.has(ExitFile):
            return None, 0.0
        pid, stop = self._folder.read(PidFile), self._folder.read(StopFile)
        if pid and not is_alive(ProcessIdentity(pid.pid, pid.start_ticks, pid.boot_id)):
            return "record the end of k6", 0.0
        if self._folder.has(StopSentFile):
            return "kill k6", self._run.stop_grace_s
        if stop and stop.immediate:
            return "stop k6 immediately", 0.0
        if stop:
            return "stop k6", self._run.drain_s or 0.0
        if pid and time.time() - pid.started_ms / 1000 >= self._run.deadline_s:
            return "stop k6 at its deadline", 0.0
        return None, 0.0

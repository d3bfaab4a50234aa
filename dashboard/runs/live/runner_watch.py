"""Watches the runner of a run. A new one takes over when the runner was killed, or is frozen."""

import os
import signal
import time
from collections.abc import Callable

import structlog

from dashboard.run_folder.files import PidFile, RunFolder, RunnerFile
from dashboard.runner.processes.posix import ProcessIdentity, find_leader, is_alive, send
from dashboard.runs.live.frozen_runner import FrozenRunnerDetector

log = structlog.get_logger()
CHECK_INTERVAL_S = 0.5
RESTART_PAUSE_S = 2.0
MAX_RESTARTS = 50
MAX_MISSING_CHECKS = 6
REAP_TIMEOUT_S = 2.0
REAP_INTERVAL_S = 0.01


class RunnerWatcher:
    """Watches the runner of one run."""

    def __init__(
        self,
        folder: RunFolder,
        run_id: str,
        start_runner: Callable[[RunFolder], int],
        runner_pid: int | None,
    ) -> None:
        self._folder = folder
        self._run_id = run_id
        self._start_runner = start_runner
        self._pids = [] if runner_pid is None else [runner_pid]
        self._frozen = FrozenRunnerDetector(folder)
        self._next_check_s = 0.0
        self._restarts = 0
        self._missing_checks = 0

    @property
    def restarts(self) -> int:
        """How many times a new runner was started."""
        return self._restarts

    def is_over(self, now: float) -> bool:
        """Restart a killed runner; return whether runner and k6 have ended, so that nothing more will be written."""
        if now < self._next_check_s:
            return False
        self._next_check_s = now + CHECK_INTERVAL_S
        self._pids = [pid for pid in self._pids if not _has_ended(pid)]
        if self._pids or self._is_runner_alive():
            self._missing_checks = 0
            if self._frozen.is_frozen(now):
                self._kill_runner()
            return False
        return not self._restart_or_wait(now)

    def reap(self) -> None:
        """Wait for the runner to exit after the end of the run, so that it leaves no zombie process."""
        deadline = time.monotonic() + REAP_TIMEOUT_S
        while self._pids and time.monotonic() < deadline:
            self._pids = [pid for pid in self._pids if not _has_ended(pid)]
            time.sleep(REAP_INTERVAL_S)

    def _is_runner_alive(self) -> bool:
        runner = self._runner()
        return runner is not None and is_alive(runner)

    def _runner(self) -> ProcessIdentity | None:
        runner = self._folder.read(RunnerFile)
        return ProcessIdentity(runner.pid, runner.start_ticks, runner.boot_id) if runner else None

    def _kill_runner(self) -> None:
        """Kill a frozen runner. The one that takes over stops k6."""
        log.warning("run.runner_frozen", run_id=self._run_id)
        for pid in self._pids:  # children, so no other process has their process ids
            os.kill(pid, signal.SIGKILL)
        if runner := self._runner():
            send(runner, signal.SIGKILL)

    def _restart_or_wait(self, now: float) -> bool:
        """Start a new runner if k6 was started: it watches k6, or reports how k6 ended. False when the run is over."""
        if self._folder.path_of(PidFile).exists() or find_leader(f"run_id={self._run_id}"):
            if self._restarts >= MAX_RESTARTS:
                return False
            self._restarts += 1
            self._next_check_s = now + RESTART_PAUSE_S
            log.warning("run.runner_restarted", run_id=self._run_id, restarts=self._restarts)
            self._pids.append(self._start_runner(self._folder))
            return True
        # A runner that was started just before a restart of the dashboard may not have written runner.json yet.
        self._missing_checks += 1
        return self._missing_checks <= MAX_MISSING_CHECKS


def _has_ended(pid: int) -> bool:
    """Return whether this child process has ended, and reap it if so."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return True

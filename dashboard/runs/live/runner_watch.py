"""Is anybody still at work on a run? Brings in a second runner when the first was killed."""

import os
import time
from collections.abc import Callable

import structlog

from dashboard.run_folder.files import PidFile, RunFolder, RunnerFile
from dashboard.runner.processes.posix import ProcessIdentity, find_leader, is_alive

log = structlog.get_logger()
LOOK_EVERY_S = 0.5
RESCUE_PAUSE_S = 2.0
MOST_RESCUES = 50
GONE_LOOKS = 6
REAP_S = 2.0
REAP_LOOK_S = 0.01


class RunnerWatcher:
    """Looks after the runner of one run."""

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
        self._next_look = 0.0
        self._rescues = 0
        self._gone_looks = 0

    @property
    def rescues(self) -> int:
        """How many more runners were started."""
        return self._rescues

    def is_over(self, now: float) -> bool:
        """Whether neither runner nor k6 lives and none can be brought back: nothing more will be written."""
        if now < self._next_look:
            return False
        self._next_look = now + LOOK_EVERY_S
        self._pids = [pid for pid in self._pids if not _has_ended(pid)]
        if self._pids or self._runner_alive():
            self._gone_looks = 0
            return False
        return self._nobody(now)

    def reap(self) -> None:
        """The run is over: wait the moment that its runner takes to leave, so that no zombie stays behind."""
        deadline = time.monotonic() + REAP_S
        while self._pids and time.monotonic() < deadline:
            self._pids = [pid for pid in self._pids if not _has_ended(pid)]
            time.sleep(REAP_LOOK_S)

    def _runner_alive(self) -> bool:
        runner = self._folder.read(RunnerFile)
        return runner is not None and is_alive(ProcessIdentity(runner.pid, runner.start_ticks, runner.boot_id))

    def _nobody(self, now: float) -> bool:
        """No runner. One is started again when k6 was started: it watches it, or tells how it ended."""
        if self._folder.path_of(PidFile).exists() or find_leader(f"run_id={self._run_id}"):
            if self._rescues >= MOST_RESCUES:
                return True
            self._rescues += 1
            self._next_look = now + RESCUE_PAUSE_S
            log.warning("run.rescue", run_id=self._run_id, rescues=self._rescues)
            self._pids.append(self._start_runner(self._folder))
            return False
        # a runner that was started just before this server may not have got its name into the folder yet
        self._gone_looks += 1
        return self._gone_looks > GONE_LOOKS


def _has_ended(pid: int) -> bool:
    """Whether this child of ours has ended; it is not left behind as a zombie."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return True

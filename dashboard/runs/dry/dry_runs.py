"""Dry runs: one at a time beside all loads, kept in memory until the next, swept when a server died in one."""

import shutil
import signal
import threading
import time
from dataclasses import replace
from typing import Any

from dashboard.engine.k6_binary import K6Unavailable
from dashboard.loop import Loop
from dashboard.model.durations import parse_duration
from dashboard.model.errors import Conflict, NotFound, Unavailable
from dashboard.model.run import Run, RunId
from dashboard.run_folder.files import RunFolder, SecretsFile, UnreadableFile
from dashboard.runner.processes.posix import find_all, send
from dashboard.runs.control.stop import request_stop
from dashboard.runs.dry.dry_run import DryRun
from dashboard.runs.start.launcher import Launcher
from dashboard.runs.start.request import StartRequest
from dashboard.runs.start.starter import Resolved, Starter, StarterDeps

LATEST = "latest"
CLOSE_S = 3.0
SWEEP_S = 0.5
ORPHAN_S = 70.0  # as long as k6's teardown may take


class DryRuns:
    """Starts, shows and cancels them. `launcher` makes folders below a root that nothing else uses."""

    def __init__(self, deps: StarterDeps, launcher: Launcher) -> None:
        self._deps = replace(deps, launcher=launcher)
        self._launcher = launcher
        self._starter = Starter(self._deps)
        self._lock = threading.Lock()
        self._newest: DryRun | None = None
        self._loop: Loop | None = None
        self._sweeper = Loop("sweep-dry-runs", self._sweep)
        self._closing = False
        self._left: list[RunFolder] = []
        self._asked: dict[str, float] = {}

    def start(self) -> None:
        """Clear up what a server that died has left, in the background."""
        self._left = self._launcher.folders()
        if self._left:
            self._sweeper.start()

    def begin(self, request: StartRequest) -> DryRun:
        """Start one. Raises DashboardError; nothing is left behind then."""
        resolved = self._starter.resolve(request)
        limit = self._deps.settings.dry_run_limit
        with self._lock:
            self._refuse_second()
            run = self._starter.run_of(request, resolved)
            dry = DryRun(run, self._launcher.folder(run.run_id), limit, self._deps.clock)
            try:
                folder = self._make_folder(run, resolved)
                pid = self._starter.launch(run, folder, resolved.document, dry_s=parse_duration(limit))
            except BaseException as error:
                shutil.rmtree(self._launcher.folder(run.run_id).path, ignore_errors=True)
                if not isinstance(error, OSError | K6Unavailable | UnreadableFile):
                    raise
                raise Unavailable(f"the dry run could not be started: {error}") from None
            dry.watch(self._launcher.start_runner, pid)
            self._newest, self._loop = dry, Loop(f"dry-{run.run_id}", dry.tick)
            self._loop.start()
            return dry

    @property
    def newest_id(self) -> RunId | None:
        """None before the first."""
        newest = self._newest
        return newest.run.run_id if newest else None

    def find(self, dry_id: str) -> DryRun:
        """The one of that id: only the newest is kept. NotFound."""
        newest = self._newest
        if newest is None or dry_id not in (LATEST, newest.run.run_id):
            raise NotFound("there is no such dry run: only the newest one is kept, until the dashboard ends")
        return newest

    def cancel(self, dry_id: str) -> None:
        """Ask it to end; one that has ended stays as it is."""
        dry = self.find(dry_id)
        if not dry.state.status.has_ended:
            request_stop(self._launcher.folder(dry.run.run_id), self._deps.clock())

    def close(self) -> None:
        """End what is live. What takes too long is swept by the next server."""
        self._closing = True
        loop = self._loop
        if loop is not None and loop.alive:
            self.cancel(LATEST)
            _wait_for(loop)
            loop.stop()
        self._sweeper.stop()

    def health(self) -> list[dict[str, object]]:
        """State of the loops at work."""
        loops = [loop for loop in (self._loop, self._sweeper) if loop is not None and loop.alive]
        return [loop.health() for loop in loops]

    def _make_folder(self, run: Run, resolved: Resolved) -> RunFolder:
        secrets = resolved.auth.secrets | resolved.keys
        return self._launcher.make_folder(run.run_id, secrets, resolved.auth.order)

    def _refuse_second(self) -> None:
        if self._closing:
            raise Unavailable("the dashboard is being stopped")
        newest = self._newest
        if newest is not None and not newest.state.status.has_ended:
            raise Conflict(
                "another dry run is at work: wait for its end, or cancel it",
                extra={"dry_id": newest.run.run_id},
            )

    def _sweep(self, now: float) -> float | None:
        """Ask what still runs to end; a folder goes when nobody works in it any more."""
        self._left = [folder for folder in self._left if not self._gone(folder, now)]
        return SWEEP_S if self._left else None

    def _gone(self, folder: RunFolder, now: float) -> bool:
        folder.remove(SecretsFile)
        tag = f"run_id={folder.path.name}"
        if find_all(str(folder.path)):  # its runner, which sees to k6
            request_stop(folder, self._deps.clock())
            return False
        if orphans := find_all(tag):
            asked = self._asked.setdefault(tag, now)
            number = signal.SIGTERM if asked == now else signal.SIGKILL
            for orphan in orphans if asked == now or now > asked + ORPHAN_S else ():
                send(orphan, number)
            return False
        shutil.rmtree(folder.path, ignore_errors=True)
        return True


def _wait_for(loop: Loop) -> None:
    """Its run may take a moment to end."""
    deadline = time.monotonic() + CLOSE_S
    while loop.alive and time.monotonic() < deadline:
        time.sleep(0.02)


def dry_wish(**chosen: Any) -> StartRequest:
    """The request of a dry run: its load means nothing."""
    return StartRequest(profile="smoke", vus=1, steerable=False, **chosen)

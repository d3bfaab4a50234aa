"""Starts, shows and cancels dry runs, even while a load test runs. Only the newest one is kept, in memory."""

import shutil
import signal
import threading
import time
from dataclasses import replace

from dashboard.engine.k6_binary import K6Unavailable
from dashboard.loop import Loop
from dashboard.model.durations import parse_duration
from dashboard.model.errors import Conflict, NotFound, Unavailable
from dashboard.model.identity import LOCAL, Identity
from dashboard.model.run import Run, RunId
from dashboard.run_folder.files import RunFolder, SecretsFile
from dashboard.run_folder.validation import UnreadableFile
from dashboard.runner.processes.posix import find_all, send
from dashboard.runs.control.stop import request_stop
from dashboard.runs.dry.dry_run import DryRun
from dashboard.runs.start.launcher import Launcher
from dashboard.runs.start.record import new_run
from dashboard.runs.start.request import StartRequest
from dashboard.runs.start.resolved import ResolvedRequest
from dashboard.runs.start.starter import Starter, StarterDeps

LATEST = "latest"
CLOSE_TIMEOUT_S = 3.0
SWEEP_EVERY_S = 0.5
KILL_ORPHANS_AFTER_S = 70.0  # k6's teardown may take this long


class DryRunManager:
    """Keeps the newest dry run. `launcher` creates folders below a root that nothing else uses."""

    def __init__(self, deps: StarterDeps, launcher: Launcher) -> None:
        self._deps = replace(deps, launcher=launcher)
        self._launcher = launcher
        self._starter = Starter(self._deps)
        self._lock = threading.Lock()
        self._newest: DryRun | None = None
        self._loop: Loop | None = None
        self._sweeper = Loop("sweep-dry-runs", self._sweep)
        self._closing = False
        self._orphaned_folders: list[RunFolder] = []
        self._terminated_at: dict[str, float] = {}

    def start(self) -> None:
        """Delete, in the background, the folders that a killed dashboard left behind."""
        self._orphaned_folders = self._launcher.folders()
        if self._orphaned_folders:
            self._sweeper.start()

    def start_dry_run(self, request: StartRequest, identity: Identity = LOCAL) -> DryRun:
        """Start a dry run. Raises DashboardError, after deleting its folder."""
        resolved = self._starter.resolve(request, identity)
        with self._lock:
            self._check_can_start()
            run = new_run(
                resolved,
                self._deps.settings,
                queued=False,
                now=self._deps.clock(),
                randomness=self._deps.randomness(5),
                started_by=identity.who,
            )
            limit = self._deps.settings.dry_run_limit
            dry = DryRun(run, self._launcher.folder(run.run_id), limit, self._deps.clock)
            dry.watch(self._launcher.start_runner, self._launch(run, resolved, parse_duration(limit)))
            self._newest, self._loop = dry, Loop(f"dry-{run.run_id}", dry.tick)
            self._loop.start()
            return dry

    @property
    def newest_id(self) -> RunId | None:
        """The id of the newest dry run. None before the first."""
        newest = self._newest
        return newest.run.run_id if newest else None

    def find(self, dry_id: str) -> DryRun:
        """Return the newest dry run, by its id or as `latest`. Raises NotFound for any other id."""
        newest = self._newest
        if newest is None or dry_id not in (LATEST, newest.run.run_id):
            raise NotFound(
                "This dry run does not exist. Only the newest one is kept, until the dashboard exits."
            )
        return newest

    def cancel(self, dry_id: str) -> None:
        """Stop a dry run. No effect on one that has ended."""
        dry = self.find(dry_id)
        if not dry.state.status.has_ended:
            request_stop(self._launcher.folder(dry.run.run_id), self._deps.clock())

    def close(self) -> None:
        """Stop the live dry run. If that takes too long, the dashboard cleans up at its next start."""
        self._closing = True
        loop = self._loop
        if loop is not None and loop.alive:
            self.cancel(LATEST)
            _wait_until_ended(loop)
            loop.stop()
        self._sweeper.stop()

    def health(self) -> list[dict[str, object]]:
        """Return the state of each running loop, for `/health`."""
        loops = [loop for loop in (self._loop, self._sweeper) if loop is not None and loop.alive]
        return [loop.health() for loop in loops]

    def _launch(self, run: Run, resolved: ResolvedRequest, limit_s: float) -> int:
        """Start the runner and return its process id. Raises Unavailable."""
        try:
            folder = self._launcher.make_folder(run.run_id, resolved.secrets, resolved.auth.token_request)
            return self._starter.launch(run, folder, resolved.document, dry_limit_s=limit_s)
        except BaseException as error:
            shutil.rmtree(self._launcher.folder(run.run_id).path, ignore_errors=True)
            if not isinstance(error, OSError | K6Unavailable | UnreadableFile):
                raise
            raise Unavailable(f"The dry run could not be started: {error}") from None

    def _check_can_start(self) -> None:
        if self._closing:
            raise Unavailable("The dashboard is shutting down.")
        newest = self._newest
        if newest is not None and not newest.state.status.has_ended:
            raise Conflict(
                "Another dry run is in progress. Wait until it has ended, or cancel it.",
                extra={"dry_id": newest.run.run_id},
            )

    def _sweep(self, now: float) -> float | None:
        self._orphaned_folders = [
            folder for folder in self._orphaned_folders if not self._sweep_folder(folder, now)
        ]
        return SWEEP_EVERY_S if self._orphaned_folders else None

    def _sweep_folder(self, folder: RunFolder, now: float) -> bool:
        """Stop the processes that use `folder`. Delete it and return True once no process is left."""
        folder.remove(SecretsFile)
        tag = f"run_id={folder.path.name}"
        if find_all(str(folder.path)):  # the runner, which stops its k6
            request_stop(folder, self._deps.clock())
            return False
        if orphans := find_all(tag):
            terminated_at = self._terminated_at.setdefault(tag, now)
            stop_signal = signal.SIGTERM if terminated_at == now else signal.SIGKILL
            if terminated_at == now or now > terminated_at + KILL_ORPHANS_AFTER_S:
                for orphan in orphans:
                    send(orphan, stop_signal)
            return False
        shutil.rmtree(folder.path, ignore_errors=True)
        return True


def _wait_until_ended(loop: Loop) -> None:
    deadline = time.monotonic() + CLOSE_TIMEOUT_S
    while loop.alive and time.monotonic() < deadline:
        time.sleep(0.02)

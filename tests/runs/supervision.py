"""A supervisor on a real store, with fake runners, sessions and k6."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from dashboard.data_files.files import DataFiles
from dashboard.endpoints.file import EndpointsFile
from dashboard.engine.k6_binary import K6Binary, K6Locator, K6Unavailable
from dashboard.model.k6_config import PROFILES_FILE
from dashboard.model.profile_data import load_profiles
from dashboard.model.run import Run, RunId, RunStatus
from dashboard.run_folder.files import RunFolder
from dashboard.runs.control.live_runs import LiveRuns
from dashboard.runs.control.steering import Steering
from dashboard.runs.live.session import SessionDeps
from dashboard.runs.publish.hub import Hub
from dashboard.runs.slo.evaluate import SloEvaluator
from dashboard.runs.slo.tolerances import Tolerances
from dashboard.runs.start.launcher import Launcher
from dashboard.runs.start.request import AuthRequest, LoadRequest, NetworkRequest, StartRequest
from dashboard.runs.start.starter import StarterDeps
from dashboard.runs.start.target_gate import TargetGate
from dashboard.runs.supervisor import Supervisor
from dashboard.settings import ROOT, Settings
from dashboard.store.store import Store
from tests.factories import A_MOMENT

ENDPOINTS: dict[str, Any] = {"endpoints": [{"name": "List", "group": "shop", "path": "/list"}]}
TICK_INTERVAL_S = 0.01


class FakeLauncher(Launcher):
    """Creates real run folders and starts no processes. If `error` is set, `start_runner` raises it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, ROOT)
        self.started: list[RunId] = []
        self.error: OSError | None = None

    def start_runner(self, folder: RunFolder) -> int:
        if self.error is not None:
            raise self.error
        self.started.append(folder.path.name)
        return len(self.started)


TYPED_TOKEN = AuthRequest(mode="bearer", credentials={"auth_token": "s3cret"})


class FakeK6:
    """Returns a k6 that does not exist. If `error` is set, it is raised instead."""

    def __init__(self) -> None:
        self.error: K6Unavailable | None = None

    def locate(self) -> K6Binary:
        if self.error is not None:
            raise self.error
        return K6Binary(Path("/fake/k6"), "2.2.0")


class FakeSession:
    """A session whose run ends when the test calls `end`."""

    def __init__(self, run: Run, folder: RunFolder, deps: SessionDeps, runner_pid: int | None) -> None:
        self.run = run
        self.rest_port: int | None = 6565
        self.runner_pid = runner_pid
        self.folder = folder
        self._deps = deps
        self._over = False

    def tick(self, now: float) -> float | None:
        return None if self._over else TICK_INTERVAL_S

    def rewrite(self, change: Callable[[Run], Run]) -> Run | None:
        self.run = change(self.run)
        return self.run

    def end(self) -> None:
        self.run = replace(self.run, status=RunStatus.FINISHED, ended_at=self._deps.clock())
        self._deps.store.runs.update(self.run)
        self._over = True
        self._deps.ended(self.run)


class Supervision:
    """The supervisor and its fakes."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.endpoints_file = folder / "endpoints.json"
        self.write_endpoints(ENDPOINTS)
        defaults: dict[str, Any] = {
            "data_dir": folder / "data",
            "min_free_disk": 0,
            "endpoints_file": self.endpoints_file,
        }
        self.settings = Settings(_env_file=None, **{**defaults, **settings})
        self.settings.data_dir.mkdir()
        self.store = Store(folder / "data" / "dashboard.db")
        self.launcher = FakeLauncher(folder / "data" / "runs")
        self.k6 = FakeK6()
        self.sessions: dict[RunId, FakeSession] = {}
        self.live_runs = LiveRuns(self.store)
        self.steering = Steering(self.launcher, self.now, self.live_runs)
        self.seconds = 0
        self.supervisor = Supervisor(self._deps(), self.live_runs, self.steering.pause, self._make_session)

    def now(self) -> datetime:
        """Return a time one second later at each call, so that run IDs sort in the order in which the runs started."""
        self.seconds += 1
        return A_MOMENT + timedelta(seconds=self.seconds)

    def write_endpoints(self, document: dict[str, Any]) -> None:
        self.endpoints_file.write_text(json.dumps(document))

    def start(self, **changes: Any) -> Run:
        """Start a smoke run of a local target, with a bearer token."""
        request = StartRequest(
            load=LoadRequest(profile=changes.pop("profile", "smoke")),
            base_url=changes.pop("base_url", "http://127.0.0.1:9"),
            auth=changes.pop("auth", TYPED_TOKEN),
            network=changes.pop("network", NetworkRequest()),
            **changes,
        )
        return self.supervisor.start(request)

    def record(self, run_id: RunId) -> Run:
        run = self.store.runs.get(run_id)
        assert run is not None
        return run

    def stored(self) -> dict[RunId, RunStatus]:
        """Return the status of every run in the database."""
        return {run.run_id: run.status for run in self.store.runs.with_status(tuple(RunStatus))}

    def events(self, run_id: RunId) -> list[tuple[str, str]]:
        return [(event.kind.value, event.message) for _, event in self.store.events.of_run(run_id)]

    def restart(self) -> None:
        """Replace the supervisor with a new one on the same data folder. The sessions of the old one are gone."""
        self.supervisor.close()
        self.sessions.clear()
        self.live_runs = LiveRuns(self.store)
        self.steering = Steering(self.launcher, self.now, self.live_runs)
        self.supervisor = Supervisor(self._deps(), self.live_runs, self.steering.pause, self._make_session)

    def close(self) -> None:
        self.supervisor.close()
        self.store.close()

    def _make_session(
        self, run: Run, folder: RunFolder, deps: SessionDeps, runner_pid: int | None
    ) -> FakeSession:
        self.sessions[run.run_id] = FakeSession(run, folder, deps, runner_pid)
        return self.sessions[run.run_id]

    def _deps(self) -> StarterDeps:
        return StarterDeps(
            settings=self.settings,
            store=self.store,
            evaluator=SloEvaluator(self.store, Tolerances()),
            hub=Hub("test"),
            launcher=self.launcher,
            endpoints=EndpointsFile(self.endpoints_file),
            data_files=DataFiles(self.folder / "data" / "files", 0),
            profiles=load_profiles(json.loads(PROFILES_FILE.read_bytes())),
            k6=cast(K6Locator, self.k6),
            clock=self.now,
            randomness=bytes,
            environment={},
            may_start=lambda: None,
            gate=lambda: TargetGate(allowed=self.settings.allowed_targets),
        )

"""Run folders with a fake or a real k6, runners as real processes, and no process left over afterwards."""

import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import cast

import pytest

from dashboard.run_folder import push_log as segments
from dashboard.run_folder.files import ExitFile, PidFile, RunFile, RunFolder
from dashboard.runner.processes import posix
from tests.fakes.fake_k6_factory import make_fake_k6, read_diary

BEARER = "0123456789abcdef0123456789abcdef"


def wait_until(condition: Callable[[], object], *, within_s: float = 10.0) -> None:
    """Poll; the time is a bound for a slow machine, not an expectation."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "this did not happen in time"
        time.sleep(0.01)


def seconds_between(start: str | None, end: str | None) -> float:
    assert start
    assert end
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


class Stage:
    """One run: its folder, and the runners that a test starts for it."""

    def __init__(self, path: Path) -> None:
        self.run_id = f"test-{uuid.uuid4().hex[:12]}"
        self.path = path / self.run_id
        self.path.mkdir(mode=0o700)
        self.folder = RunFolder(self.path)
        self.runners: list[subprocess.Popen[bytes]] = []

    def fake(self, manner: str, **changes: object) -> None:
        """A run.json for the fake k6 with that manner."""
        self.prepare(make_fake_k6(self.path.parent, manner), "main.js", **changes)

    def prepare(self, k6: Path, script: str, **changes: object) -> None:
        argv = [str(k6), "run", "--quiet", "--no-color", "--log-format", "json", "--no-usage-report"]
        argv += ["--address", "127.0.0.1:@REST_PORT@", "--secret-source=file=@SECRETS@"]
        argv += ["--out", "experimental-prometheus-rw", "--features", "native-histograms"]
        argv += ["--tag", f"run_id={self.run_id}", "--summary-export", str(self.folder.summary), script]
        env = {
            "K6_PROMETHEUS_RW_SERVER_URL": "http://127.0.0.1:@RECEIVER_PORT@/push",
            "K6_PROMETHEUS_RW_BEARER_TOKEN": "@BEARER@",
            "K6_PROMETHEUS_RW_PUSH_INTERVAL": "1s",
            "K6_PROMETHEUS_RW_STALE_MARKERS": "true",
            "K6_AUTO_EXTENSION_RESOLUTION": "false",
        }
        run = RunFile(
            run_id=self.run_id,
            argv=tuple(argv),
            env=env,
            cwd=str(self.path),
            bearer=BEARER,
            planned_s=1.0,
            deadline_s=60.0,
            stop_grace_s=10.0,
            console_limit_bytes=1 << 20,
        )
        self.folder.write(run._replace(**changes))  # type: ignore[arg-type]

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dashboard.runner", str(self.path)]
        runner = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
        self.runners.append(runner)
        return runner

    def finish(self) -> ExitFile:
        """Start a runner and let it come to its end."""
        self.start()
        return self.ended()

    def ended(self) -> ExitFile:
        """exit.json, once the newest runner has left."""
        assert self.runners[-1].wait(30) == 0, self.folder.runner_log.read_text()
        return self.exit

    @property
    def exit(self) -> ExitFile:
        found = self.folder.read(ExitFile)
        assert found is not None
        return found

    @property
    def pid(self) -> PidFile:
        """pid.json, as soon as it is there."""
        wait_until(lambda: self.folder.has(PidFile))
        found = self.folder.read(PidFile)
        assert found is not None
        return found

    def kill_runner(self) -> None:
        self.runners[-1].kill()
        self.runners[-1].wait()

    def diary(self, event: str) -> list[dict[str, object]]:
        return read_diary(self.path, event)

    def numbers(self) -> list[int]:
        """The record numbers in all segments, in order of the segments."""
        return [record.number for record in self.records()]

    def records(self) -> list[segments.PushRecord]:
        found: list[segments.PushRecord] = []
        position = segments.LogPosition()
        while batch := segments.read_from(self.path, position, ended=True):
            if not batch.records:
                break
            found += batch.records
            position = batch.position
        return found

    def k6_pids(self) -> list[int]:
        """Everything that lives and was started with this run's tag, forked off or not."""
        return [identity.pid for identity in posix.find_all(f"run_id={self.run_id}")]

    def forked(self) -> list[posix.ProcessIdentity]:
        """Those of the fake's grandchildren that still live."""
        pids = [pid for entry in self.diary("forked") for pid in cast("list[int]", entry["pids"])]
        found = [identity for pid in pids if (identity := posix.identify(pid))]
        return [identity for identity in found if posix.is_alive(identity)]

    def sweep(self) -> None:
        for runner in self.runners:
            runner.kill()
            runner.wait()
        for identity in (*posix.find_all(f"run_id={self.run_id}"), *self.forked()):
            posix.send(identity, signal.SIGKILL)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    staged = Stage(tmp_path)
    try:
        yield staged
    finally:
        staged.sweep()

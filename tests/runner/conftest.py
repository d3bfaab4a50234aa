"""Run folders with a fake or a real k6, and runners as real processes, all of which are killed after each test."""

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

from dashboard.run_folder import push_log
from dashboard.run_folder.files import ExitFile, PidFile, RunFile, RunFolder
from dashboard.runner.processes import posix
from tests.fakes.fake_k6_factory import make_fake_k6, read_events


def wait_until(condition: Callable[[], object], *, within_s: float = 10.0) -> None:
    """Poll until the condition is true. `within_s` allows for a slow machine."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"the condition is still false after {within_s:g} s"
        time.sleep(0.01)


def seconds_between(start: str | None, end: str | None) -> float:
    assert start
    assert end
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


class RunnerHarness:
    """One run: its folder and the runners that a test starts for it."""

    def __init__(self, path: Path) -> None:
        self.run_id = f"test-{uuid.uuid4().hex[:12]}"
        self.bearer = uuid.uuid4().hex
        self.path = path / self.run_id
        self.path.mkdir(mode=0o700)
        self.folder = RunFolder(self.path)
        self.runners: list[subprocess.Popen[bytes]] = []

    def fake(self, behavior: str, **changes: object) -> None:
        """Write a run.json that starts the fake k6 with this behavior."""
        self.prepare(make_fake_k6(self.path.parent, behavior), "main.js", **changes)

    def prepare(self, k6: Path, script: str, **changes: object) -> None:
        argv = [str(k6), "run", "--quiet", "--no-color", "--log-format", "json", "--no-usage-report"]
        argv += ["--address", "127.0.0.1:@REST_PORT@", "--secret-source=file=default,filename=@SECRETS@"]
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
            bearer=self.bearer,
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
        """Start a runner and wait until it has exited."""
        self.start()
        return self.wait()

    def wait(self) -> ExitFile:
        """Wait until the newest runner has exited, and return exit.json."""
        assert self.runners[-1].wait(30) == 0, self.folder.runner_log.read_text()
        return self.exit

    @property
    def exit(self) -> ExitFile:
        exit_file = self.folder.read(ExitFile)
        assert exit_file is not None
        return exit_file

    @property
    def pid(self) -> PidFile:
        """pid.json, as soon as it exists."""
        wait_until(lambda: self.folder.has(PidFile))
        pid_file = self.folder.read(PidFile)
        assert pid_file is not None
        return pid_file

    def kill_runner(self) -> None:
        self.runners[-1].kill()
        self.runners[-1].wait()

    def k6_events(self, event: str) -> list[dict[str, object]]:
        return read_events(self.path, event)

    def record_numbers(self) -> list[int]:
        """Return the record numbers of all segments, in order."""
        return [record.number for record in self.records()]

    def records(self) -> list[push_log.PushRecord]:
        records: list[push_log.PushRecord] = []
        position = push_log.LogPosition()
        while batch := push_log.read_from(self.path, position, ended=True):
            if not batch.records:
                break
            records += batch.records
            position = batch.position
        return records

    def k6_pids(self) -> list[int]:
        """Return all living processes with this run's tag in their command line, forks included."""
        return [identity.pid for identity in posix.find_all(f"run_id={self.run_id}")]

    def living_grandchildren(self) -> list[posix.ProcessIdentity]:
        """Return the grandchildren of the fake k6 that are still alive."""
        pids = [pid for entry in self.k6_events("forked") for pid in cast("list[int]", entry["pids"])]
        identities = [identity for pid in pids if (identity := posix.identify(pid))]
        return [identity for identity in identities if posix.is_alive(identity)]

    def kill_all(self) -> None:
        for runner in self.runners:
            runner.kill()
            runner.wait()
        for identity in (*posix.find_all(f"run_id={self.run_id}"), *self.living_grandchildren()):
            posix.send(identity, signal.SIGKILL)


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[RunnerHarness]:
    new_harness = RunnerHarness(tmp_path)
    try:
        yield new_harness
    finally:
        new_harness.kill_all()

"""Runs the same load in two ways, with k6 alone and through the dashboard, and measures k6's CPU time."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psutil

from bench.server import BenchError, BenchServer, cpu_s
from dashboard.run_folder.files import ExitFile, PidFile, RunFolder, RunnerFile
from tests.support.stream_lag import listening

POLL_INTERVAL_S = 0.05
WAIT_TIMEOUT_S = 60.0
EXCLUDED_EDGE_S = 1.0
RATE_PER_USER = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLoad:
    """The load of both runs. `target` is the address of the compiled target."""

    rate: int
    seconds: int
    target: str
    script: Path
    endpoints: Path

    @property
    def planned(self) -> int:
        """The planned number of requests."""
        return self.rate * self.seconds

    @property
    def users(self) -> int:
        """The number of users: one per 100 requests/s."""
        return self.rate // RATE_PER_USER


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCost:
    """One run: requests that reached the target, dropped iterations, and k6's CPU time."""

    received: int
    dropped: int
    k6_cpu_s: float

    @property
    def cpu_per_request(self) -> float:
        """k6's CPU seconds per request."""
        return self.k6_cpu_s / max(1, self.received)


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardUsage:
    """CPU seconds of the dashboard during a run.

    server_middle_s, runner_middle_s: in the middle part of the run, which takes `middle_s`
    whole_cpu_s: of server and runner together, in the whole run, which takes `whole_s`
    """

    middle_s: float
    server_middle_s: float
    runner_middle_s: float
    whole_s: float
    whole_cpu_s: float


def run_bare(k6: Path, load: RateLoad, folder: Path) -> RunCost:
    """Run k6 without the dashboard."""
    summary = folder / "bare-summary.json"
    argv = [str(k6), "run", "--quiet", "--no-color", "--no-usage-report", "--include-system-env-vars=false"]
    argv += ["--address", f"127.0.0.1:{free_port()}", "--summary-export", str(summary)]
    variables = {"BASE_URL": load.target, "VUS": load.users, "DURATION": f"{load.seconds}s"}
    for name, value in {**variables, "ENDPOINTS_FILE": load.endpoints}.items():
        argv += ["-e", f"{name}={value}"]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder)}
    environment["K6_AUTO_EXTENSION_RESOLUTION"] = "false"
    with request_counter(load.target) as received, (folder / "bare.log").open("wb") as log:
        process = subprocess.Popen(
            [*argv, str(load.script)], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        cpu = wait_and_get_cpu_s(process)
    if process.returncode != 0:
        output = (folder / "bare.log").read_text(errors="replace")[-1000:]
        raise BenchError(f"k6 exited with {process.returncode}: {output}")
    metrics = json.loads(summary.read_bytes())["metrics"]
    dropped = int(metrics.get("dropped_iterations", {}).get("count", 0))
    return RunCost(received=received(), dropped=dropped, k6_cpu_s=cpu)


def run_with_dashboard(server: BenchServer, runs: Path, load: RateLoad) -> tuple[RunCost, DashboardUsage]:
    """Run the same load through the dashboard, with one stream client. Raises BenchError."""
    with request_counter(load.target) as received:
        before_s, before = time.monotonic(), server.cpu_s()
        body = {"profile": "smoke", "base_url": load.target}
        body |= {"vus": load.users, "duration": f"{load.seconds}s"}  # type: ignore[dict-item]
        run_id = str(server.post("/run/start", body)["run_id"])
        folder = RunFolder(runs / run_id)
        try:
            with listening(server.url, run_id):
                readings = _watch(server, folder, load.seconds)
                record = final_record(server, run_id)
        except BaseException:
            with suppress(BenchError):
                server.post("/run/stop", {"run_id": run_id})
            raise
    ended = folder.read(ExitFile)
    if ended is None or ended.cpu_s is None or record["status"] != "finished":
        raise BenchError(f"the run is {record['status']}: {record['exit_reason']}")
    cost = RunCost(received=received(), dropped=record["dropped_iterations"] or 0, k6_cpu_s=ended.cpu_s)
    first, last, runner_cpu = readings
    watched = DashboardUsage(
        middle_s=last.at_s - first.at_s,
        server_middle_s=last.server_s - first.server_s,
        runner_middle_s=last.runner_s - first.runner_s,
        whole_s=time.monotonic() - before_s,
        whole_cpu_s=server.cpu_s() - before + runner_cpu,
    )
    return cost, watched


@dataclass(frozen=True, slots=True)
class _CpuReading:
    at_s: float
    server_s: float
    runner_s: float


def _watch(server: BenchServer, folder: RunFolder, seconds: int) -> tuple[_CpuReading, _CpuReading, float]:
    """Return CPU times one second after k6's start and one second before its planned end, and the runner's total.

    k6 pushes every 2 s. If `seconds` is even, the number of pushes between the two moments is the same in every run.
    """
    pid = wait_for(lambda: folder.read(PidFile), "k6 did not start")
    identity = wait_for(lambda: folder.read(RunnerFile), "the runner did not start")
    runner = psutil.Process(identity.pid)
    started_s = time.monotonic() - (time.time() - pid.started_ms / 1000)
    readings: list[_CpuReading] = []
    used = 0.0
    deadline = time.monotonic() + seconds + WAIT_TIMEOUT_S
    while not folder.path_of(ExitFile).exists():
        if time.monotonic() > deadline:
            raise BenchError("the run did not stop")
        with suppress(psutil.NoSuchProcess):
            used = cpu_s(runner)
        due = started_s + (EXCLUDED_EDGE_S if not readings else seconds - EXCLUDED_EDGE_S)
        if len(readings) < 2 and time.monotonic() >= due:
            readings.append(_CpuReading(time.monotonic(), server.cpu_s(), used))
        time.sleep(POLL_INTERVAL_S)
    if len(readings) < 2:
        raise BenchError("k6 exited too early")
    return readings[0], readings[1], used


def final_record(server: BenchServer, run_id: str) -> Any:
    """Wait until the run has ended and return its record. Raises BenchError after WAIT_TIMEOUT_S."""

    def ended() -> Any:
        record = server.json(f"/runs/{run_id}")["run"]
        return record if record["ended_at"] else None

    return wait_for(ended, "the record was not finished in time")


def wait_for(read: Callable[[], Any], failure: str) -> Any:
    """Call `read` until it returns a value other than None. Raises BenchError(failure) after WAIT_TIMEOUT_S."""
    deadline = time.monotonic() + WAIT_TIMEOUT_S
    while time.monotonic() < deadline:
        value = read()
        if value is not None:
            return value
        time.sleep(POLL_INTERVAL_S)
    raise BenchError(failure)


@contextmanager
def request_counter(target: str) -> Iterator[Callable[[], int]]:
    """Reset the target's counters. The yielded function returns the number of received requests."""
    with urlopen(Request(f"{target}/_counters/reset", method="POST"), timeout=WAIT_TIMEOUT_S):  # noqa: S310
        pass

    def received() -> int:
        with urlopen(f"{target}/_counters", timeout=WAIT_TIMEOUT_S) as response:  # noqa: S310
            return int(json.loads(response.read())["received"])

    yield received


def free_port() -> int:
    """Return a port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_and_get_cpu_s(process: subprocess.Popen[bytes]) -> float:
    """Wait until the process exits and return the CPU seconds that it used."""
    try:
        _, status, used = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        process.wait()
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime

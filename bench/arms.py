"""The two ways to run the same load: k6 alone, and k6 through the dashboard. Both say what it cost k6."""

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

from bench.lag import hearing
from bench.server import BenchError, Served, cpu_s
from dashboard.run_folder.files import ExitFile, PidFile, RunFolder, RunnerFile

LOOK_EVERY_S = 0.05
PATIENCE_S = 60.0
EDGE_S = 1.0
REQUESTS_PER_USER = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is asked of k6, in both arms alike; `target` is the compiled one's address."""

    rate: int
    seconds: int
    target: str
    script: Path
    endpoints: Path

    @property
    def planned(self) -> int:
        """Requests that the target should get."""
        return self.rate * self.seconds

    @property
    def users(self) -> int:
        """Each stands for a hundred requests a second."""
        return self.rate // REQUESTS_PER_USER


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One run: what reached the target, what k6 did not manage and used."""

    received: int
    dropped: int
    k6_cpu_s: float

    @property
    def cpu_per_request(self) -> float:
        """k6's CPU seconds for each request."""
        return self.k6_cpu_s / max(1, self.received)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The dashboard's own use of CPU during a run: in the middle of it for `middle_s`, and in all."""

    middle_s: float
    server_middle_s: float
    runner_middle_s: float
    whole_s: float
    whole_cpu_s: float


def run_bare(k6: Path, load: Load, folder: Path) -> Arm:
    """k6 as anybody would start it."""
    summary = folder / "bare-summary.json"
    argv = [str(k6), "run", "--quiet", "--no-color", "--no-usage-report", "--include-system-env-vars=false"]
    argv += ["--address", f"127.0.0.1:{free_port()}", "--summary-export", str(summary)]
    seen = {"BASE_URL": load.target, "VUS": load.users, "DURATION": f"{load.seconds}s"}
    for name, value in {**seen, "ENDPOINTS_FILE": load.endpoints}.items():
        argv += ["-e", f"{name}={value}"]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder)}
    environment["K6_AUTO_EXTENSION_RESOLUTION"] = "false"
    with counted(load.target) as received, (folder / "bare.log").open("wb") as log:
        process = subprocess.Popen(
            [*argv, str(load.script)], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        cpu = reaped_cpu_s(process)
    if process.returncode != 0:
        said = (folder / "bare.log").read_text(errors="replace")[-1000:]
        raise BenchError(f"k6 ended with {process.returncode}: {said}")
    metrics = json.loads(summary.read_bytes())["metrics"]
    dropped = int(metrics.get("dropped_iterations", {}).get("count", 0))
    return Arm(received=received(), dropped=dropped, k6_cpu_s=cpu)


def run_watched(served: Served, runs: Path, load: Load) -> tuple[Arm, Watched]:
    """The same through the dashboard, with a page listening. Raises BenchError."""
    with counted(load.target) as received:
        before_s, before = time.monotonic(), served.cpu_s()
        wish = {"profile": "smoke", "base_url": load.target}
        wish |= {"vus": load.users, "duration": f"{load.seconds}s"}  # type: ignore[dict-item]
        run_id = str(served.post("/run/start", wish)["run_id"])
        folder = RunFolder(runs / run_id)
        try:
            with hearing(served.url, run_id):
                marks = _watch(served, folder, load.seconds)
                record = _final_record(served, run_id)
        except BaseException:
            with suppress(BenchError):
                served.post("/run/stop", {"run_id": run_id})
            raise
    ended = folder.read(ExitFile)
    if ended is None or ended.cpu_s is None or record["status"] != "finished":
        raise BenchError(f"the run is {record['status']}: {record['exit_reason']}")
    arm = Arm(received=received(), dropped=record["dropped_iterations"] or 0, k6_cpu_s=ended.cpu_s)
    first, last, runner_cpu = marks
    watched = Watched(
        middle_s=last.at_s - first.at_s,
        server_middle_s=last.server_s - first.server_s,
        runner_middle_s=last.runner_s - first.runner_s,
        whole_s=time.monotonic() - before_s,
        whole_cpu_s=served.cpu_s() - before + runner_cpu,
    )
    return arm, watched


@dataclass(frozen=True, slots=True)
class _Mark:
    at_s: float
    server_s: float
    runner_s: float


def _watch(served: Served, folder: RunFolder, seconds: int) -> tuple[_Mark, _Mark, float]:
    """CPU one second after k6's start and one before its planned end, and all that the runner used.

    With pushes every 2 s the time in between holds the same number of them in each run of even length.
    """
    pid = _awaited(lambda: folder.read(PidFile), "k6 was not started")
    identity = _awaited(lambda: folder.read(RunnerFile), "the runner did not start")
    runner = psutil.Process(identity.pid)
    started_s = time.monotonic() - (time.time() - pid.started_ms / 1000)
    marks: list[_Mark] = []
    used = 0.0
    deadline = time.monotonic() + seconds + PATIENCE_S
    while not folder.path_of(ExitFile).exists():
        if time.monotonic() > deadline:
            raise BenchError("the run did not end")
        with suppress(psutil.NoSuchProcess):
            used = cpu_s(runner)
        due = started_s + (EDGE_S if not marks else seconds - EDGE_S)
        if len(marks) < 2 and time.monotonic() >= due:
            marks.append(_Mark(time.monotonic(), served.cpu_s(), used))
        time.sleep(LOOK_EVERY_S)
    if len(marks) < 2:
        raise BenchError("k6 ended too early")
    return marks[0], marks[1], used


def _final_record(served: Served, run_id: str) -> Any:
    def ended() -> Any:
        record = served.json(f"/runs/{run_id}")["run"]
        return record if record["ended_at"] else None

    return _awaited(ended, "the record was not finished")


def _awaited(look: Callable[[], Any], otherwise: str) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = look()
        if found is not None:
            return found
        time.sleep(LOOK_EVERY_S)
    raise BenchError(otherwise)


@contextmanager
def counted(target: str) -> Iterator[Callable[[], int]]:
    """The target counts from nothing; what is yielded tells how many requests reached it."""
    with urlopen(Request(f"{target}/_counters/reset", method="POST"), timeout=PATIENCE_S):  # noqa: S310
        pass

    def received() -> int:
        with urlopen(f"{target}/_counters", timeout=PATIENCE_S) as answer:  # noqa: S310
            return int(json.loads(answer.read())["received"])

    yield received


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def reaped_cpu_s(process: subprocess.Popen[bytes]) -> float:
    """Wait for the end; the CPU that the system says the process has used."""
    try:
        _, status, used = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        process.wait()
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime

"""CPU and memory of the runner: while idle, and per push."""

import http.client
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.context import BenchContext
from bench.paired_runs import WAIT_TIMEOUT_S
from bench.pushes import SyntheticRun
from bench.server import BenchError, cpu_s
from bench.table import Row
from dashboard.run_folder.files import PidFile, RunFile, RunFolder, RunnerFile, StopFile
from dashboard.runs.start.launcher import Launcher
from dashboard.settings import ROOT

MAX_IDLE_CPU_PERCENT = 1.0
MAX_PUSH_CPU_MS = 10.0
BEARER = "bench"
POLL_INTERVAL_S = 0.02
SLEEP_SCRIPT = "import time; time.sleep(3600)"  # replaces k6 and pushes nothing


def measure_runner(bench: BenchContext) -> list[Row]:
    """Measure the CPU while idle, and per push of several sizes."""
    with _running_runner(bench.folder) as (process, port):
        before = cpu_s(process)
        time.sleep(bench.scale.idle_s)
        idle = (cpu_s(process) - before) / bench.scale.idle_s * 100
        rows = [_row(process, port, operations, bench) for operations in bench.scale.op_counts]
        memory_mib = process.memory_info().rss / 2**20
    detail = f"over {bench.scale.idle_s:g} s; memory at the end {memory_mib:.0f} MiB"
    return [
        Row(name="runner, idle", value=idle, unit="% of a core", at_most=MAX_IDLE_CPU_PERCENT, detail=detail),
        *rows,
    ]


def _row(process: psutil.Process, port: int, operations: int, bench: BenchContext) -> Row:
    run = SyntheticRun(operations, 2, started_ms=0, interval_ms=2_000)
    body = next(iter(run))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_TIMEOUT_S)
    try:
        _post(connection, body)
        before = cpu_s(process)
        for _ in range(bench.scale.posts):
            _post(connection, body)
        each_ms = (cpu_s(process) - before) * 1000 / bench.scale.posts
    finally:
        connection.close()
    return Row(
        name=f"runner, a push with {operations:,} operations",
        value=each_ms,
        unit="ms CPU",
        at_most=MAX_PUSH_CPU_MS,
        detail=f"mean of {bench.scale.posts}, each written to disk; {len(body) / 1000:,.0f} kB",
    )


def _post(connection: http.client.HTTPConnection, body: bytes) -> None:
    connection.request("POST", "/push", body, {"Authorization": f"Bearer {BEARER}"})
    response = connection.getresponse()
    response.read()
    if response.status != 204:
        raise BenchError(f"the runner responded with {response.status} to a push")


@contextmanager
def _running_runner(path: Path) -> Iterator[tuple[psutil.Process, int]]:
    """Run a real runner with a substitute for k6. Yield its process and its port."""
    launcher = Launcher(path, ROOT)
    folder = launcher.make_folder("20261121-101500-abcdefgh", {})
    folder.write(
        RunFile(
            run_id=folder.path.name,
            argv=(sys.executable, "-c", SLEEP_SCRIPT),
            env={},
            cwd=str(folder.path),
            bearer=BEARER,
            planned_s=3600.0,
            deadline_s=3600.0,
            stop_grace_s=5.0,
            console_limit_bytes=1 << 20,
        )
    )
    pid = launcher.start_runner(folder)
    try:
        yield psutil.Process(pid), _port(folder)
    finally:
        folder.write(StopFile(requested_at="", reason="measured"))
        os.waitpid(pid, 0)


def _port(folder: RunFolder) -> int:
    deadline = time.monotonic() + WAIT_TIMEOUT_S
    while time.monotonic() < deadline:
        started = folder.read(RunnerFile) if folder.read(PidFile) else None
        if started is not None:
            return started.receiver_port
        time.sleep(POLL_INTERVAL_S)
    raise BenchError("the runner did not start")

"""The time of a warm start: from `bin/dashboard`, including the check of the setup, to a response of /health."""

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

from bench.context import BenchContext
from bench.paired_runs import free_port
from bench.server import (
    POLL_INTERVAL_S,
    START_TIMEOUT_S,
    BenchError,
    BenchServer,
    default_environment,
    stop_process,
)
from bench.table import Row
from dashboard.settings import ROOT
from dashboard.setup.checkout import Checkout
from dashboard.setup.steps import steps_to_serve

MAX_START_S = 1.0
SHOWN_PACKAGES = 10
COMMAND = (sys.executable, str(ROOT / "bin" / "dashboard"), "serve")


def measure_start(bench: BenchContext) -> list[Row]:
    """Measure seconds from the command to the response, the number of imported modules, and the slowest imports."""
    checkout = Checkout(ROOT, default_environment())
    ready = all(step.is_done() for step in steps_to_serve(checkout))
    command = COMMAND if ready else (*COMMAND, "--no-setup")
    _start_once(bench, command, "first")  # warms the file cache
    found = [_start_once(bench, command, f"start-{number}") for number in range(bench.scale.starts)]
    seconds = sorted(times for times, _ in found)
    listed = ", ".join(f"{name} {ms:.0f}" for name, ms in _slowest_imports(bench))
    return [
        Row(
            name="bin/dashboard to the first response of /health",
            value=median(seconds),
            unit="s",
            at_most=MAX_START_S,
            detail=f"median of {len(seconds)}; from {seconds[0]:.2f} to {seconds[-1]:.2f}"
            + ("" if ready else "; without the check of the setup, which is incomplete here"),
        ),
        Row(
            name="modules imported by then",
            value=found[0][1],
            detail=f"the slowest packages, in ms: {listed}",
        ),
    ]


def _start_once(bench: BenchContext, command: tuple[str, ...], name: str) -> tuple[float, int]:
    """Start the dashboard. Return the seconds it took and the number of imported modules. Raises BenchError."""
    port = free_port()
    data_dir = bench.folder / name
    environment = default_environment(data_dir=data_dir, dashboard_port=port)
    with (bench.folder / f"{name}.log").open("wb") as log:
        before = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            health = _wait_for_health(process, port)
            return time.perf_counter() - before, int(health["modules_imported"])
        finally:
            stop_process(process)


def _wait_for_health(process: subprocess.Popen[bytes], port: int) -> dict[str, Any]:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        server = BenchServer(f"http://127.0.0.1:{port}", process.pid)
        try:
            return dict(server.json("/health"))
        except OSError:
            time.sleep(POLL_INTERVAL_S)
        finally:
            server.close()
    raise BenchError("bin/dashboard did not respond")


def _slowest_imports(bench: BenchContext) -> list[tuple[str, float]]:
    """Return the import time of each package in milliseconds, without the time of other packages that it imports."""
    log = bench.folder / "imports.log"
    environment = default_environment(data_dir=bench.folder / "imports", dashboard_port=0)
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-X", "importtime", "-m", "dashboard", "serve"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=file,
        )
        try:
            _wait_for(bench.folder / "imports" / "server.json")
        finally:
            stop_process(process)
    return package_costs(log.read_text(errors="replace"))[:SHOWN_PACKAGES]


def package_costs(report: str) -> list[tuple[str, float]]:
    """Sum Python's import time report by package, in milliseconds, slowest first."""
    costs: Counter[str] = Counter()
    for line in report.splitlines():
        own, _, rest = line.removeprefix("import time:").partition("|")
        if line.startswith("import time:") and own.strip().isdigit():
            costs[rest.rpartition("|")[2].strip().partition(".")[0]] += int(own)
    return [(name, us / 1000) for name, us in costs.most_common()]


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not path.exists():
        if time.monotonic() > deadline:
            raise BenchError("the dashboard did not start")
        time.sleep(POLL_INTERVAL_S)

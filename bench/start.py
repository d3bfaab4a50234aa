"""How long a warm start takes: `bin/dashboard`, its set-up's check included, to the first answer of /health."""

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

from bench.arms import free_port
from bench.bench import Bench
from bench.server import LOOK_EVERY_S, START_S, BenchError, Served, default_environment, end
from bench.table import Row
from dashboard.settings import ROOT
from dashboard.setup.checkout import Checkout
from dashboard.setup.steps import steps_to_serve

MOST_S = 1.0
SHOWN = 10
COMMAND = (sys.executable, str(ROOT / "bin" / "dashboard"), "serve")


def start(bench: Bench) -> list[Row]:
    """Seconds from the command to the answer; what was imported meanwhile, and what that cost."""
    checkout = Checkout(ROOT, default_environment())
    ready = all(step.is_done() for step in steps_to_serve(checkout))
    command = COMMAND if ready else (*COMMAND, "--no-setup")
    _start(bench, command, "first")  # brings files into the system's memory
    found = [_start(bench, command, f"start-{number}") for number in range(bench.scale.starts)]
    seconds = sorted(took for took, _ in found)
    listed = ", ".join(f"{name} {ms:.0f}" for name, ms in _costliest(bench))
    return [
        Row(
            name="bin/dashboard to the first answer of /health",
            value=median(seconds),
            unit="s",
            most=MOST_S,
            detail=f"median of {len(seconds)}; from {seconds[0]:.2f} to {seconds[-1]:.2f}"
            + ("" if ready else "; without the set-up's check, which has work to do here"),
        ),
        Row(name="modules imported by then", value=found[0][1], detail=f"the costliest, in ms: {listed}"),
    ]


def _start(bench: Bench, command: tuple[str, ...], name: str) -> tuple[float, int]:
    """Seconds and the number of modules. Raises BenchError."""
    port = free_port()
    data_dir = bench.folder / name
    environment = default_environment(data_dir=data_dir, dashboard_port=port)
    with (bench.folder / f"{name}.log").open("wb") as log:
        before = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            health = _first_answer(process, port)
            return time.perf_counter() - before, int(health["modules_imported"])
        finally:
            end(process)


def _first_answer(process: subprocess.Popen[bytes], port: int) -> dict[str, Any]:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        served = Served(f"http://127.0.0.1:{port}", process.pid)
        try:
            return dict(served.json("/health"))
        except OSError:
            time.sleep(LOOK_EVERY_S)
        finally:
            served.close()
    raise BenchError("bin/dashboard did not answer")


def _costliest(bench: Bench) -> list[tuple[str, float]]:
    """Milliseconds of import by package, its own and its parts' alone, not what they import in turn."""
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
            end(process)
    return package_costs(log.read_text(errors="replace"))[:SHOWN]


def package_costs(report: str) -> list[tuple[str, float]]:
    """Python's own report of imports, summed up by package in milliseconds, the costliest first."""
    spent: Counter[str] = Counter()
    for line in report.splitlines():
        own, _, rest = line.removeprefix("import time:").partition("|")
        if line.startswith("import time:") and own.strip().isdigit():
            spent[rest.rpartition("|")[2].strip().partition(".")[0]] += int(own)
    return [(name, us / 1000) for name, us in spent.most_common()]


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + START_S
    while not path.exists():
        if time.monotonic() > deadline:
            raise BenchError("the dashboard did not start")
        time.sleep(LOOK_EVERY_S)

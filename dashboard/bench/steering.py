"""What control costs k6: the same run with and without its channel, pair by pair, and a thousand parked users."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from dashboard.bench.arms import LOOK_EVERY_S, PATIENCE_S, counted
from dashboard.bench.bench import Bench
from dashboard.bench.calm import wait_for_calm
from dashboard.bench.server import BenchError, Served, serving
from dashboard.bench.table import Row
from dashboard.bench.target import TargetBuildError, build_target, go_program, start_target
from dashboard.runner.folder import ExitFile, PidFile, RunFolder
from dashboard.settings import ROOT

USERS = 20
PARKED = 1_000
PATH = "/op/0?delay_ms=10"
PARKED_S = 6.0
SETTLED_S = 4.0


def steering(bench: Bench) -> list[Row]:
    """k6's CPU per request with ÷ without the channel, and what parked users use."""
    go = go_program()
    if go is None:
        raise BenchError("the compiled target needs Go; bin/bench without --no-setup gets it")
    endpoints = bench.folder / "endpoints.json"
    endpoints.write_text(
        json.dumps({"endpoints": [{"name": "Op", "group": "g", "type": "rest", "path": PATH}]})
    )
    try:
        target = start_target(build_target(ROOT / ".tools" / "bench", go), bench.folder / "target.log")
    except TargetBuildError as error:
        raise BenchError(str(error)) from None
    try:
        with serving(bench.folder / "data", endpoints_file=endpoints) as served:
            return _measured(bench, served, target.url)
    finally:
        target.stop()


def _measured(bench: Bench, served: Served, target: str) -> list[Row]:
    runs = bench.folder / "data" / "runs"
    _cost(served, runs, target, 2, steerable=True)  # what is imported at the first run
    ratios = []
    for number in range(bench.scale.pairs):
        wait_for_calm(bench.scale.calm_s)
        order = (True, False) if number % 2 else (False, True)
        cost = {
            steerable: _cost(served, runs, target, bench.scale.pair_s, steerable=steerable)
            for steerable in order
        }
        ratios.append(cost[True] / cost[False])
        bench.say(f"pair {number + 1}: {cost[False] * 1e6:.0f} µs without, {cost[True] * 1e6:.0f} µs with")
    cores = _parked(served, runs, target)
    return [
        Row(
            name="k6's CPU per request, steerable ÷ not",
            value=median(ratios),
            most=1.05,
            detail=f"median of {len(ratios)} pairs, from {min(ratios):.2f} to {max(ratios):.2f}; {USERS} users",
        ),
        Row(name=f"k6 with {PARKED:,} parked users", value=cores * 100, unit="% of a core", most=50),
    ]


def _cost(served: Served, runs: Path, target: str, seconds: int, *, steerable: bool) -> float:
    """k6's CPU seconds for each request."""
    with counted(target) as received:
        wish = {"profile": "smoke", "base_url": target, "vus": USERS, "duration": f"{seconds}s"}
        run_id = str(served.post("/run/start", {**wish, "steerable": steerable})["run_id"])
        folder = RunFolder(runs / run_id)
        ended = _until(lambda: folder.read(ExitFile), "the run did not end", seconds)
        _until(lambda: served.json(f"/runs/{run_id}")["run"]["ended_at"], "the record was not finished")
        if ended.cpu_s is None or not received():
            raise BenchError("the run did nothing")
        return float(ended.cpu_s) / received()


def _parked(served: Served, runs: Path, target: str) -> float:
    """Share of a core that k6 uses while all its users are parked."""
    wish = {"profile": "soak", "base_url": target, "vus": PARKED, "duration": "10m", "steerable": True}
    run_id = str(served.post("/run/start", wish)["run_id"])
    served.post("/run/control", {"run_id": run_id, "paused": True})
    folder = RunFolder(runs / run_id)
    try:
        _until(
            lambda: served.json(f"/runs/{run_id}")["run"]["vus"] == PARKED or None, "the users did not come"
        )
        k6 = psutil.Process(_until(lambda: folder.read(PidFile), "k6 was not started").pid)
        time.sleep(SETTLED_S)
        before, began = k6.cpu_times(), time.monotonic()
        time.sleep(PARKED_S)
        after, seconds = k6.cpu_times(), time.monotonic() - began
        return float(after.user + after.system - before.user - before.system) / seconds
    finally:
        served.post("/run/stop", {"run_id": run_id, "now": True})
        _until(lambda: folder.read(ExitFile), "the run did not end")


def _until(look: Callable[[], Any], otherwise: str, more_s: float = 0.0) -> Any:
    deadline = time.monotonic() + PATIENCE_S + more_s
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(LOOK_EVERY_S)
    raise BenchError(otherwise)

"""What control and tokens cost k6: runs with and without them side by side, and a thousand idle users."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psutil

from bench.arms import LOOK_EVERY_S, PATIENCE_S
from bench.bench import Bench
from bench.beside import Load, Way, cpu_per_request
from bench.calm import wait_for_calm
from bench.generator import k6_program
from bench.server import BenchError, Served, serving
from bench.table import Row
from dashboard.run_folder.files import ExitFile, PidFile, RunFolder
from dashboard.settings import ROOT
from tests.support.target import TargetBuildError, build_target, go_program, start_target

MOST_RATIO = 1.05
USERS = 20
DELAY_MS = 20
PLAIN, CHANNEL, BOTH, FIXED = "without", "channel", "channel and tokens", "fixed token"
WAYS = {
    PLAIN: Way(),
    CHANNEL: Way(channel=True),
    BOTH: Way(channel=True, tokens=True),
    FIXED: Way(fixed_token=True),
}
IDLE_USERS = 1_000
PATH = "/op/0?delay_ms=10"
IDLE_S = 6.0
SETTLED_S = 4.0


def steering(bench: Bench) -> list[Row]:
    """k6's CPU per request with ÷ without channel and tokens, and what idle users use."""
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
    load = Load(k6=k6_program(), target=target, users=USERS, delay_ms=DELAY_MS, seconds=bench.scale.pair_s)
    costs = []
    for number in range(bench.scale.pairs):
        wait_for_calm(bench.scale.calm_s)
        costs.append(cpu_per_request(load, bench.folder / f"side-{number}", list(WAYS.values()), number))
        told = ", ".join(f"{name} {cost * 1e6:.0f} µs" for name, cost in zip(WAYS, costs[-1], strict=True))
        bench.say(f"round {number + 1}: {told}")
    cores = _idle_cpu(served, bench.folder / "data" / "runs", target)
    return [
        _row("k6's CPU per request, channel ÷ without", costs, CHANNEL, PLAIN, most=MOST_RATIO),
        _row("the same, channel and renewed token ÷ a fixed token", costs, BOTH, FIXED, most=MOST_RATIO),
        _row("the same, channel and renewed token ÷ no token", costs, BOTH, PLAIN, most=None),
        Row(name=f"k6 with {IDLE_USERS:,} idle users", value=cores * 100, unit="% of a core", most=50),
    ]


def _row(name: str, costs: list[list[float]], way: str, without: str, *, most: float | None) -> Row:
    """The median of the rounds' ratios: what stood beside it at the same moment is the measure."""
    one, other = list(WAYS).index(way), list(WAYS).index(without)
    ratios = [cost[one] / cost[other] for cost in costs]
    low, _, high = quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    micros = [median(cost[index] for cost in costs) * 1e6 for index in (one, other)]
    return Row(
        name=name,
        value=median(ratios),
        most=most,
        detail=f"median of {len(costs)} rounds side by side; quartiles {low:.3f} and {high:.3f}; "
        f"{micros[0]:.0f} µs, {micros[1]:.0f} µs without; {USERS} users, {DELAY_MS} ms; no start in it",
    )


def _idle_cpu(served: Served, runs: Path, target: str) -> float:
    """Share of a core that k6 uses while all its users are idle."""
    body = {"profile": "soak", "base_url": target, "vus": IDLE_USERS, "duration": "10m", "steerable": True}
    run_id = str(served.post("/run/start", body)["run_id"])
    served.post("/run/control", {"run_id": run_id, "paused": True})
    folder = RunFolder(runs / run_id)
    try:
        _until(
            lambda: served.json(f"/runs/{run_id}")["run"]["vus"] == IDLE_USERS or None, "the users did not come"
        )
        k6 = psutil.Process(_until(lambda: folder.read(PidFile), "k6 was not started").pid)
        time.sleep(SETTLED_S)
        before, began = k6.cpu_times(), time.monotonic()
        time.sleep(IDLE_S)
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

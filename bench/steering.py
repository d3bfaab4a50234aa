"""k6's CPU per request with and without control channel and tokens, and the CPU of a thousand idle users."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psutil

from bench.compiled_target import compiled_target
from bench.context import BenchContext
from bench.generator import k6_path
from bench.paired_runs import POLL_INTERVAL_S, WAIT_TIMEOUT_S
from bench.parallel_runs import RunVariant, UserLoad, cpu_per_request
from bench.quiet import wait_until_quiet
from bench.server import BenchError, BenchServer, running_server
from bench.table import Row
from dashboard.run_folder.files import ExitFile, PidFile, RunFolder

MAX_CPU_RATIO = 1.05
USERS = 20
DELAY_MS = 20
PLAIN, CHANNEL, BOTH, FIXED = "without", "channel", "channel and tokens", "fixed token"
VARIANTS = {
    PLAIN: RunVariant(),
    CHANNEL: RunVariant(channel=True),
    BOTH: RunVariant(channel=True, tokens=True),
    FIXED: RunVariant(fixed_token=True),
}
IDLE_USERS = 1_000
ENDPOINT_PATH = "/op/0?delay_ms=10"
IDLE_OBSERVATION_S = 6.0
IDLE_SETTLE_S = 4.0


def measure_steering(bench: BenchContext) -> list[Row]:
    """Measure ratios of k6's CPU per request with and without channel and tokens, and the CPU of idle users."""
    endpoints = bench.folder / "endpoints.json"
    endpoints.write_text(
        json.dumps({"endpoints": [{"name": "Op", "group": "g", "type": "rest", "path": ENDPOINT_PATH}]})
    )
    with (
        compiled_target(bench) as target,
        running_server(bench.folder / "data", endpoints_file=endpoints) as server,
    ):
        return _measure_rounds(bench, server, target)


def _measure_rounds(bench: BenchContext, server: BenchServer, target: str) -> list[Row]:
    load = UserLoad(k6=k6_path(), target=target, users=USERS, delay_ms=DELAY_MS, seconds=bench.scale.pair_s)
    costs = []
    for number in range(bench.scale.pairs):
        wait_until_quiet(bench.scale.quiet_wait_s)
        costs.append(cpu_per_request(load, bench.folder / f"side-{number}", list(VARIANTS.values()), number))
        result = ", ".join(
            f"{name} {cost * 1e6:.0f} µs" for name, cost in zip(VARIANTS, costs[-1], strict=True)
        )
        bench.log(f"round {number + 1}: {result}")
    cores = _measure_idle_cpu(server, bench.folder / "data" / "runs", target)
    return [
        _row("k6's CPU per request, with ÷ without channel", costs, CHANNEL, PLAIN, at_most=MAX_CPU_RATIO),
        _row(
            "the same, channel and renewed token ÷ a fixed token", costs, BOTH, FIXED, at_most=MAX_CPU_RATIO
        ),
        _row("the same, channel and renewed token ÷ no token", costs, BOTH, PLAIN, at_most=None),
        Row(name=f"k6 with {IDLE_USERS:,} idle users", value=cores * 100, unit="% of a core", at_most=50),
    ]


def _row(name: str, costs: list[list[float]], variant: str, reference: str, *, at_most: float | None) -> Row:
    """Return a row with the median ratio of all rounds. Both sides of a ratio ran at the same time."""
    one, other = list(VARIANTS).index(variant), list(VARIANTS).index(reference)
    ratios = [cost[one] / cost[other] for cost in costs]
    low, _, high = quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    micros = [median(cost[index] for cost in costs) * 1e6 for index in (one, other)]
    return Row(
        name=name,
        value=median(ratios),
        at_most=at_most,
        detail=f"median of {len(costs)} rounds side by side; quartiles {low:.3f} and {high:.3f}; "
        f"{micros[0]:.0f} µs, {micros[1]:.0f} µs for the reference; {USERS} users, {DELAY_MS} ms; starts not included",
    )


def _measure_idle_cpu(server: BenchServer, runs: Path, target: str) -> float:
    """Measure the share of a core that k6 uses while all its users are idle."""
    body = {"profile": "soak", "base_url": target, "vus": IDLE_USERS, "duration": "10m", "steerable": True}
    run_id = str(server.post("/run/start", body)["run_id"])
    server.post("/run/control", {"run_id": run_id, "paused": True})
    folder = RunFolder(runs / run_id)
    try:
        _wait_for(
            lambda: server.json(f"/runs/{run_id}")["run"]["vus"] == IDLE_USERS or None,
            "the users did not start",
        )
        k6 = psutil.Process(_wait_for(lambda: folder.read(PidFile), "k6 did not start").pid)
        time.sleep(IDLE_SETTLE_S)
        before, began = k6.cpu_times(), time.monotonic()
        time.sleep(IDLE_OBSERVATION_S)
        after, seconds = k6.cpu_times(), time.monotonic() - began
        return float(after.user + after.system - before.user - before.system) / seconds
    finally:
        server.post("/run/stop", {"run_id": run_id, "now": True})
        _wait_for(lambda: folder.read(ExitFile), "the run did not stop")


def _wait_for(read: Callable[[], Any], failure: str) -> Any:
    deadline = time.monotonic() + WAIT_TIMEOUT_S
    while time.monotonic() < deadline:
        value = read()
        if value:
            return value
        time.sleep(POLL_INTERVAL_S)
    raise BenchError(failure)

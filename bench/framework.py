"""What the test framework costs k6: its CPU per request with checks and templates, against a bare loop of the same."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench.arms import counted, reaped_cpu_s
from bench.bench import Bench
from bench.calm import wait_for_calm
from bench.generator import k6_program
from bench.server import BenchError
from bench.table import Row
from dashboard.engine.command import gc_environment
from dashboard.settings import ROOT
from tests.support.target import TargetBuildError, build_target, go_program, start_target

MOST_RATIO = 1.25
USERS = 10


@dataclass(frozen=True, slots=True)
class Arm:
    """A script and what of k6's environment the dashboard adds to it."""

    name: str
    script: Path
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)


BARE, FRAMEWORK = ROOT / "bench" / "bare.js", ROOT / "k6" / "main.js"
# as anybody starts it; the same with the dashboard's setting; as the dashboard starts it
ARMS = (
    Arm("bare", BARE),
    Arm("bare with room", BARE, gc_environment(USERS)),
    Arm("framework", FRAMEWORK, gc_environment(USERS)),
)
# One operation each, of which the framework takes endpoints.json and the bare loop a few lines of its own.
ENDPOINTS: Mapping[str, Mapping[str, Any]] = {
    "static": {"method": "GET", "path": "/op/1"},
    "templated": {
        "method": "POST",
        "path": "/op/1?page=${randomInt(1,1000)}",
        "body_template": {"id": "${uuid}", "at": "${timestamp}", "number": "${randomInt(1,1000)}"},
    },
}
ALWAYS = {"name": "Operation", "group": "g", "checks": {"status": 200, "max_duration_ms": 10_000}}


def framework(bench: Bench) -> list[Row]:
    """The ratio for a request that never changes, and for one with templates in path and body."""
    k6, go = k6_program(), go_program()
    if go is None:
        raise BenchError("the compiled target needs Go; bin/bench without --no-setup gets it")
    try:
        target = start_target(build_target(ROOT / ".tools" / "bench", go), bench.folder / "target.log")
    except TargetBuildError as error:
        raise BenchError(str(error)) from None
    try:
        return [_row(bench, k6, target.url, kind) for kind in ENDPOINTS]
    finally:
        target.stop()


def _row(bench: Bench, k6: Path, target: str, kind: str) -> Row:
    """Pairs, every other one the other way round: the machine's mood changes in minutes."""
    requests, rounds = bench.scale.framework_requests, []
    for number in range(bench.scale.framework_pairs):
        wait_for_calm(bench.scale.calm_s)
        order = ARMS if number % 2 == 0 else ARMS[::-1]
        each = {arm: _per_request(bench, k6, target, kind, arm) for arm in order}
        rounds.append([each[arm] for arm in ARMS])
        said = ", ".join(f"{arm.name} {each[arm] * 1e6:.0f} µs" for arm in ARMS)
        bench.say(f"{kind} {number + 1}: {said}")
    ratios = [full / bare for bare, _, full in rounds]
    low, _, high = quantiles(ratios, n=4) if len(ratios) > 1 else (ratios[0],) * 3
    bare, _, full = (median(arm) * 1e6 for arm in zip(*rounds, strict=True))
    alike = median(full / bare for _, bare, full in rounds)
    return Row(
        name=f"k6's CPU per request, framework ÷ bare, {kind}",
        value=median(ratios),
        most=MOST_RATIO,
        detail=f"median of {len(ratios)} rounds of {requests:,} requests; quartiles {low:.2f} and {high:.2f}; "
        f"{bare:.0f} µs bare, {full:.0f} µs with two checks; {alike:.2f} against a bare loop with as much room "
        "for the collector; starting and ending not counted",
    )


def _per_request(bench: Bench, k6: Path, target: str, kind: str, arm: Arm) -> float:
    """Seconds of CPU for each request: what a long run used more than a very short one beside it."""
    requests = bench.scale.framework_requests
    short = k6_cpu_s(bench, k6, target, kind, arm, USERS)
    return (k6_cpu_s(bench, k6, target, kind, arm, requests) - short) / (requests - USERS)


def k6_cpu_s(bench: Bench, k6: Path, target: str, kind: str, arm: Arm, requests: int) -> float:
    """Seconds of CPU that k6 used for a run of so many requests. Raises BenchError."""
    load = {"executor": "shared-iterations", "vus": USERS, "iterations": requests, "maxDuration": "10m"}
    endpoints = bench.folder / f"{kind}.json"
    endpoints.write_text(json.dumps({"endpoints": [{**ALWAYS, **ENDPOINTS[kind]}]}))
    seen = {
        "BASE_URL": target,
        "LOAD_PROFILE": "custom",
        "SCENARIOS": json.dumps({"load": load}),
        "REQUEST": kind,
        "ENDPOINTS_FILE": endpoints,
        "CHECKS": "trend",
        "SAMPLES": "failures",
    }
    argv = [str(k6), "run", "--quiet", "--no-usage-report", "--no-thresholds", "--summary-mode=disabled"]
    argv += ["--include-system-env-vars=false", *(f"-e{name}={value}" for name, value in seen.items())]
    environment = {"HOME": str(bench.folder), "K6_AUTO_EXTENSION_RESOLUTION": "false", **arm.environment}
    environment["PATH"] = os.environ.get("PATH", os.defpath)
    said = bench.folder / "k6.log"
    with counted(target) as received, said.open("wb") as log:
        process = subprocess.Popen([*argv, str(arm.script)], env=environment, stdout=log, stderr=log)
        cpu_s = reaped_cpu_s(process)
        if process.returncode != 0 or received() != requests:
            words = said.read_text(errors="replace")[-1000:]
            raise BenchError(f"k6 ended with {process.returncode} after {received()} requests: {words}")
    return cpu_s

"""k6's CPU per request in the test framework, including checks and templates, compared with a bare loop."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench.compiled_target import compiled_target
from bench.context import BenchContext
from bench.generator import k6_path
from bench.paired_runs import request_counter, wait_and_get_cpu_s
from bench.quiet import wait_until_quiet
from bench.server import BenchError
from bench.table import Row
from dashboard.engine.command import gc_environment
from dashboard.settings import ROOT

MAX_CPU_RATIO = 1.25
USERS = 10


@dataclass(frozen=True, slots=True)
class Variant:
    """A script, and the environment variables that the dashboard adds."""

    name: str
    script: Path
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)


BARE, FRAMEWORK = ROOT / "bench" / "bare.js", ROOT / "k6" / "main.js"
# In order: a bare loop with k6's defaults; the same loop with the dashboard's garbage collection settings; the
# framework as the dashboard starts it.
VARIANTS = (
    Variant("bare", BARE),
    Variant("bare, same GC", BARE, gc_environment(USERS)),
    Variant("framework", FRAMEWORK, gc_environment(USERS)),
)
# One operation of each kind. The framework reads it from endpoints.json; bare.js contains the same request as code.
ENDPOINTS: Mapping[str, Mapping[str, Any]] = {
    "static": {"method": "GET", "path": "/op/1"},
    "templated": {
        "method": "POST",
        "path": "/op/1?page=${randomInt(1,1000)}",
        "body_template": {"id": "${uuid}", "at": "${timestamp}", "number": "${randomInt(1,1000)}"},
    },
}
ENDPOINT = {"name": "Operation", "group": "g", "checks": {"status": 200, "max_duration_ms": 10_000}}


def measure_framework(bench: BenchContext) -> list[Row]:
    """Measure the CPU ratio of framework to bare loop for a constant request, and for one with templates."""
    k6 = k6_path()
    with compiled_target(bench) as target:
        return [_row(bench, k6, target, kind) for kind in ENDPOINTS]


def _row(bench: BenchContext, k6: Path, target: str, kind: str) -> Row:
    """Measure all variants in each round. Their order alternates, because the machine's speed drifts within minutes."""
    requests, rounds = bench.scale.framework_requests, []
    for number in range(bench.scale.framework_pairs):
        wait_until_quiet(bench.scale.quiet_wait_s)
        order = VARIANTS if number % 2 == 0 else VARIANTS[::-1]
        each = {variant: _per_request(bench, k6, target, kind, variant) for variant in order}
        rounds.append([each[variant] for variant in VARIANTS])
        output = ", ".join(f"{variant.name} {each[variant] * 1e6:.0f} µs" for variant in VARIANTS)
        bench.log(f"{kind} {number + 1}: {output}")
    ratios = [full / bare for bare, _, full in rounds]
    low, _, high = quantiles(ratios, n=4) if len(ratios) > 1 else (ratios[0],) * 3
    bare, _, full = (median(variant) * 1e6 for variant in zip(*rounds, strict=True))
    same_gc_ratio = median(full / bare for _, bare, full in rounds)
    return Row(
        name=f"k6's CPU per request, framework ÷ bare, {kind}",
        value=median(ratios),
        at_most=MAX_CPU_RATIO,
        detail=f"median of {len(ratios)} rounds of {requests:,} requests; quartiles {low:.2f} and {high:.2f}; "
        f"{bare:.0f} µs bare, {full:.0f} µs with two checks; {same_gc_ratio:.2f} against a bare loop with the same "
        "garbage collection settings; the start and the end of k6 are not counted",
    )


def _per_request(bench: BenchContext, k6: Path, target: str, kind: str, variant: Variant) -> float:
    """Measure CPU seconds per request as the difference between a long and a very short run."""
    requests = bench.scale.framework_requests
    short = k6_cpu_s(bench, k6, target, kind, variant, USERS)
    return (k6_cpu_s(bench, k6, target, kind, variant, requests) - short) / (requests - USERS)


def k6_cpu_s(bench: BenchContext, k6: Path, target: str, kind: str, variant: Variant, requests: int) -> float:
    """Measure the CPU seconds of k6 for a run with this number of requests. Raises BenchError."""
    load = {"executor": "shared-iterations", "vus": USERS, "iterations": requests, "maxDuration": "10m"}
    endpoints = bench.folder / f"{kind}.json"
    endpoints.write_text(json.dumps({"endpoints": [{**ENDPOINT, **ENDPOINTS[kind]}]}))
    variables = {
        "BASE_URL": target,
        "LOAD_PROFILE": "custom",
        "SCENARIOS": json.dumps({"load": load}),
        "REQUEST": kind,
        "ENDPOINTS_FILE": endpoints,
        "CHECKS": "trend",
        "SAMPLES": "failures",
    }
    argv = [str(k6), "run", "--quiet", "--no-usage-report", "--no-thresholds", "--summary-mode=disabled"]
    argv += ["--include-system-env-vars=false", *(f"-e{name}={value}" for name, value in variables.items())]
    environment = {"HOME": str(bench.folder), "K6_AUTO_EXTENSION_RESOLUTION": "false", **variant.environment}
    environment["PATH"] = os.environ.get("PATH", os.defpath)
    output = bench.folder / "k6.log"
    with request_counter(target) as received, output.open("wb") as log:
        process = subprocess.Popen([*argv, str(variant.script)], env=environment, stdout=log, stderr=log)
        cpu_s = wait_and_get_cpu_s(process)
        if process.returncode != 0 or received() != requests:
            tail = output.read_text(errors="replace")[-1000:]
            raise BenchError(f"k6 exited with {process.returncode} after {received()} requests: {tail}")
    return cpu_s

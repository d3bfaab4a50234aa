"""The time from a start request to the first request of the load, by endpoints and users."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.compiled_target import compiled_target
from bench.context import BenchContext
from bench.generator import k6_path
from bench.paired_runs import POLL_INTERVAL_S, WAIT_TIMEOUT_S, final_record, request_counter, wait_for
from bench.quiet import wait_until_quiet
from bench.server import BenchError, BenchServer, cpu_s, running_server
from bench.table import Row
from dashboard.run_folder.files import PidFile, RunFolder

MAX_PREPARATION_S = 5.0
RATE, SECONDS = 10, 2


@dataclass(frozen=True, slots=True)
class Preparation:
    """Seconds until the first request, and k6's CPU time and resident memory at that moment."""

    seconds: float
    k6_cpu_s: float
    k6_mib: float


def measure_preparation(bench: BenchContext) -> list[Row]:
    """Measure through the dashboard. Only the last, largest run has a budget."""
    sizes = bench.scale.prepared
    endpoints, data_dir = bench.folder / "endpoints.json", bench.folder / "data"
    endpoints.write_text(document_of(1))
    rows = []
    with (
        compiled_target(bench) as target,
        running_server(data_dir, endpoints_file=endpoints, k6_bin=k6_path()) as server,
    ):
        _prepare(server, data_dir, target, 1)  # the first run also waits for imports
        for count, users in sizes:
            endpoints.write_text(document_of(count))
            wait_until_quiet(bench.scale.quiet_wait_s)
            prepared = _prepare(server, data_dir, target, users)
            rows.append(_row(count, users, prepared, has_budget=(count, users) == sizes[-1]))
    return rows


def document_of(count: int) -> str:
    """Return an endpoints file with `count` endpoints, which have weights from 1 to 3, templates and checks."""
    endpoints = [
        {
            "name": f"Operation{number}",
            "group": f"group{number % 8}",
            "method": "POST",
            "path": "/op/1?page=${randomInt(1,1000)}",
            "weight": 1 + number % 3,
            "headers": {"X-Request": "${uuid}"},
            "body_template": {"number": number, "at": "${timestamp}"},
            "checks": {"status": 200, "max_duration_ms": 10_000},
        }
        for number in range(count)
    ]
    return json.dumps({"endpoints": endpoints})


def _prepare(server: BenchServer, data_dir: Path, target: str, users: int) -> Preparation:
    load = {"executor": "constant-arrival-rate", "rate": RATE, "timeUnit": "1s", "duration": f"{SECONDS}s"}
    scenarios = {"load": {**load, "preAllocatedVUs": users}}
    with request_counter(target) as received:
        before = time.monotonic()
        body = {"profile": "custom", "base_url": target, "scenarios": scenarios}
        run_id = str(server.post("/run/start", body)["run_id"])
        deadline = before + WAIT_TIMEOUT_S
        while not received():
            if time.monotonic() > deadline:
                raise BenchError("no request reached the target")
            time.sleep(POLL_INTERVAL_S)
        seconds = time.monotonic() - before
        pid = wait_for(lambda: RunFolder(data_dir / "runs" / run_id).read(PidFile), "k6 did not start")
        k6 = psutil.Process(pid.pid)
        prepared = Preparation(seconds, cpu_s(k6), k6.memory_info().rss / 2**20)
        final_record(server, run_id)
    return prepared


def _row(count: int, users: int, prepared: Preparation, *, has_budget: bool) -> Row:
    return Row(
        name=f"start request to first request, {count:,} endpoints × {users:,} users",
        value=prepared.seconds,
        unit="s",
        at_most=MAX_PREPARATION_S if has_budget else None,
        detail=f"k6 used {prepared.k6_cpu_s:.2f} s of CPU and {prepared.k6_mib:,.0f} MiB of memory by then",
    )

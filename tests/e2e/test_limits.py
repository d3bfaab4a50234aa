"""SLOs with a real k6: a breach stops the run, and a run that did not produce the planned load is invalid."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from dashboard.terminal.run import exit_code
from tests.e2e.harness import Server, Shop

pytestmark = pytest.mark.k6
MakeServer = Callable[..., Server]
PRODUCTS = {"name": "ListProducts", "group": "shop", "path": "/api/products"}
BUSY_SCRIPT = """
import http from 'k6/http';
export const options = { scenarios: { load: { executor: 'constant-vus', vus: 4, duration: __ENV.DURATION } } };
export default function () {
  http.get(`${__ENV.BASE_URL}/api/products`, { tags: { name: 'List', op: 'List', group: 'g' } });
  const until = Date.now() + 200;
  while (Date.now() < until) { Math.sqrt(until); }
}
"""


def start(server: Server, *endpoints: dict[str, Any], **document: Any) -> Server:
    server.endpoints(*(endpoints or (PRODUCTS,)), **document)
    server.start()
    return server


def write_wrapper(folder: Path, k6: Path, *lines: str) -> Path:
    """Write a script that executes `lines` before it starts k6."""
    path = folder / "k6-wrapped"
    path.write_text("\n".join(("#!/bin/sh", *lines, f'exec "{k6}" "$@"')) + "\n")
    path.chmod(0o755)
    return path


def test_a_breach_over_the_window_stops_the_run(make_server: MakeServer, shop: Shop) -> None:
    abort = {"window": "4s", "min_requests": 5}
    server = start(make_server(), slos={"p95_ms": 0.001, "error_rate": 0.5}, slo_options={"abort": abort})
    run_id = server.run(shop.url, duration="60s")
    record = server.wait_until_ended(run_id)
    assert (record["status"], record["verdict"]) == ("stopped", "fail")
    assert record["verdict_reason"].startswith("SLO breached: p95 ")
    assert record["verdict_reason"].endswith(" ms > 0.001 ms over the last 4 s")
    assert record["exit_reason"] == f"stopped by the dashboard: {record['verdict_reason']}"
    assert exit_code(record) == 99
    assert 4 < record["duration_s"] < 25
    received = shop.counters()["received"]
    assert received - record["requests_cut"] <= record["total_reqs"] <= received
    kinds = server.events(run_id)
    assert kinds.count("slo.breached") == 1
    assert kinds.index("run.stop_requested") < kinds.index("run.ended")
    results = server.get(f"/runs/{run_id}/slo")
    assert [results["checks"][key]["pass"] for key in ("p95_ms", "error_rate")] == [False, True]


def test_a_rate_that_too_few_users_cannot_reach_is_invalid(make_server: MakeServer, shop: Shop) -> None:
    slow = {"name": "Slow", "path": "/api/products", "checks": {"status": 200}}
    server = start(make_server(), slow, slos={"error_rate": 0.5})
    body = {"profile": "arrival", "base_url": shop.url, "rate": 2_000, "vus": 1, "duration": "4s"}
    record = server.wait_until_ended(server.post("/run/start", body)["run_id"])
    assert (record["status"], record["verdict"]) == ("finished", "invalid")
    planned = record["iterations"] + record["dropped_iterations"]
    assert planned == pytest.approx(8_000, rel=0.02)
    assert record["verdict_reason"].startswith(
        f"k6 dropped {record['dropped_iterations']} of {planned} planned iterations ("
    )
    assert exit_code(record) == 3
    assert shop.counters()["received"] == record["total_reqs"]


def test_a_rate_that_is_reached_passes(make_server: MakeServer, shop: Shop) -> None:
    server = start(make_server(), slos={"error_rate": 0.5, "rps": 5})
    body = {"profile": "arrival", "base_url": shop.url, "rate": 20, "vus": 10, "duration": "5s"}
    record = server.wait_until_ended(server.post("/run/start", body)["run_id"])
    assert (record["status"], record["verdict"]) == ("finished", "pass"), record["verdict_reason"]
    assert not record["dropped_iterations"]


SINGLE_CORE = """#!{python} -IS
import contextlib, os, sys
os.sched_setaffinity(0, {{{core}}})
with contextlib.suppress(OSError):  # root may raise the priority, so that other processes take no CPU time from k6
    os.setpriority(os.PRIO_PROCESS, 0, -20)
    open("/proc/self/autogroup", "w").write("-20")
os.execv("{k6}", ["{k6}", *sys.argv[1:]])
"""


def write_single_core_k6(folder: Path, k6: Path) -> Path:
    """Write a script that restricts k6 to one core."""
    path = folder / "k6-single-core"
    path.write_text(SINGLE_CORE.format(python=sys.executable, core=max(os.sched_getaffinity(0)), k6=k6))
    path.chmod(0o755)
    return path


@pytest.mark.serial
def test_a_run_whose_generator_saturates_its_core_is_invalid(
    make_server: MakeServer, shop: Shop, tmp_path: Path, k6_bin: Path
) -> None:
    script = tmp_path / "busy.js"
    script.write_text(BUSY_SCRIPT)
    server = start(
        make_server(write_single_core_k6(tmp_path, k6_bin), K6_SCRIPT=str(script)), slos={"error_rate": 0.9}
    )
    record = server.wait_until_ended(server.run(shop.url, duration="6s"))
    assert (record["status"], record["verdict"]) == ("finished", "invalid"), record["verdict_reason"]
    assert "k6 used 90% or more of its CPU cores for " in record["verdict_reason"]
    assert 0.9 <= record["generator_cpu_max"] <= 1.1
    assert record["total_reqs"] == shop.counters()["received"]


@pytest.fixture
def failing_receiver() -> Iterator[ThreadingHTTPServer]:
    """A receiver that forwards the first two pushes to the URL in their path and answers the others with 500."""

    class Handler(BaseHTTPRequestHandler):
        received = 0

        def do_POST(self) -> None:
            Handler.received += 1
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = 500
            if Handler.received <= 2:
                headers = {
                    k: v for k, v in self.headers.items() if k.lower() not in ("host", "content-length")
                }
                status = requests.post(self.path[1:], body, headers=headers, timeout=5).status_code
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Discard http.server's log lines."""

    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    yield receiver
    receiver.shutdown()
    receiver.server_close()


def test_a_run_with_lost_pushes_is_invalid(
    make_server: MakeServer, shop: Shop, tmp_path: Path, k6_bin: Path, failing_receiver: ThreadingHTTPServer
) -> None:
    proxy = f"http://127.0.0.1:{failing_receiver.server_port}/"
    line = f'export K6_PROMETHEUS_RW_SERVER_URL="{proxy}$K6_PROMETHEUS_RW_SERVER_URL"'
    server = start(make_server(write_wrapper(tmp_path, k6_bin, line)), slos={"error_rate": 0.5})
    record = server.wait_until_ended(server.run(shop.url, duration="9s"))
    assert (record["status"], record["verdict"], record["samples_lost"]) == ("finished", "invalid", True)
    sent = shop.counters()["received"]
    missing = sent - record["total_reqs"]
    assert missing > 0
    assert record["verdict_reason"] == (
        f"figures are missing: k6 counted {sent} requests; {missing} of them are in no push that arrived"
    )


def test_ramps_are_excluded_from_slos(make_server: MakeServer, shop: Shop) -> None:
    server = start(make_server(), slos={"rps": 0.1, "error_rate": 0.5}, slo_options={"skip": "ramp"})
    body = {"profile": "ramp", "base_url": shop.url, "vus": 2, "duration": "8s", "ramp_duration": "3s"}
    run_id = server.post("/run/start", body)["run_id"]
    record = server.wait_until_ended(run_id)
    results = server.get(f"/runs/{run_id}/slo")
    assert (results["verdict"], results["skip"]) == ("pass", "ramp"), results
    plateau = results["checks"]["rps"]["value"]
    steady = [s for s in server.snapshots(run_id) if s["vus"] == 2]
    lowest, highest = min(s["rps"] for s in steady), max(s["rps"] for s in steady)
    assert lowest <= plateau <= highest
    assert plateau > record["rps"]

"""Exactness: every figure of a run equals the counters of the target, to the last request."""

from __future__ import annotations

import json
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.run_folder.files import PidFile
from tests.conftest import ROOT
from tests.e2e.figures import (
    answered_by_op,
    assert_counts_agree,
    counts,
    counts_by_op,
    counts_of,
    without_errors,
)
from tests.e2e.harness import Server, Shop, kill_all, processes_of

pytestmark = pytest.mark.k6
FAULTS = ROOT / "tests" / "e2e" / "faults.js"
EXAMPLE = ROOT / "k6" / "config" / "endpoints.example.json"


@pytest.fixture
def refusing_url() -> Iterator[str]:
    """A URL that refuses connections: its port is bound, but no process listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


def test_every_figure_equals_the_counters_of_the_target(
    make_server: Callable[..., Server], shop: Shop
) -> None:
    server = make_server(K6_KEEP_SAMPLES="always")
    server.endpoints_file.write_bytes(EXAMPLE.read_bytes())
    server.start()
    run_id = server.run(shop.url, vus=5, duration="5s")
    record = server.wait_until_ended(run_id)
    assert (record["status"], record["exit_code"], record["samples_lost"]) == ("finished", 0, False)
    assert record["percentiles_from"] == "exact"
    assert record["requests_cut"] is None
    assert without_errors(assert_counts_agree(server, run_id)) == counts_of(shop.counters())
    assert counts_by_op(server, run_id) == answered_by_op(shop)
    assert record["iterations"] == record["total_reqs"] == record["checks_passed"] + record["checks_failed"]


def test_final_figures_equal_k6s_summary(server: Server, shop: Shop) -> None:
    run_id = server.run(shop.url)
    record = server.wait_until_ended(run_id)
    metrics = json.loads(server.folder(run_id).summary.read_bytes())["metrics"]
    durations = metrics["http_req_duration"]
    names = {"avg": "avg_ms", "min": "min_ms", "max": "max_ms", "med": "p50_ms"}
    names |= {f"p({q})": f"p{q}_ms" for q in (75, 90, 95, 99)}
    assert {name: record[name] for name in names.values()} == {
        names[k6_name]: durations[k6_name] for k6_name in names
    }
    assert record["total_reqs"] == metrics["http_reqs"]["count"]
    assert record["data_received_bytes"] == metrics["data_received"]["count"]
    assert record["data_sent_bytes"] == metrics["data_sent"]["count"]


def test_nothing_is_lost_when_k6_keeps_no_samples(make_server: Callable[..., Server], shop: Shop) -> None:
    server = make_server(K6_KEEP_SAMPLES="never")
    server.endpoints_file.write_bytes(EXAMPLE.read_bytes())
    server.start()
    run_id = server.run(shop.url, vus=5)
    record = server.wait_until_ended(run_id)
    assert not server.folder(run_id).summary.exists()
    assert record["percentiles_from"] == "histogram"
    assert record["samples_lost"] is False
    assert without_errors(assert_counts_agree(server, run_id)) == counts_of(shop.counters())
    assert counts_by_op(server, run_id) == answered_by_op(shop)


@pytest.mark.parametrize("keep", ["always", "never"])
def test_errors_without_a_response_are_counted_too(
    make_server: Callable[..., Server], shop: Shop, refusing_url: str, keep: str, tmp_path: Path
) -> None:
    faults = [
        {"name": "ListProducts", "path": "/api/products", "weight": 16},
        {"name": "Checkout", "path": "/api/search?status=503", "weight": 2},
        {"name": "Profile", "path": "/api/products/7?delay_ms=20000", "timeout": "400ms", "weight": 1},
        {"name": "Refused", "path": "/", "base": refusing_url, "weight": 1},
    ]
    (tmp_path / "faults.json").write_text(json.dumps(faults))
    script = shutil.copy(FAULTS, tmp_path)
    server = make_server(K6_SCRIPT=str(script), K6_KEEP_SAMPLES=keep)
    server.endpoints({"name": "ListProducts"})
    server.start()
    run_id = server.run(shop.url, vus=5, duration="4s")
    server.wait_until_ended(run_id)
    totals = assert_counts_agree(server, run_id)
    counters, by_op = shop.counters(), counts_by_op(server, run_id)
    slow = counters["operations"]["GetProduct"]
    assert by_op["ListProducts"] == counts_of(counters["operations"]["ListProducts"])
    assert by_op["Checkout"] == counts_of(counters["operations"]["Search"])
    assert slow["answered"] == 0
    assert by_op["Profile"] == {"requests": slow["received"], "status_0": slow["received"]}
    assert by_op["Refused"]["status_0"] == by_op["Refused"]["requests"]
    assert totals["requests"] == counters["received"] + by_op["Refused"]["requests"]
    assert totals["status_0"] == by_op["Profile"]["requests"] + by_op["Refused"]["requests"]
    assert totals["errors"] == totals["status_0"] + totals["status_5xx"]
    assert totals["errors"] / totals["requests"] == pytest.approx(0.2, abs=0.05)
    messages = {
        row["name"]: row["count"] for row in server.get(f"/runs/{run_id}")["breakdown"]["error_messages"]
    }
    assert messages["request timeout"] == by_op["Profile"]["requests"]
    assert messages["dial: connection refused"] == by_op["Refused"]["requests"]


@pytest.mark.parametrize(
    "options", [{"duration": "60s"}, {"profile": "ramp", "vus": 20, "ramp_duration": "5s"}]
)
def test_a_stop_cuts_at_most_one_request_per_user_and_reports_the_number(
    server: Server, shop: Shop, options: dict[str, Any]
) -> None:
    server.endpoints(
        {"name": "Slow", "path": "/api/products?delay_ms=700"}, {"name": "Search", "path": "/api/search"}
    )
    run_id = server.run(shop.url, **{"vus": 5, **options})
    server.wait_for_snapshots(run_id)
    server.post("/run/stop", {"run_id": run_id})
    record = server.wait_until_ended(run_id)
    assert (record["status"], record["exit_code"]) == ("stopped", 105)
    assert record["exit_reason"] == "stopped on request"
    total, received = assert_counts_agree(server, run_id)["requests"], shop.counters()["received"]
    print(f"{received - total} requests were cut; the record reports at most {record['requests_cut']}")
    assert total <= received <= total + record["requests_cut"]
    assert record["requests_cut"] <= record["vus_max"]


def test_a_stop_reports_cut_requests_even_if_the_exit_code_was_lost(server: Server, shop: Shop) -> None:
    server.endpoints({"name": "Slow", "path": "/api/products?delay_ms=700"})
    run_id = server.run(shop.url, vus=5, duration="60s")
    server.wait_for_snapshots(run_id)
    kill_all(p for p in processes_of(server.folder(run_id).path) if "dashboard.runner" in p.info["cmdline"])
    server.post("/run/stop", {"run_id": run_id})
    record = server.wait_until_ended(run_id)
    assert (record["status"], record["exit_code"]) == ("stopped", None)
    total = assert_counts_agree(server, run_id)["requests"]
    assert total <= shop.counters()["received"] <= total + record["requests_cut"]


def test_adjacent_ranges_add_up_to_the_range_of_both(server: Server, shop: Shop) -> None:
    run_id = server.run(shop.url, duration="7s")
    server.wait_until_ended(run_id)
    times = [snapshot["elapsed_s"] for snapshot in server.snapshots(run_id)]
    a, b, c = 0, times[1], times[-1]
    first, second, both = (range_of(server, run_id, *edges) for edges in ((a, b), (b, c), (a, c)))
    assert len(times) >= 3
    assert counts([first["breakdown"]["figures"], second["breakdown"]["figures"]]) == counts(
        [both["breakdown"]["figures"]]
    )
    for x, y, z in zip(buckets(first), buckets(second), buckets(both), strict=True):
        assert abs(x + y - z) <= 2, "each count is rounded to an integer"
    assert sum(buckets(first)) + sum(buckets(second)) == sum(buckets(both))
    for op in both["ops"]:
        parts = [row for part in (first, second) for row in part["ops"] if row["op"] == op["op"]]
        assert counts(parts) == counts([op])
        weighted = sum(row["avg_ms"] * row["total_reqs"] for row in parts) / op["total_reqs"]
        assert weighted == pytest.approx(op["avg_ms"])


def range_of(server: Server, run_id: str, start_s: float, end_s: float) -> dict[str, Any]:
    window: dict[str, Any] = server.get(f"/runs/{run_id}/window?from={start_s}&to={end_s}")
    return window


def buckets(window: dict[str, Any]) -> list[int]:
    return [bucket["count"] for bucket in window["breakdown"]["latency_buckets"]]


@pytest.mark.parametrize("pause_s", [0, 0.1, 0.4])
def test_a_stop_right_after_the_start_ends_the_run(server: Server, shop: Shop, pause_s: float) -> None:
    run_id = server.run(shop.url, duration="60s")
    time.sleep(pause_s)
    began = time.monotonic()
    for _ in range(3):
        server.call("POST", "/run/stop", {"run_id": run_id})
    record = server.wait_until_ended(run_id, within_s=10)
    print(f"stop after {pause_s} s took {time.monotonic() - began:.2f} s: {record['exit_reason']}")
    assert record["status"] == "stopped"
    assert record["exit_reason"].startswith("stopped ")
    assert server.folder(run_id).runner_log.read_text().count("stopping k6") <= 1
    if not server.folder(run_id).has(PidFile):
        assert (record["samples_lost"], record["requests_cut"]) == (None, None)
    cut = record["requests_cut"] or 0
    assert shop.counters()["received"] - cut <= (record["total_reqs"] or 0) <= shop.counters()["received"]

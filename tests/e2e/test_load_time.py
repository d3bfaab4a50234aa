"""Time zero is the start of the load: rates, lengths and plans agree with k6's own summary of the same run."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tests.e2e.harness import Server, Shop

pytestmark = pytest.mark.k6
TOLERANCE = 0.005
FAST = {"name": "List", "path": "/api/products"}
SLOW = {"name": "Slow", "path": "/api/products?delay_ms=700"}
SETUP = {"name": "Login", "path": "/api/products?delay_ms=1500"}
TEARDOWN = {"name": "Remove", "path": "/api/products?delay_ms=1500"}
FAILING = {"name": "Broken", "path": "/api/search?status=503"}
LACKING = {"name": "Lacking", "path": "/api/products", "result_key": "x", "result_path": "no.such.value"}
CHECKED = {"name": "Checked", "path": "/api/products", "checks": {"body_contains": "no such text"}}
STAGES = [{"duration": "2s", "target": 5}, {"duration": "2s", "target": 5}, {"duration": "2s", "target": 0}]

LATE = {"executor": "constant-vus", "vus": 2, "duration": "3s", "startTime": "2s"}


def metrics_of(server: Server, run_id: str) -> dict[str, Any]:
    metrics: dict[str, Any] = json.loads(server.folder(run_id).summary.read_bytes())["metrics"]
    return metrics


@pytest.mark.parametrize(
    ("endpoint", "options"),
    [
        (FAST, {"profile": "smoke", "vus": 2, "duration": "5s"}),
        (SLOW, {"profile": "smoke", "vus": 3, "duration": "5s"}),
        (FAST, {"profile": "arrival", "rate": 7, "vus": 5, "duration": "6s"}),
        (FAST, {"profile": "arrival", "rate": 1, "vus": 2, "duration": "5s"}),
        (FAST, {"profile": "ramp", "vus": 5, "duration": "3s", "ramp_duration": "2s"}),
        (FAST, {"profile": "custom", "unit": "rate", "stages": STAGES, "vus": 5}),
        (FAST, {"profile": "custom", "unit": "vus", "stages": STAGES}),
        (FAST, {"profile": "custom", "scenarios": {"late": LATE}}),
    ],
    ids=[
        "users",
        "slow",
        "rate",
        "slow rate",
        "ramp",
        "stages of a rate",
        "stages of users",
        "a late scenario",
    ],
)
def test_rates_are_those_of_k6s_summary(
    make_server: Callable[..., Server], shop: Shop, endpoint: dict[str, Any], options: dict[str, Any]
) -> None:
    server = make_server(K6_KEEP_SAMPLES="always")
    server.endpoints(endpoint)
    server.start()
    run_id = server.run(shop.url, **options)
    record = server.wait_until_ended(run_id)
    metrics, snapshots = metrics_of(server, run_id), server.snapshots(run_id)
    k6_rate = metrics["http_reqs"]["rate"]
    print(f"RPS {record['rps']:.4f}, k6 {k6_rate:.4f}; {record['elapsed_s']} s of {record['planned_s']} s")
    assert record["time_zero"] == "load"
    assert record["total_reqs"] == metrics["http_reqs"]["count"]
    assert record["rps"] == pytest.approx(k6_rate, rel=TOLERANCE)
    assert record["iterations"] / record["elapsed_s"] == pytest.approx(
        metrics["iterations"]["rate"], rel=TOLERANCE
    )
    assert record["duration_s"] == record["elapsed_s"] == snapshots[-1]["elapsed_s"]
    assert snapshots[0]["elapsed_s"] == snapshots[0]["window_s"] < 4.5
    assert "planned" not in (record["invalid_reason"] or "")


def test_setup_and_teardown_are_no_part_of_the_length(make_server: Callable[..., Server], shop: Shop) -> None:
    server = make_server(K6_KEEP_SAMPLES="always")
    server.endpoints(FAST, setup=[SETUP], teardown=[TEARDOWN], slos={"p95_ms": 1_000})
    server.start()
    run_id = server.run(shop.url, vus=2, duration="4s")
    record = server.wait_until_ended(run_id)
    metrics = metrics_of(server, run_id)
    rows = {row["op"]: row for row in server.get(f"/runs/{run_id}/ops")}
    # On a busy machine the last iterations end late; setup and teardown would add more than 3 s.
    assert 3.9 < record["elapsed_s"] < 5.0
    assert record["total_reqs"] == rows["List"]["total_reqs"] == metrics["http_reqs"]["count"] - 2
    assert record["rps"] == pytest.approx(record["total_reqs"] / record["elapsed_s"])
    assert (rows["Login"]["phase"], rows["Remove"]["phase"]) == ("setup", "teardown")
    assert rows["Login"]["avg_ms"] > 1_500 < rows["Remove"]["avg_ms"]
    before_s = datetime.fromisoformat(record["load_started_at"]) - datetime.fromisoformat(
        record["started_at"]
    )
    assert before_s.total_seconds() > 1.5
    assert (record["percentiles_from"], record["samples_lost"], record["verdict"]) == ("exact", False, "pass")
    assert record["max_ms"] < 1_500 < metrics["http_req_duration"]["max"]


@pytest.mark.parametrize(
    ("document", "status", "verdict", "reason"),
    [
        ({}, "finished", "pass", None),
        ({"setup": [SETUP], "teardown": [TEARDOWN]}, "finished", "pass", None),
        ({"setup": [FAILING]}, "failed", "unknown", "setup: Broken: responded with 503"),
        ({"setup": [LACKING]}, "failed", "unknown", "setup: Lacking: the response has no no.such.value"),
        ({"teardown": [FAILING]}, "finished", "invalid", "the teardown failed: Broken: responded with 503"),
        (
            {"teardown": [TEARDOWN, CHECKED]},
            "finished",
            "invalid",
            "the teardown failed: Checked: check failed",
        ),
        (
            {"setup": [SETUP], "teardown": [FAILING, TEARDOWN]},
            "finished",
            "invalid",
            "the teardown failed: Broken",
        ),
    ],
    ids=[
        "none",
        "both succeed",
        "setup",
        "no result",
        "teardown",
        "a check",
        "the first step of the teardown",
    ],
)
def test_a_failed_setup_or_teardown_is_reported_as_such(
    server: Server, shop: Shop, document: dict[str, Any], status: str, verdict: str, reason: str | None
) -> None:
    server.endpoints(FAST, slos={"error_rate": 0.01}, **document)
    run_id = server.run(shop.url, vus=1, duration="2s")
    record = server.wait_until_ended(run_id)
    shown = f"{record['exit_reason']} · {record['verdict_reason']}"
    assert (record["status"], record["verdict"]) == (status, verdict), shown
    assert reason is None or reason in shown
    assert status == "failed" or record["errors"] == 0

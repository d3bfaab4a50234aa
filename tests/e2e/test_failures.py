"""Failing requests under load: all are counted, a few are shown without secrets, and their size is bounded."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import psutil
import pytest

from dashboard.demo.launcher import start_demo
from tests.e2e.harness import Server, Shop, wait_for
from tests.e2e.target import EchoTarget, echo_target

pytestmark = pytest.mark.k6
MB = 1_000_000
SECRET = "sEcReT/+ 0f9d?8c7b"
AUTH: list[dict[str, str]] = [
    {"auth_mode": "bearer", "auth_token": SECRET},
    {"auth_mode": "basic", "auth_basic_user": "canary-user-77", "auth_basic_pass": SECRET},
    {"auth_mode": "api_key", "auth_api_key": SECRET, "auth_api_key_header": "X-Own"},
]


def failures(server: Server, run_id: str) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = server.get(f"/runs/{run_id}/failures")
    return groups


def failed_responses(groups: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """Count failed responses by operation and status, from the API."""
    return Counter(
        {(group["op"], group["name"]): group["count"] for group in groups if group["kind"] == "status"}
    )


def failures_counted_by(target: Shop) -> Counter[tuple[str, str]]:
    """Count failed responses by operation and status, from the counters of the target."""
    operations = target.counters()["operations"].items()
    return Counter(
        {
            (name, status): count
            for name, tally in operations
            for status, count in tally["statuses"].items()
            if status >= "400"
        }
    )


@pytest.fixture
def failing_shop(tmp_path: Path) -> Iterator[Shop]:
    """A demo shop in which half of the checkouts fail."""
    process = start_demo(None, tmp_path / "shop.log", ["--error-rate", "0.5", "--latency-scale", "0.1"])
    yield Shop(process.url)
    process.stop()


def test_failing_requests_are_all_counted_and_a_few_are_shown(server: Server, failing_shop: Shop) -> None:
    server.endpoints(
        {"name": "ListProducts", "path": "/api/products", "weight": 4, "checks": {"status": 200}},
        {"name": "Checkout", "method": "POST", "path": "/api/checkout", "body": {"order_id": 1001}},
    )
    run_id = server.run(
        failing_shop.url, profile="arrival", rate=300, duration="10s", vus=20, steerable=False
    )
    record = server.wait_until_ended(run_id)
    groups = failures(server, run_id)
    assert failed_responses(groups) == failures_counted_by(failing_shop)
    assert sum(group["count"] for group in groups) == record["errors"] > 150
    for group in groups:
        assert 1 <= len(group["samples"]) <= 5
        bodies = [sample["response"] for sample in group["samples"]]
        assert any(body["body"] for body in bodies[1:]), "k6 keeps the body of a later request of this kind"
    assert server.folder(run_id).console_log.stat().st_size < 2 * MB
    assert "k6-dashboard-" not in json.dumps(server.get(f"/runs/{run_id}/log"))


@pytest.mark.long
@pytest.mark.serial
def test_failures_of_every_tenth_request_at_1000_per_second_are_counted_and_bounded(
    server: Server, target: Shop
) -> None:
    server.endpoints(
        {"name": "/op/0", "path": "/op/0", "weight": 90, "checks": {"status": 200}},
        {"name": "/op/1", "path": "/op/1?status=50${randomInt(0,9)}", "weight": 6},
        {"name": "/op/2", "path": "/op/2", "weight": 4, "checks": {"body_contains": "nowhere"}},
    )
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    run_id = server.run(target.url, profile="arrival", rate=1_000, duration="60s", vus=200, steerable=False)
    record = server.wait_until_ended(run_id, within_s=120)
    groups, counters = failures(server, run_id), target.counters()
    assert record["total_reqs"] == counters["answered"]
    assert counters["answered"] + (record["dropped_iterations"] or 0) > 59_000  # a busy machine drops some
    assert failed_responses(groups) == failures_counted_by(target)
    [check] = [group for group in groups if group["kind"] == "check"]
    assert (check["op"], check["count"]) == ("/op/2", counters["operations"]["/op/2"]["answered"])
    assert 1 <= max(len(group["samples"]) for group in groups) <= 5
    console_bytes = server.folder(run_id).console_log.stat().st_size
    growth = process.memory_info().rss - before
    k6_bytes = max(one["generator_rss_bytes"] or 0 for one in server.snapshots(run_id))
    print(f"console {console_bytes:,} B, server grew by {growth:,} B, k6 {k6_bytes:,} B")
    assert console_bytes < 20 * MB
    assert growth < 100 * MB
    assert k6_bytes < 900 * MB  # 200 users of the script alone use about 400 MB


@pytest.fixture
def echo() -> Iterator[EchoTarget]:
    with echo_target() as target:
        yield target


@pytest.mark.parametrize("auth", AUTH, ids=lambda auth: auth["auth_mode"])
def test_samples_contain_no_secret(server: Server, echo: EchoTarget, auth: dict[str, Any]) -> None:
    server.endpoints(
        {
            "name": "Echo",
            "method": "POST",
            "path": "/echo?token=${data.pass}&q=${data.generated}",
            "headers": {"X-Generated": "${data.generated}"},
            "form": {"password": "typed-canary-1", "generated": "${data.generated}"},
            "checks": {"status": 200, "body_contains": "nowhere"},
        },
        setup=[
            {"name": "Login", "path": "/login", "result_key": "pass", "result_path": "pass"},
            {
                "name": "Generate",
                "path": "/login",
                "result_key": "generated",
                "result_path": "generated",
                "result_secret": True,
            },
        ],
    )
    run_id = server.run(echo.url, duration="2s", **auth)
    server.wait_until_ended(run_id)
    groups = failures(server, run_id)
    samples = [sample for group in groups for sample in group["samples"]]
    assert any("Authorization" in (sample["response"]["body"] or "") for sample in samples) or (
        auth["auth_mode"] == "api_key" and any("X-Own" in (s["response"]["body"] or "") for s in samples)
    )
    shown = json.dumps(samples)
    secrets = {*echo.revealed, SECRET, *auth.values()} - {auth["auth_mode"], "X-Own"}
    assert len(secrets) >= 5
    leaked = [secret for secret in secrets for text in encodings(secret) if text in shown]
    assert leaked == []
    server.terminate()
    stored = server.data_dir.joinpath("dashboard.db").read_bytes()
    assert [text for secret in secrets for text in encodings(secret) if text.encode() in stored] == []


def encodings(secret: str) -> list[str]:
    """Return the secret in each encoding that a response could contain."""
    return [
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        base64.b64encode(secret.encode()).decode(),
    ]


def test_failures_of_a_live_run_are_shown_as_they_occur(server: Server, echo: EchoTarget) -> None:
    server.endpoints({"name": "Echo", "path": "/echo"})
    run_id = server.run(echo.url, duration="20s")
    [group, *_] = wait_for(lambda: failures(server, run_id), "a failure is shown")
    assert (group["op"], group["kind"], group["name"]) == ("Echo", "status", "500")
    assert server.get(f"/runs/{run_id}/failures?op=Other") == []
    server.post("/run/stop")
    server.wait_until_ended(run_id)

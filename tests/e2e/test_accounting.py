"""What became of every iteration, step and request, compared with what the target received. A run in which something
went wrong does not pass.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.e2e.harness import Server, Shop, kill_all, processes_of, wait_for
from tests.k6.conftest import CannedResponse, Recorder, recorder

__all__ = ["recorder"]  # a fixture
pytestmark = pytest.mark.k6
SWITCHING = CannedResponse(status=101, headers={"Upgrade": "x", "Connection": "Upgrade"})
TAKE = {"name": "Take", "path": "/take", "extract": {"id": {"body_path": "$.id"}}}
USE = {"name": "Use", "path": "/use/${data.id}"}
LAST = {"name": "Last", "path": "/last"}
STEPS = {"steps": [{"ref": "Take"}, {"ref": "Use"}, {"ref": "Last"}]}
SCENARIO: dict[str, Any] = {"scenarios": [{"name": "s", "think_time": "20ms", **STEPS}]}
PACED: dict[str, Any] = {"pacing": "20ms"}
LIMITS: dict[str, Any] = {"slos": {"error_rate": 1, "p95_ms": 60_000}}
FOUND = CannedResponse(body='{"id": "a"}')
NOT_FOUND = CannedResponse(body='{"other": 7}')


def failures_of(server: Server, run_id: str) -> dict[tuple[str, str, str], int]:
    groups = server.get(f"/runs/{run_id}/failures")
    return {(group["op"], group["kind"], group["name"]): group["count"] for group in groups}


@pytest.mark.parametrize(
    ("endpoints", "document", "responses", "kinds", "verdict", "reason"),
    [
        ([TAKE, USE, LAST], SCENARIO, {"/take": FOUND}, set(), "pass", "error rate 0%"),
        (
            [TAKE, USE, LAST],
            SCENARIO,
            {"/take": NOT_FOUND},
            {("Take", "extract"), ("Use", "skipped"), ("Last", "skipped")},
            "invalid",
            "values to extract were missing in the responses",
        ),
        (
            [TAKE, USE, LAST],
            {"scenarios": [SCENARIO["scenarios"][0] | {"on_failure": "continue"}]},
            {"/take": NOT_FOUND},
            {("Take", "extract"), ("Use", "skipped")},
            "invalid",
            "values to extract were missing in the responses",
        ),
        (
            [TAKE, USE, LAST],
            SCENARIO,
            {"/take": FOUND, "/use/a": SWITCHING},
            {("Use", "thrown"), ("Last", "skipped")},
            "invalid",
            "iterations ended with an exception: unsupported response status: 101 Switching Protocols",
        ),
        (
            [LAST, {"name": "Switch", "path": "/switch"}],
            PACED,
            {"/switch": SWITCHING},
            {("Switch", "thrown")},
            "invalid",
            "iterations ended with an exception",
        ),
        (
            [LAST, TAKE],
            PACED,
            {"/take": NOT_FOUND},
            {("Take", "extract")},
            "invalid",
            "values to extract were missing in the responses",
        ),
        (
            [LAST, {"name": "Lack", "path": "/x/${data.user.id}"}],
            PACED | {"setup": [{"name": "Make", "path": "/take", "result_key": "user"}]},
            {"/take": NOT_FOUND},
            {("Lack", "skipped")},
            "invalid",
            "steps were not sent, because a value was missing: no value for user.id",
        ),
        (
            [{"name": "Lack", "path": "/x/${data.user.id}"}],
            PACED | {"setup": [{"name": "Make", "path": "/take", "result_key": "user"}]},
            {"/take": NOT_FOUND},
            {("Lack", "skipped"), ("", "empty")},
            "invalid",
            "no request was sent",
        ),
    ],
    ids=[
        "healthy",
        "no value",
        "no value, continue",
        "exception in a scenario",
        "101",
        "no value at random",
        "skipped",
        "nothing sent",
    ],
)
def test_the_account_equals_what_the_target_received(
    make_server: Callable[..., Server],
    recorder: Recorder,
    endpoints: list[dict[str, Any]],
    document: Mapping[str, Any],
    responses: Mapping[str, CannedResponse],
    kinds: set[tuple[str, str]],
    verdict: str,
    reason: str,
) -> None:
    recorder.responses.update(responses)
    server = make_server()
    server.endpoints(*endpoints, **LIMITS, **document)
    server.start()
    run_id = server.run(recorder.url, vus=2, duration="3s")
    record = server.wait_until_ended(run_id)
    account = record["account"]
    iterations, steps = account["iterations"], account["steps"]
    assert (record["status"], record["verdict"]) == ("finished", verdict), record["verdict_reason"]
    assert reason in record["verdict_reason"]
    received = Counter(request.path for request in recorder.received)
    received["/take"] -= len(document.get("setup", ()))
    represented = sum(n for path, n in received.items() if responses.get(path) is not SWITCHING)
    assert account["requests"]["sent"] == steps["sent"] == represented
    assert {kind[:2] for kind in failures_of(server, run_id)} == kinds
    assert iterations["cut"] == 0
    if "scenarios" not in document:
        assert steps["due"] == iterations["begun"]
    else:
        assert steps["due"] == len(STEPS["steps"]) * iterations["begun"]
    assert account["is_empty"] is (represented == 0)
    assert_exported(server, run_id, account)


def assert_exported(server: Server, run_id: str, account: dict[str, Any]) -> None:
    """Assert that every export contains the account."""
    assert server.get(f"/runs/{run_id}/summary.json")["account"] == account
    text = f"{account['iterations']['begun']:,} begun = "
    for export in ("summary.md", "junit.xml"):
        response = server.call("GET", f"/runs/{run_id}/{export}")
        assert text in response.text


@pytest.mark.parametrize("limit", ["INVALID_THROWN", "INVALID_SKIPPED", "INVALID_EXTRACTS"])
def test_each_tolerance_is_a_setting(
    make_server: Callable[..., Server], recorder: Recorder, limit: str
) -> None:
    recorder.responses.update({"/take": NOT_FOUND, "/switch": SWITCHING})
    kinds: dict[str, dict[str, Any]] = {
        "INVALID_THROWN": {"name": "A", "path": "/switch"},
        "INVALID_SKIPPED": {"name": "A", "path": "/x/${data.user.id}"},
        "INVALID_EXTRACTS": {"name": "A", "path": "/take", "extract": {"id": {"body_path": "id"}}},
    }
    setup = [{"name": "Make", "path": "/take", "result_key": "user"}]
    server = make_server(**{limit: "1"})
    server.endpoints(LAST, kinds[limit], setup=setup, **LIMITS, **PACED)
    server.start()
    record = server.wait_until_ended(server.run(recorder.url, vus=2, duration="2s"))
    assert (record["status"], record["verdict"]) == ("finished", "pass"), record["verdict_reason"]


def test_requests_without_a_response_are_counted_by_error(
    make_server: Callable[..., Server], recorder: Recorder
) -> None:
    recorder.responses["/slow"] = CannedResponse(delay_s=2)
    server = make_server()
    server.endpoints(LAST, {"name": "Slow", "path": "/slow", "timeout": "0.2s"}, **PACED)
    server.start()
    record = server.wait_until_ended(server.run(recorder.url, vus=2, duration="3s"))
    slow = sum(request.path == "/slow" for request in recorder.received)
    requests = record["account"]["requests"]
    assert requests["errors"] == {"request timeout": slow}
    assert requests["answered"] == len(recorder.received) - slow


def test_a_stop_cuts_the_running_iterations(server: Server, shop: Shop) -> None:
    server.endpoints({"name": "Slow", "path": "/api/products?delay_ms=30000"})
    run_id = server.run(shop.url, vus=3, duration="60s")
    wait_for(lambda: shop.counters()["received"] == 3, "the requests have arrived")
    server.post("/run/stop", {})
    record = server.wait_until_ended(run_id)
    iterations = record["account"]["iterations"]
    assert (iterations["begun"], iterations["completed"], iterations["cut"]) == (3, 0, 3)
    assert record["account"]["requests"]["sent"] == 0


def test_iterations_that_outlast_the_graceful_stop_are_cut(server: Server, shop: Shop) -> None:
    server.endpoints({"name": "Slow", "path": "/api/products?delay_ms=20000"})
    load = {"executor": "constant-vus", "vus": 2, "duration": "1s", "gracefulStop": "1s"}
    body = {"profile": "custom", "base_url": shop.url, "scenarios": {"only": load}}
    run_id = str(server.post("/run/start", body)["run_id"])
    record = server.wait_until_ended(run_id)
    iterations = record["account"]["iterations"]
    assert (iterations["begun"], iterations["completed"], iterations["cut"]) == (2, 0, 2)
    assert record["verdict"] != "pass"


def test_a_killed_k6_leaves_the_number_of_begun_iterations_unknown(server: Server, shop: Shop) -> None:
    run_id = server.run(shop.url, vus=3, duration="60s")
    server.wait_for_snapshots(run_id)
    kill_all([p for p in processes_of(server.folder(run_id).path) if f"run_id={run_id}" in p.info["cmdline"]])
    record = server.wait_until_ended(run_id)
    iterations = record["account"]["iterations"]
    assert (iterations["begun"], iterations["cut"]) == (None, None)
    assert 0 < iterations["completed"] <= shop.counters()["answered"]
    assert record["samples_lost"] is True


def test_idle_iterations_of_a_steered_run_are_not_in_its_account(server: Server, shop: Shop) -> None:
    server.endpoints({"name": "ListProducts", "path": "/api/products"}, pacing="50ms")
    run_id = server.run(shop.url, profile="soak", vus=4, duration="10m", steerable=True)
    server.wait_for_snapshots(run_id)
    server.post("/run/control", {"paused": True})
    wait_for(lambda: server.snapshots(run_id)[-1]["busy_vus"] == 0, "all users are idle", within_s=30)
    server.post("/run/stop", {})
    record = server.wait_until_ended(run_id)
    iterations = record["account"]["iterations"]
    assert iterations["cut"] == 0
    assert iterations["begun"] == iterations["completed"] == shop.counters()["answered"]

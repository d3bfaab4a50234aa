"""A real k6 is steered, paused and stopped. The counters of the target show the effect."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import psutil
import pytest

from dashboard.run_folder.files import ExitFile
from tests.e2e.harness import Server, Shop, kill_all, processes_of, wait_for

pytestmark = pytest.mark.k6

DELAY_MS = 200
SAMPLE_DURATION_S = 1.0
PAUSED, RESUMED = {"paused": True}, {"paused": False}
# each control request, and the number of users that send requests after it
CHANGES = (({"vus": 5}, 5), (PAUSED, 0), (RESUMED, 5), ({"vus": 20}, 20))
MORE_CHANGES = (*CHANGES, ({"vus": 15}, 15), ({"vus": 2}, 2), (PAUSED, 0), (RESUMED, 2), ({"vus": 20}, 20))


@pytest.fixture
def steered(make_server: Callable[..., Server]) -> Server:
    """A running server with one endpoint that takes DELAY_MS."""
    server = make_server(MAX_DURATION="1h")
    server.endpoints({"name": "Op", "path": f"/op/0?delay_ms={DELAY_MS}"})
    server.start()
    return server


def start(server: Server, target: Shop, **more: Any) -> str:
    body = {"profile": "soak", "base_url": target.url, "duration": "10m", "steerable": True, **more}
    return str(server.post("/run/start", body)["run_id"])


def received(target: Shop) -> int:
    return int(target.counters()["received"])


def measure_rate(target: Shop) -> float:
    """Measure the requests per second over SAMPLE_DURATION_S, from the counters of the target."""
    before, began = received(target), time.monotonic()
    time.sleep(SAMPLE_DURATION_S)
    return (received(target) - before) / (time.monotonic() - began)


def wait_for_rate(target: Shop, expected: float, *, within_s: float = 10.0) -> None:
    """Wait until the target receives 70% to 115% of `expected` requests per second."""

    def is_reached() -> bool:
        rate = measure_rate(target)
        print(f"{rate:.1f}/s of {expected:.0f}/s")
        return 0.7 * expected <= rate <= 1.15 * expected

    wait_for(is_reached, f"the target receives {expected:.0f} requests per second", within_s=within_s)


def rate_of(users: int) -> float:
    return users * 1000 / DELAY_MS


def control_messages(server: Server, run_id: str) -> list[str]:
    events = server.get(f"/runs/{run_id}")["events"]
    return [event["message"] for event in events if event["kind"] == "run.control"]


def assert_counted_exactly(server: Server, target: Shop, run_id: str) -> dict[str, Any]:
    """Assert that the record equals the counters of the target, without control queries or idle iterations."""
    record = server.wait_until_ended(run_id)
    breakdown = server.get(f"/runs/{run_id}")["breakdown"]
    assert record["total_reqs"] == record["iterations"] == received(target) > 0
    assert (record["errors"], record["requests_cut"], record["samples_lost"]) == (0, 0, False)
    assert {op["op"] for op in server.get(f"/runs/{run_id}/ops")} == {"Op"}
    assert [count["name"] for count in breakdown["counters"] if count["name"].startswith("ctl")] == []
    assert {metric["metric"] for metric in breakdown["metrics"]} == {"iteration_duration"}
    assert breakdown["metrics"][0]["min"] >= 0.9 * DELAY_MS, "an idle iteration was counted"
    assert sum(snapshot["iterations"] or 0 for snapshot in server.snapshots(run_id)) == record["iterations"]
    return record


@pytest.mark.parametrize(
    ("changes", "within_s"),
    [(CHANGES, 10.0), pytest.param(MORE_CHANGES, 2.5, marks=[pytest.mark.long, pytest.mark.serial])],
)
def test_the_load_follows_every_change_of_users(
    steered: Server, target: Shop, changes: Sequence[tuple[dict[str, Any], int]], within_s: float
) -> None:
    run_id = start(steered, target, vus=20)
    wait_for(lambda: received(target) > 20, "the load has started")
    for request, users in changes:
        steered.post("/run/control", request)
        wait_for_rate(target, rate_of(users), within_s=within_s)
        # the snapshot of a whole window with this number of users
        wait_for(lambda: steered.snapshots(run_id)[-1]["busy_vus"] == users, f"{users} users are busy")  # noqa: B023
        assert steered.get("/run/status")["control"]["taken"] is True
    steered.post("/run/stop", {})
    record = assert_counted_exactly(steered, target, run_id)
    assert record["steered"] is True
    assert control_messages(steered, run_id)[:4] == [
        "5 of 20 users",
        "load paused; resumes with 5 of 20 users",
        "resumed: 5 of 20 users",
        "20 of 20 users",
    ]
    assert {snapshot["vus"] for snapshot in steered.snapshots(run_id)[1:-1]} == {20}


SHARE_CHANGES = (({"share": 0.25}, 20), ({"paused": False, "rate": 80}, 80))
MORE_SHARE_CHANGES = (*SHARE_CHANGES, (PAUSED, 0), ({"paused": False, "share": 0.5}, 40))


@pytest.mark.parametrize("changes", [SHARE_CHANGES, pytest.param(MORE_SHARE_CHANGES, marks=pytest.mark.long)])
def test_the_load_follows_the_share_of_a_rate(
    steered: Server, target: Shop, changes: Sequence[tuple[dict[str, Any], int]]
) -> None:
    run_id = start(steered, target, profile="arrival", rate=80, vus=40, duration="10m")
    wait_for(lambda: received(target) > 80, "the load has started")
    for request, expected in changes:
        steered.post("/run/control", request)
        wait_for_rate(target, expected)
    steered.post("/run/stop", {})
    assert_counted_exactly(steered, target, run_id)
    assert control_messages(steered, run_id)[0] == "25% of the rate, 20 of 80 per second"


def test_scenarios_with_constant_users_are_steered_together(steered: Server, target: Shop) -> None:
    users = {"executor": "constant-vus", "duration": "10m"}
    scenarios = {"a": {**users, "vus": 4}, "b": {**users, "vus": 8}}
    run_id = start(steered, target, profile="custom", scenarios=scenarios, duration=None)
    wait_for(lambda: received(target) > 20, "the load has started")
    steered.post("/run/control", {"vus": 6})
    wait_for_rate(target, rate_of(6))
    wait_for(lambda: steered.snapshots(run_id)[-1]["busy_vus"] == 6, "six users are busy")
    steered.post("/run/stop", {})
    assert_counted_exactly(steered, target, run_id)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("stops", [1, pytest.param(20, marks=pytest.mark.long)])
def test_a_stop_at_500_requests_per_second_loses_none(steered: Server, target: Shop, stops: int) -> None:
    steered.endpoints({"name": "Op", "path": "/op/0?delay_ms=60"})
    for number in range(stops):
        target.reset()
        run_id = start(steered, target, profile="arrival", rate=500, vus=100, duration="10m")
        wait_for(lambda: received(target) > 500, "the load has started")
        steered.post("/run/stop", {})
        record = steered.wait_until_ended(run_id)
        print(f"stop {number + 1}: target {received(target)}, record {record['total_reqs']}")
        assert received(target) == record["total_reqs"]
        assert (record["status"], record["requests_cut"], record["errors"]) == ("stopped", 0, 0)


def test_a_stop_reports_running_iterations_and_can_be_made_immediate(steered: Server, target: Shop) -> None:
    steered.endpoints({"name": "Op", "path": "/op/0?delay_ms=8000"})
    run_id = start(steered, target, vus=5)
    wait_for(lambda: received(target) == 5, "all users send requests")
    steered.post("/run/stop", {})
    waiting = wait_for(
        lambda: steered.record(run_id)["control"]["running"], "the number of running iterations is known"
    )
    assert waiting == 5
    assert steered.record(run_id)["status"] == "stopping"
    steered.post("/run/stop", {"now": True})
    record = steered.wait_until_ended(run_id, within_s=6)
    assert (record["status"], record["requests_cut"]) == ("stopped", 5)


def kill_runner(server: Server, run_id: str) -> None:
    runners = [p for p in processes_of(server.folder(run_id).path) if "dashboard.runner" in p.info["cmdline"]]
    kill_all(runners)
    psutil.wait_procs(runners, timeout=5)


def kill_server(server: Server, _run_id: str) -> None:
    server.kill()


def kill_both(server: Server, run_id: str) -> None:
    server.kill()
    kill_runner(server, run_id)


@pytest.mark.parametrize(
    ("kill", "paused"),
    [
        (kill_both, True),
        (kill_runner, False),
        *(
            pytest.param(kill, paused, marks=pytest.mark.long)
            for kill, paused in (
                (kill_runner, True),
                (kill_server, True),
                (kill_server, False),
                (kill_both, False),
            )
        ),
    ],
)
def test_the_control_state_survives_kills(
    steered: Server, target: Shop, kill: Callable[[Server, str], None], paused: bool
) -> None:
    run_id = start(steered, target, vus=20)
    wait_for(lambda: received(target) > 20, "the load has started")
    steered.post("/run/control", {"vus": 4, "paused": paused})
    users = 0 if paused else 4
    wait_for_rate(target, rate_of(users))
    kill(steered, run_id)
    if not steered.alive:
        steered.start()
    wait_for_rate(target, rate_of(users))
    assert steered.record(run_id)["control"]["paused"] is paused
    steered.post("/run/control", {"vus": 10, "paused": False})
    wait_for_rate(target, rate_of(10))
    steered.post("/run/stop", {})
    record = steered.wait_until_ended(run_id)
    assert record["total_reqs"] == received(target)
    assert (record["status"], record["requests_cut"]) == ("stopped", 0)


def test_a_stop_keeps_waiting_after_a_kill_of_the_server(steered: Server, target: Shop) -> None:
    steered.endpoints({"name": "Op", "path": "/op/0?delay_ms=2500"})
    run_id = start(steered, target, vus=5)
    wait_for(lambda: received(target) == 5, "all users send requests")
    steered.post("/run/stop", {})
    steered.kill()
    wait_for(lambda: steered.folder(run_id).has(ExitFile), "the runner has ended the run")
    exit_file = steered.folder(run_id).read(ExitFile)
    assert exit_file is not None
    assert (exit_file.exit_code, exit_file.drained) == (105, True)
    steered.start()
    record = steered.wait_until_ended(run_id)
    assert record["total_reqs"] == received(target)
    assert record["requests_cut"] == 0


@pytest.mark.parametrize(
    ("changes", "verdict", "note"),
    [
        ((PAUSED,), "invalid", "paused from "),
        ((PAUSED, RESUMED), "pass", "paused for "),
        (({"vus": 0},), "invalid", "paused from "),
        (({"vus": 3},), "pass", "at reduced load for "),
        (({"vus": 3}, PAUSED, {"paused": False, "vus": 6}), "pass", "paused for "),
        ((), "pass", None),
    ],
    ids=["paused to the end", "paused", "no users", "fewer users", "both", "untouched"],
)
def test_a_steered_run_has_a_note_and_its_slos_apply_to_the_actual_load(
    steered: Server, target: Shop, changes: Sequence[dict[str, Any]], verdict: str, note: str | None
) -> None:
    endpoint = {"name": "Op", "path": f"/op/0?delay_ms={DELAY_MS}"}
    steered.endpoints(endpoint, slos={"error_rate": 0.01, "rps": 9.0})
    body = {"profile": "smoke", "base_url": target.url, "duration": "12s", "vus": 6, "steerable": True}
    run_id = str(steered.post("/run/start", body)["run_id"])
    for seq, change in enumerate(changes, 1):
        steered.wait_for_snapshots(run_id, count=seq)
        steered.post("/run/control", {"run_id": run_id, **change})
    record = steered.wait_until_ended(run_id)
    shown = record["steering_note"]
    print(f"{record['rps']:.1f} rps, {record['verdict']}: {record['verdict_reason']}")
    assert (record["status"], record["verdict"]) == ("finished", verdict), record["verdict_reason"]
    assert shown.startswith(note) if note else shown is None
    assert note is None or f"the run was {shown}" in record["verdict_reason"]
    assert steered.get("/runs")[0]["steering_note"] == shown
    assert shown is None or shown in steered.call("GET", f"/runs/{run_id}/summary.md").text

"""A real k6 is steered, paused and stopped, and the target's own count says what that did."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from dashboard.run_folder.files import ExitFile
from tests.e2e.harness import Server, Shop, kill_all, processes_of, wait_for

pytestmark = pytest.mark.k6

FOLLOWS_S = 2.0
DELAY_MS = 200
LOOK_S = 1.5


@pytest.fixture
def steered(make_server: Callable[..., Server]) -> Server:
    made = make_server(MAX_DURATION="1h")
    made.endpoints({"name": "Op", "path": f"/op/0?delay_ms={DELAY_MS}"})
    made.start()
    return made


def start(server: Server, target: Shop, **more: Any) -> str:
    body = {"profile": "soak", "base_url": target.url, "duration": "10m", "steerable": True, **more}
    return str(server.post("/run/start", body)["run_id"])


def received(target: Shop) -> int:
    return int(target.counters()["received"])


def rate(target: Shop, look_s: float = LOOK_S) -> float:
    """Requests in a second, by the target's own count."""
    before, began = received(target), time.monotonic()
    time.sleep(look_s)
    return (received(target) - before) / (time.monotonic() - began)


def after_change(server: Server, target: Shop, **wish: Any) -> float:
    """The rate at the latest moment at which the target may follow."""
    server.post("/run/control", wish)
    time.sleep(FOLLOWS_S)
    return rate(target)


def ideal(users: int) -> float:
    return users * 1000 / DELAY_MS


def marks(server: Server, run_id: str) -> list[str]:
    events = server.get(f"/runs/{run_id}")["events"]
    return [event["message"] for event in events if event["kind"] == "run.control"]


def assert_counted_exactly(server: Server, target: Shop, run_id: str) -> dict[str, Any]:
    """What arrived is what is told, every iteration was a request, and control is in no figure."""
    record = server.wait_until_ended(run_id)
    told = server.get(f"/runs/{run_id}")["breakdown"]
    assert record["total_reqs"] == record["iterations"] == received(target) > 0
    assert (record["errors"], record["requests_cut"], record["samples_lost"]) == (0, 0, False)
    assert {op["op"] for op in server.get(f"/runs/{run_id}/ops")} == {"Op"}
    assert [count["name"] for count in told["counters"] if count["name"].startswith("ctl")] == []
    assert {metric["metric"] for metric in told["metrics"]} == {"iteration_duration"}
    assert told["metrics"][0]["min"] >= 0.9 * DELAY_MS, "an idle iteration was counted"
    assert sum(snapshot["iterations"] or 0 for snapshot in server.snapshots(run_id)) == record["iterations"]
    return record


def test_the_target_follows_every_change_of_users(steered: Server, target: Shop) -> None:
    run_id = start(steered, target, vus=20)
    wait_for(lambda: received(target) > 20, "the load has begun")
    for wish, users in (
        ({"vus": 5}, 5),
        ({"vus": 15}, 15),
        ({"vus": 2}, 2),
        ({"paused": True}, 0),
        ({"paused": False}, 2),
        ({"vus": 20}, 20),
    ):
        found = after_change(steered, target, **wish)
        print(f"{wish}: {found:.1f}/s of {ideal(users):.0f}/s, {FOLLOWS_S} s after the change")
        assert 0.7 * ideal(users) <= found <= 1.15 * ideal(users)
        assert steered.get("/run/status")["control"]["taken"] is True
    steered.post("/run/stop", {})
    record = assert_counted_exactly(steered, target, run_id)
    assert record["steered"] is True
    assert marks(steered, run_id) == [
        "5 of 20 users",
        "15 of 20 users",
        "2 of 20 users",
        "paused (resumes with 2 of 20 users)",
        "resumed: 2 of 20 users",
        "20 of 20 users",
    ]
    busy = {snapshot["busy_vus"] for snapshot in steered.snapshots(run_id)}
    assert {0, 2, 5, 15, 20} <= busy
    assert {snapshot["vus"] for snapshot in steered.snapshots(run_id)[1:-1]} == {20}


def test_the_target_follows_the_share_of_a_rate(steered: Server, target: Shop) -> None:
    run_id = start(steered, target, profile="arrival", rate=80, vus=40, duration="10m")
    wait_for(lambda: received(target) > 80, "the load has begun")
    for wish, wanted in (({"share": 0.25}, 20), ({"paused": True}, 0), ({"paused": False, "rate": 80}, 80)):
        found = after_change(steered, target, **wish)
        print(f"{wish}: {found:.1f}/s of {wanted}/s, {FOLLOWS_S} s after the change")
        assert 0.85 * wanted - 1 <= found <= 1.1 * wanted + 1
    steered.post("/run/stop", {})
    assert_counted_exactly(steered, target, run_id)
    assert marks(steered, run_id)[0] == "25 % of the rate, 20 of 80 per second"


def test_scenarios_with_constant_users_are_steered_together(steered: Server, target: Shop) -> None:
    users = {"executor": "constant-vus", "duration": "10m"}
    scenarios = {"a": {**users, "vus": 4}, "b": {**users, "vus": 8}}
    run_id = start(steered, target, profile="custom", scenarios=scenarios, duration=None)
    wait_for(lambda: received(target) > 20, "the load has begun")
    found = after_change(steered, target, vus=6)
    assert 0.7 * ideal(6) <= found <= 1.15 * ideal(6)
    assert wait_for(lambda: steered.snapshots(run_id)[-1]["busy_vus"] == 6, "six are busy")
    steered.post("/run/stop", {})
    assert_counted_exactly(steered, target, run_id)


def lossless(server: Server, target: Shop, times: int) -> None:
    server.endpoints({"name": "Op", "path": "/op/0?delay_ms=60"})
    for number in range(times):
        target.reset()
        run_id = start(server, target, profile="arrival", rate=500, vus=100, duration="10m")
        wait_for(lambda: received(target) > 500, "the load has begun")
        server.post("/run/stop", {})
        record = server.wait_until_ended(run_id)
        print(f"stop {number + 1}: target {received(target)}, record {record['total_reqs']}")
        assert received(target) == record["total_reqs"]
        assert (record["status"], record["requests_cut"], record["errors"]) == ("stopped", 0, 0)


def test_a_stop_at_500_requests_a_second_loses_none(steered: Server, target: Shop) -> None:
    lossless(steered, target, 2)


@pytest.mark.long
def test_twenty_stops_at_500_requests_a_second_lose_none(steered: Server, target: Shop) -> None:
    lossless(steered, target, 20)


def test_a_stop_tells_how_many_iterations_it_waits_for_and_can_be_hurried(
    steered: Server, target: Shop
) -> None:
    steered.endpoints({"name": "Op", "path": "/op/0?delay_ms=8000"})
    run_id = start(steered, target, vus=5)
    wait_for(lambda: received(target) == 5, "all are at work")
    steered.post("/run/stop", {})
    waiting = wait_for(lambda: steered.record(run_id)["control"]["running"], "the number is known")
    assert waiting == 5
    assert steered.record(run_id)["status"] == "stopping"
    steered.post("/run/stop", {"now": True})
    record = steered.wait_until_ended(run_id, within_s=6)
    assert (record["status"], record["requests_cut"]) == ("stopped", 5)


def kill_runner(server: Server, run_id: str) -> None:
    found = [p for p in processes_of(server.folder(run_id).path) if "dashboard.runner" in p.info["cmdline"]]
    kill_all(found)
    psutil.wait_procs(found, timeout=5)


def kill_server(server: Server, _run_id: str) -> None:
    server.kill()


def kill_both(server: Server, run_id: str) -> None:
    server.kill()
    kill_runner(server, run_id)


def holds_after(kill: Callable[[Server, str], None], server: Server, target: Shop, *, paused: bool) -> None:
    """What was commanded holds within 5 s after a kill, and so does what is commanded next."""
    run_id = start(server, target, vus=20)
    wait_for(lambda: received(target) > 20, "the load has begun")
    server.post("/run/control", {"vus": 4, "paused": paused})
    if paused:
        wait_for(lambda: rate(target, 0.5) == 0, "it is paused")
    kill(server, run_id)
    if not server.alive:
        server.start()
    time.sleep(5)
    users = 0 if paused else 4
    assert 0.7 * ideal(users) <= rate(target) <= 1.15 * ideal(users)
    assert server.record(run_id)["control"]["paused"] is paused
    server.post("/run/control", {"vus": 10, "paused": False})
    wait_for(lambda: 0.7 * ideal(10) <= rate(target, 1.0) <= 1.15 * ideal(10), "ten are at work", within_s=5)
    server.post("/run/stop", {})
    record = server.wait_until_ended(run_id)
    assert record["total_reqs"] == received(target)
    assert record["status"] == "stopped"
    assert not server.folder(run_id).has(ExitFile) or record["requests_cut"] == 0


@pytest.mark.parametrize(("kill", "paused"), [(kill_both, True), (kill_runner, False)])
def test_what_was_commanded_holds_after_the_worst_kills(
    steered: Server, target: Shop, kill: Callable[[Server, str], None], paused: bool
) -> None:
    holds_after(kill, steered, target, paused=paused)


@pytest.mark.long
@pytest.mark.parametrize(
    ("kill", "paused"),
    [(kill_runner, True), (kill_server, True), (kill_server, False), (kill_both, False)],
)
def test_what_was_commanded_holds_after_the_other_kills(
    steered: Server, target: Shop, kill: Callable[[Server, str], None], paused: bool
) -> None:
    holds_after(kill, steered, target, paused=paused)


def test_a_stop_goes_on_waiting_though_the_dashboard_dies(steered: Server, target: Shop) -> None:
    steered.endpoints({"name": "Op", "path": "/op/0?delay_ms=2500"})
    run_id = start(steered, target, vus=5)
    wait_for(lambda: received(target) == 5, "all are at work")
    steered.post("/run/stop", {})
    steered.kill()
    wait_for(lambda: steered.folder(run_id).has(ExitFile), "the runner ends it alone")
    ended = steered.folder(run_id).read(ExitFile)
    assert ended is not None
    assert (ended.exit_code, ended.drained) == (105, True)
    steered.start()
    record = steered.wait_until_ended(run_id)
    assert record["total_reqs"] == received(target)
    assert record["requests_cut"] == 0

"""Tokens that expire during a run are renewed by one request for all users, and the target rejects no user."""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.run_folder.files import AuthFile, RunnerFile
from tests.e2e.harness import Server, wait_for
from tests.fakes.token_server import CLIENT, SECRET, FakeTokenServer

pytestmark = pytest.mark.k6
LIFETIME_S = 6.0


@pytest.fixture
def token_server() -> Iterator[FakeTokenServer]:
    token_server = FakeTokenServer()
    yield token_server
    token_server.close()


def keycloak_auth(token_server: FakeTokenServer) -> dict[str, Any]:
    return {
        "auth_mode": "keycloak",
        "auth_host": token_server.url,
        "auth_realm": "shop",
        "auth_client_id": CLIENT,
        "auth_client_secret": SECRET,
    }


def start_run(server: Server, token_server: FakeTokenServer, *, vus: int, duration: str, **more: Any) -> str:
    server.endpoints({"name": "Account", "path": "/account"}, pacing="200ms")
    return server.run(token_server.url, vus=vus, duration=duration, **{**keycloak_auth(token_server), **more})


def stop_and_wait(server: Server, run_id: str) -> dict[str, Any]:
    server.post("/run/stop", {"run_id": run_id})
    return server.wait_until_ended(run_id)


def events_of_kind(server: Server, run_id: str, kind: str) -> list[dict[str, Any]]:
    return [event for event in server.get(f"/runs/{run_id}")["events"] if event["kind"] == kind]


@pytest.mark.parametrize(
    ("vus", "seconds"),
    [(20, 12), pytest.param(20, 60, marks=pytest.mark.long), pytest.param(200, 60, marks=pytest.mark.long)],
)
def test_no_user_is_rejected_although_tokens_expire_every_few_seconds(
    server: Server, token_server: FakeTokenServer, vus: int, seconds: int
) -> None:
    token_server.life_s = token_server.reported_life_s = LIFETIME_S
    run_id = start_run(server, token_server, vus=vus, duration=f"{seconds}s")
    record = server.wait_until_ended(run_id, within_s=seconds + 40)
    max_requests = math.ceil(seconds / (0.6 * LIFETIME_S)) + 1
    requested = token_server.count_requests_while_serving()
    print(
        f"\n{vus} users, {seconds} s: {requested} token requests (at most {max_requests}), {token_server.statuses}"
    )
    assert record["status"] == "finished", record["exit_reason"]
    assert token_server.statuses[401] == 0
    assert record["total_reqs"] == token_server.statuses[200] > vus * seconds
    assert max_requests - 2 <= requested <= max_requests


def test_a_requested_token_refresh_reaches_all_users_soon(
    server: Server, token_server: FakeTokenServer
) -> None:
    run_id = start_run(server, token_server, vus=20, duration="30s")
    server.wait_for_snapshots(run_id)
    requested_at = time.monotonic()
    assert server.post("/run/refresh-token", {"run_id": run_id}) == {"run_id": run_id, "status": "requested"}
    wait_for(
        lambda: len(token_server.ports_with(token_server.issued[-1])) == 20 and len(token_server.issued) == 2,
        "all users have the new token",
    )
    took_s = time.monotonic() - requested_at
    print(f"\nall 20 users had the new token after {took_s:.1f} s")
    assert took_s < 5
    stop_and_wait(server, run_id)
    assert token_server.statuses[401] == 0
    refreshed = events_of_kind(server, run_id, "run.token_refreshed")
    assert len(refreshed) == 1
    assert "on request" in refreshed[0]["message"]
    assert 0 < refreshed[0]["elapsed_s"] < 30


def test_a_revoked_token_causes_at_most_one_rejection_per_user(
    server: Server, token_server: FakeTokenServer
) -> None:
    run_id = start_run(server, token_server, vus=20, duration="30s", steerable=True)
    server.wait_for_snapshots(run_id)
    token_server.revoke()
    wait_for(
        lambda: len(token_server.ports_with(token_server.issued[-1])) == 20, "all users have the new token"
    )
    record = stop_and_wait(server, run_id)
    assert len(token_server.requests) == 2
    assert len(token_server.rejections_by_port) > 0
    assert max(token_server.rejections_by_port.values()) == 1
    assert token_server.statuses[401] == sum(token_server.rejections_by_port.values()) <= 20
    # the rejected request and its repetition both count
    assert record["total_reqs"] == token_server.statuses.total()
    assert record["status_4xx"] == token_server.statuses[401]
    assert (
        "because the target rejected it"
        in events_of_kind(server, run_id, "run.token_refreshed")[0]["message"]
    )


@pytest.mark.parametrize(
    ("behavior", "message"),
    [
        ("wrong", "rejects the credentials (401"),
        ("html", "is not a JSON object"),
        ("hang", "did not respond within 5 s"),
    ],
)
def test_without_a_first_token_no_load_starts(
    server: Server, token_server: FakeTokenServer, behavior: str, message: str
) -> None:
    token_server.behavior = behavior
    began = time.monotonic()
    record = server.wait_until_ended(start_run(server, token_server, vus=2, duration="5s"))
    assert time.monotonic() - began < 10
    assert (record["status"], record["exit_code"]) == ("failed", None)
    assert message in record["exit_reason"]
    assert SECRET not in record["exit_reason"]
    assert not token_server.statuses
    assert not server.folder(record["run_id"]).has(AuthFile)


def test_a_temporary_failure_of_the_token_server_has_no_effect(
    server: Server, token_server: FakeTokenServer
) -> None:
    token_server.life_s = token_server.reported_life_s = 10
    run_id = start_run(server, token_server, vus=5, duration="40s")
    server.wait_for_snapshots(run_id)
    token_server.behavior = "down"
    wait_for(lambda: events_of_kind(server, run_id, "run.token_refused"), "the failure is reported")
    token_server.behavior = ""
    wait_for(lambda: events_of_kind(server, run_id, "run.token_refreshed"), "a new token is issued")
    stop_and_wait(server, run_id)
    assert token_server.statuses[401] == 0
    kinds = [kind for kind in server.events(run_id) if "token" in kind]
    assert kinds[:2] == ["run.token_refused", "run.token_refreshed"]


def test_a_run_whose_token_is_rejected_is_paused_and_can_be_resumed(
    server: Server, token_server: FakeTokenServer
) -> None:
    run_id = start_run(server, token_server, vus=5, duration="60s")
    server.wait_for_snapshots(run_id)
    token_server.behavior = "down"
    token_server.revoke()
    paused = wait_for(lambda: events_of_kind(server, run_id, "run.auth_paused"), "the run is paused")[0]
    assert (paused["level"], "503 (in maintenance)" in paused["message"]) == ("error", True)
    wait_for(lambda: server.get("/run/status")["control"]["paused"], "the status shows the pause")
    wait_for(
        lambda: len(token_server.requests) <= 8 and _is_quiet(token_server),
        "no user sends requests",
        within_s=6,
    )
    token_server.behavior = ""
    server.post("/run/refresh-token")
    wait_for(lambda: events_of_kind(server, run_id, "run.token_refreshed"), "a new token is issued")
    served = token_server.statuses[200]
    server.post("/run/control", {"paused": False})
    wait_for(lambda: token_server.statuses[200] > served + 10, "the load continues")
    server.post("/run/stop")
    assert server.wait_until_ended(run_id)["status"] == "stopped"
    assert len(events_of_kind(server, run_id, "run.auth_paused")) == 1


def test_a_runner_that_takes_over_renews_the_tokens(server: Server, token_server: FakeTokenServer) -> None:
    token_server.life_s = token_server.reported_life_s = LIFETIME_S
    run_id = start_run(server, token_server, vus=5, duration="40s")
    server.wait_for_snapshots(run_id)
    before = len(token_server.requests)
    runner = server.folder(run_id).read(RunnerFile)
    assert runner is not None
    os.kill(runner.pid, signal.SIGKILL)
    wait_for(lambda: len(token_server.requests) > before + 1, "tokens are renewed again", within_s=20)
    record = stop_and_wait(server, run_id)
    assert "run.runner_rescued" in server.events(run_id)
    assert record["status"] == "stopped", record["exit_reason"]
    assert token_server.statuses[401] == 0


def test_a_run_without_a_token_server_has_no_token_to_refresh(
    server: Server, token_server: FakeTokenServer
) -> None:
    server.endpoints({"name": "Account", "path": "/account"}, pacing="200ms")
    run_id = server.run(
        token_server.url, vus=1, duration="20s", auth_mode="bearer", auth_token=token_server.issue()
    )
    response = server.call("POST", "/run/refresh-token", {})
    assert response.status_code == 409
    assert "uses no token server" in response.json()["detail"]
    server.post("/run/stop")
    server.wait_until_ended(run_id)
    assert server.call("POST", "/run/refresh-token", {}).json()["detail"] == "No run is live."


def _is_quiet(token_server: FakeTokenServer) -> bool:
    before = token_server.statuses.total()
    time.sleep(1.2)
    return token_server.statuses.total() == before

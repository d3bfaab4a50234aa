"""Every change over HTTP is in the audit log, with its author. Runs, baselines and SLOs name who changed them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.api.http.audit import ACTIONS
from dashboard.api.http.roles import NEEDED_ROLES
from dashboard.model.baseline import Scope
from dashboard.model.run import RunStatus
from dashboard.services import Services
from dashboard.store.errors import StoreError
from tests.api.conftest import end_runs, wait_until
from tests.api.http.test_roles import DOCUMENT_ROUTES, READING
from tests.api.identities import TokenedApp, tokened_app
from tests.factories import an_ended_run

START = {"profile": "smoke", "base_url": "http://127.0.0.1:9"}
SECRET = "canary-of-the-audit-log"


@pytest.fixture
def tokened(services: Services, tmp_path: Path) -> Iterator[TokenedApp]:
    with tokened_app(services, tmp_path) as made:
        yield made
        end_runs(services)


@pytest.fixture
def client(tokened: TokenedApp) -> FlaskClient:
    client = tokened.app.test_client()
    client.get(
        "/health"
    )  # the first response takes long, because the test compiles the shapes of all responses
    return client


@pytest.fixture
def admin(tokened: TokenedApp) -> dict[str, str]:
    return tokened.headers("admin")


@pytest.fixture
def runner(tokened: TokenedApp) -> dict[str, str]:
    return tokened.headers("runner")


def entries(client: FlaskClient, admin: dict[str, str], **query: Any) -> list[dict[str, Any]]:
    answer = client.get("/audit", query_string=query, headers=admin)
    return [dict(entry) for entry in answer.json or ()]


def test_every_route_that_changes_something_has_an_action() -> None:
    changing = {route for route in NEEDED_ROLES if not route.startswith("GET ")} - {
        *READING,
        *DOCUMENT_ROUTES,
    }

    assert changing | {"POST /login"} == set(ACTIONS)


def test_a_run_names_who_started_and_stopped_it(
    tokened: TokenedApp, client: FlaskClient, admin: dict[str, str], runner: dict[str, str]
) -> None:
    run_id = client.post("/run/start", json=START | {"label": "x"}, headers=runner).json["run_id"]
    stopped = client.post("/run/stop", json={"run_id": run_id, "now": True}, headers=admin)
    assert stopped.status_code == 200, stopped.json
    wait_until(lambda: not tokened.services.live_runs.runs(), 15)
    client.patch(f"/runs/{run_id}", json={"label": "y"}, headers=runner)
    record = client.get(f"/runs/{run_id}", headers=runner).json["run"]
    stop, start = entries(client, admin, action="run.stop")[0], entries(client, admin, action="run.start")[0]
    annotate = entries(client, admin, action="run.annotate")[0]

    assert (record["started_by"], record["stopped_by"], record["changed_by"]) == ("runner", "boss", "runner")
    assert (start["who"], start["role"], start["via"], start["object"]) == (
        "runner",
        "runner",
        "token",
        run_id,
    )
    assert start["after"]["base_url"] == START["base_url"]
    assert (stop["who"], stop["object"], stop["client"]) == ("boss", run_id, "127.0.0.1")
    assert (annotate["before"], annotate["after"]) == ({"label": "x"}, {"label": "y"})


def test_a_queued_run_names_who_canceled_it(
    client: FlaskClient, admin: dict[str, str], runner: dict[str, str]
) -> None:
    client.post("/run/start", json=START, headers=runner)
    queued = client.post("/run/start", json=START | {"queue": True}, headers=runner).json["run_id"]
    client.post("/run/stop", json={"run_id": queued}, headers=admin)
    record = client.get(f"/runs/{queued}", headers=runner).json["run"]

    assert (record["status"], record["started_by"], record["stopped_by"]) == ("stopped", "runner", "boss")


def test_secrets_of_a_start_are_not_in_the_log(
    client: FlaskClient, admin: dict[str, str], runner: dict[str, str]
) -> None:
    body = START | {"auth_mode": "bearer", "auth_token": SECRET, "meta": {"password": SECRET}}
    assert client.post("/run/start", json=body, headers=runner).status_code == 201
    client.post("/login", json={"token": SECRET})

    assert SECRET not in json.dumps(entries(client, admin))


def test_baselines_and_slos_name_who_changed_them(
    tokened: TokenedApp,
    services: Services,
    client: FlaskClient,
    admin: dict[str, str],
    runner: dict[str, str],
) -> None:
    run = an_ended_run()
    services.store.runs.insert(run)
    client.post(f"/runs/{run.run_id}/baseline?profile={run.config.profile}", headers=runner)
    pinned = client.get(f"/runs/baseline?profile={run.config.profile}", headers=runner).json
    changed = client.post("/slo/config", json={"p95_ms": 123}, headers=runner).json
    services.endpoints.write((services.endpoints.raw() or b"") + b" ")
    edited = client.get("/slo/config", headers=runner).json
    slos, pin = entries(client, admin, action="slos")[0], entries(client, admin, action="baseline")[0]

    assert pinned["changed_by"] == "runner"
    assert services.store.baselines.all()[0].scope == Scope(profile=run.config.profile)
    assert (changed["changed_by"], edited["changed_by"], edited["changed_at"]) == ("runner", None, None)
    assert slos["after"] == {"p95_ms": 123}
    assert (pin["object"], pin["after"]) == (run.config.profile, {"run_id": run.run_id})


def test_deleting_a_run_records_what_it_was(
    services: Services, client: FlaskClient, admin: dict[str, str]
) -> None:
    run = an_ended_run()
    services.store.runs.insert(run)
    client.delete(f"/runs/{run.run_id}", headers=admin)

    (entry,) = entries(client, admin, action="run.delete")
    assert (entry["object"], entry["before"]["status"], entry["after"]) == (
        run.run_id,
        run.status.value,
        None,
    )


def test_refused_requests_are_not_recorded(
    client: FlaskClient, admin: dict[str, str], tokened: TokenedApp
) -> None:
    client.post("/run/start", json={}, headers=admin)
    client.post("/run/continue", headers=tokened.headers("viewer"))

    assert entries(client, admin) == []


def test_tokens_and_sign_ins_are_recorded(
    tokened: TokenedApp, client: FlaskClient, admin: dict[str, str]
) -> None:
    text = client.post("/tokens", json={"name": "ci", "role": "viewer"}, headers=admin).json["token"]
    tokened.app.test_client().post("/login", json={"token": text})
    client.delete("/tokens/ci", headers=admin)
    found = [(entry["action"], entry["who"], entry["object"]) for entry in entries(client, admin)]

    assert found == [("token.revoke", "boss", "ci"), ("sign_in", "ci", ""), ("token.create", "boss", "ci")]
    assert text.split("_", 2)[2] not in json.dumps(entries(client, admin))


def test_the_log_is_paged_and_exported_as_json_lines(
    client: FlaskClient, admin: dict[str, str], runner: dict[str, str]
) -> None:
    for _ in range(3):
        client.post("/run/continue", headers=runner)
    first = client.get("/audit?limit=2&who=runner", headers=admin)
    link = first.headers["Link"].split(">")[0][1:]
    second = client.get(link, headers=admin)
    lines = client.get("/audit/export", headers=admin)

    assert [entry["number"] for entry in [*(first.json or ()), *(second.json or ())]] == [3, 2, 1]
    assert "Link" not in second.headers
    assert lines.mimetype == "application/x-ndjson"
    assert [json.loads(line)["number"] for line in lines.text.splitlines()] == [1, 2, 3]


def test_a_change_succeeds_when_the_log_cannot_be_written(
    services: Services, client: FlaskClient, runner: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(services.store.audit, "add", fail)

    assert client.post("/run/continue", headers=runner).status_code == 204


def test_a_run_that_the_dashboard_stops_names_nobody(
    services: Services, client: FlaskClient, runner: dict[str, str]
) -> None:
    run_id = client.post("/run/start", json=START, headers=runner).json["run_id"]
    services.supervisor.stop(run_id, "deadline", immediate=True)
    wait_until(lambda: not services.live_runs.runs(), 15)
    run = services.store.runs.get(run_id)

    assert run is not None
    assert (run.status, run.stopped_by) == (RunStatus.STOPPED, None)

"""Pinning, finding and clearing baselines."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient

from dashboard.model.run import RunStatus
from dashboard.services import Services
from tests.factories import a_run, an_ended_run

SMOKE, RAMP, STAGED = (f"20261121-10{minute:02}00-abcdefgh" for minute in range(3))


@pytest.fixture
def client(client: FlaskClient, services: Services) -> FlaskClient:
    """A client. The history has three ended runs."""
    services.store.runs.insert(an_ended_run(SMOKE))
    services.store.runs.insert(an_ended_run(RAMP, profile="ramp"))
    services.store.runs.insert(an_ended_run(STAGED, env_profile="staging"))
    return client


def test_without_a_baseline_all_fields_are_null(client: FlaskClient) -> None:
    assert client.get("/runs/baseline").json == {
        "run_id": None,
        "profile": None,
        "env_profile": None,
        "pinned_at": None,
        "changed_by": None,
        "run": None,
        "pinned": [],
    }


def test_a_pinned_run_is_the_baseline_with_its_record(client: FlaskClient) -> None:
    answer = client.post(f"/runs/{SMOKE}/baseline")
    current = client.get("/runs/baseline").json

    assert (answer.status_code, answer.json) == (200, current)
    assert (current["run_id"], current["run"]["run_id"], current["profile"]) == (SMOKE, SMOKE, None)
    assert current["run"]["p95_ms"] == client.get(f"/runs/{SMOKE}").json["run"]["p95_ms"]


def test_a_new_pin_replaces_the_pin_of_the_same_scope(client: FlaskClient) -> None:
    client.post(f"/runs/{SMOKE}/baseline")
    client.post(f"/runs/{RAMP}/baseline")

    assert [pin["run_id"] for pin in client.get("/runs/baseline").json["pinned"]] == [RAMP]


def test_the_most_specific_baseline_applies(client: FlaskClient) -> None:
    client.post(f"/runs/{RAMP}/baseline")
    client.post(f"/runs/{SMOKE}/baseline?profile=smoke")
    client.post(f"/runs/{STAGED}/baseline?profile=smoke&env_profile=staging")
    found = {
        query: client.get(f"/runs/baseline?{query}").json["run_id"]
        for query in ("", "profile=smoke", "profile=smoke&env_profile=staging", "profile=soak")
    }

    assert found == {
        "": RAMP,
        "profile=smoke": SMOKE,
        "profile=smoke&env_profile=staging": STAGED,
        "profile=soak": RAMP,
    }


def test_removing_a_baseline_affects_one_scope_and_can_be_repeated(client: FlaskClient) -> None:
    client.post(f"/runs/{SMOKE}/baseline")
    client.post(f"/runs/{SMOKE}/baseline?profile=smoke")

    assert client.delete("/runs/baseline").status_code == 204
    assert client.delete("/runs/baseline").status_code == 204
    assert [pin["profile"] for pin in client.get("/runs/baseline").json["pinned"]] == ["smoke"]


def test_a_pinned_run_cannot_be_deleted(client: FlaskClient, services: Services) -> None:
    client.post(f"/runs/{SMOKE}/baseline?profile=smoke")
    refused = client.delete(f"/runs/{SMOKE}")

    assert (refused.status_code, refused.json["detail"]) == (
        409,
        f"Run {SMOKE} is a baseline. Unpin it first.",
    )
    assert services.store.baselines.run_ids() == {SMOKE}
    client.delete("/runs/baseline?profile=smoke")
    assert client.delete(f"/runs/{SMOKE}").status_code == 204


@pytest.mark.parametrize(
    ("run_id", "query", "status", "field"),
    [
        (SMOKE, "profile=ramp", 422, "profile"),
        (SMOKE, "profile=smoke&env_profile=staging", 422, "env_profile"),
        (STAGED, "env_profile=staging", 422, "profile"),
        (SMOKE, "profile=marathon", 422, "profile"),
        (SMOKE, "profile=smoke&env_profile=", 422, "env_profile"),
        (SMOKE, "scope=all", 422, "scope"),
        ("no-such-run", "", 404, None),
    ],
)
def test_an_invalid_pin_is_refused(
    client: FlaskClient, run_id: str, query: str, status: int, field: str | None
) -> None:
    answer = client.post(f"/runs/{run_id}/baseline?{query}")

    assert answer.status_code == status
    assert field is None or [error["field"] for error in answer.json["errors"]] == [field]
    assert client.get("/runs/baseline").json["pinned"] == []


def test_live_runs_and_runs_without_figures_cannot_be_pinned(client: FlaskClient, services: Services) -> None:
    services.store.runs.insert(a_run("20261121-110000-abcdefgh"))
    services.store.runs.insert(a_run("20261121-110100-abcdefgh", RunStatus.FAILED))
    live = client.post("/runs/20261121-110000-abcdefgh/baseline")
    empty = client.post("/runs/20261121-110100-abcdefgh/baseline")

    assert (live.status_code, empty.status_code) == (409, 409)
    assert "has no figures" in empty.json["detail"]


def test_concurrent_pin_and_delete_leave_no_pin_without_its_run(
    client: FlaskClient, services: Services
) -> None:
    def pin(run_id: str) -> int:
        return client.application.test_client().post(f"/runs/{run_id}/baseline").status_code

    with ThreadPoolExecutor(1) as threads:
        for number in range(20):
            run_id = f"20261121-12{number:02}00-abcdefgh"
            services.store.runs.insert(an_ended_run(run_id))
            pinned = threads.submit(pin, run_id)
            deleted = client.delete(f"/runs/{run_id}").status_code

            assert (pinned.result(), deleted) in {(200, 409), (404, 204), (409, 204)}
            assert all(services.store.runs.get(known) for known in services.store.baselines.run_ids())

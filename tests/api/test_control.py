"""POST /run/control, with the real supervisor and a fake k6 that does not poll."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.model.run import RunStatus
from dashboard.run_folder.files import ChannelFile, ControlFile, RunFolder, StopFile
from dashboard.services import Services
from tests.api.conftest import wait_until

SOAK = {"profile": "soak", "base_url": "http://127.0.0.1:9", "vus": 20, "steerable": True}
ARRIVAL = {"profile": "arrival", "base_url": "http://127.0.0.1:9", "rate": 80, "steerable": True}


def start(client: FlaskClient, body: dict[str, Any]) -> str:
    answer = client.post("/run/start", json=body)
    assert answer.status_code == 201, answer.json
    return str(answer.json["run_id"])


def control(client: FlaskClient, **change: object) -> TestResponse:
    return client.post("/run/control", json=change)


def run_folder(services: Services, run_id: str) -> RunFolder:
    return RunFolder(services.settings.path(services.settings.data_dir) / "runs" / run_id)


def test_a_request_is_written_for_the_runner(client: FlaskClient, services: Services) -> None:
    run_id = start(client, SOAK)
    answer = control(client, vus="5")
    assert (answer.status_code, answer.json["run_id"]) == (200, run_id)
    state = answer.json["control"]
    assert (state["vus"], state["planned_vus"], state["paused"], state["seq"]) == (5, 20, False, 1)
    control(client, run_id=run_id, paused=True)
    control_file = run_folder(services, run_id).read(ControlFile)
    assert control_file is not None
    assert (control_file.seq, control_file.vus, control_file.paused) == (2, 5, True)


@pytest.mark.parametrize("route", ["/run/control", "/run/stop", "/run/refresh-token"])
def test_an_empty_id_is_rejected(client: FlaskClient, services: Services, route: str) -> None:
    start(client, SOAK)
    answer = client.post(route, json={"run_id": "", **({"vus": 1} if route == "/run/control" else {})})

    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "run_id")
    assert [run.status.is_live for run in services.live_runs.runs()] == [True]
    assert client.get("/run/status").json["status"] != "stopping"


def test_a_rate_is_stored_as_a_share(client: FlaskClient, services: Services) -> None:
    run_id = start(client, ARRIVAL)
    state = control(client, rate=20).json["control"]
    assert (state["share"], state["rate"], state["planned_rate"], state["vus"]) == (0.25, 20.0, 80.0, None)
    control_file = run_folder(services, run_id).read(ControlFile)
    assert control_file is not None
    assert control_file.share == 0.25


def test_a_change_becomes_one_event_and_its_receipt_is_reported(
    client: FlaskClient, services: Services
) -> None:
    run_id = start(client, SOAK)
    wait_until(lambda: client.get("/run/status").json["control"])
    assert client.get("/run/status").json["control"]["taken"] is True
    control(client, vus=5)
    wait_until(lambda: client.get("/run/status").json["control"]["vus"] == 5)
    assert client.get("/run/status").json["control"]["taken"] is False
    run_folder(services, run_id).write(ChannelFile(1, None, None))
    wait_until(lambda: client.get("/run/status").json["control"]["taken"])
    control(client, vus=5)
    control(client, paused=True)
    wait_until(lambda: client.get("/run/status").json["control"]["paused"])
    events = [
        event for event in client.get(f"/runs/{run_id}").json["events"] if event["kind"] == "run.control"
    ]
    assert [event["message"] for event in events] == [
        "5 of 20 users",
        "load paused; resumes with 5 of 20 users",
    ]
    assert events[0]["data"] == {"paused": False, "vus": 5, "share": None, "rate": None}
    assert events[0]["level"] == "info"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, "paused"),
        ({"vus": 21}, "vus"),
        ({"vus": -1}, "vus"),
        ({"vus": 1.5}, "vus"),
        ({"share": 0.5}, "share"),
        ({"share": 1.01}, "share"),
        ({"rate": -1}, "rate"),
        ({"paused": "yes"}, "paused"),
        ({"speed": 1}, "speed"),
    ],
)
def test_an_invalid_change_names_the_field(
    client: FlaskClient, services: Services, change: dict[str, object], field: str
) -> None:
    run_id = start(client, SOAK)
    answer = client.post("/run/control", json=change)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert not run_folder(services, run_id).has(ControlFile)


def test_a_run_that_is_not_steerable_is_rejected(client: FlaskClient) -> None:
    assert control(client, paused=True).json["detail"] == "No run is live."
    run_id = start(client, {**SOAK, "steerable": False})
    answer = control(client, paused=True)
    assert answer.status_code == 409
    assert answer.json["detail"].startswith(f"Run {run_id} (soak) cannot be steered. Start it with")
    assert client.get("/run/status").json["control"] is None


def test_a_queued_stopping_or_ended_run_cannot_be_steered(client: FlaskClient, services: Services) -> None:
    live = start(client, SOAK)
    waiting = start(client, {**SOAK, "queue": True})
    client.post("/run/stop", json={"run_id": live})
    assert "is stopping" in control(client, run_id=live, vus=1).json["detail"]
    assert "is still in the queue" in control(client, run_id=waiting, vus=1).json["detail"]
    client.post("/run/stop", json={"run_id": waiting})
    answer = control(client, run_id=waiting, vus=1)
    assert (answer.status_code, answer.json["detail"]) == (
        409,
        f"Run {waiting} (soak) has already ended (stopped).",
    )
    assert control(client, run_id="nothing", vus=1).status_code == 404


def test_an_immediate_stop_overrides_a_stop_that_waits(client: FlaskClient, services: Services) -> None:
    run_id = start(client, SOAK)
    wait_until(lambda: client.get(f"/runs/{run_id}").json["run"]["started_at"])
    client.post("/run/stop", json={})
    wait_until(lambda: (client.get("/run/status").json["control"] or {}).get("waiting"))
    client.post("/run/stop", json={"now": True})
    stop_file = run_folder(services, run_id).read(StopFile)
    assert stop_file is not None
    assert stop_file.immediate is True
    wait_until(lambda: services.reader.run(run_id).status is RunStatus.STOPPED)
    state = client.get(f"/runs/{run_id}").json
    messages = [event["message"] for event in state["events"] if event["kind"] == "run.stop_requested"]
    assert messages[0] == "stop requested; waiting for running iterations"
    assert state["run"]["control"] is None
    assert state["steering_variable"] == "vus"


@pytest.mark.parametrize("profile", ["ramp", "stress", "spike"])
def test_a_profile_that_cannot_be_steered_is_rejected_at_the_start(client: FlaskClient, profile: str) -> None:
    answer = client.post("/run/start", json={**SOAK, "profile": profile})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "steerable"
    assert f"{profile} cannot be steered" in answer.json["detail"]
    assert client.post("/run/plan", json={"profile": profile}).json["steering_variable"] is None
    assert client.post("/run/plan", json={"profile": "soak"}).json["steering_variable"] == "vus"

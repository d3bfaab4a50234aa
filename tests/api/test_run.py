"""Starting, queueing and stopping runs over HTTP, with the real supervisor and a fake k6."""

import errno
import json
import shutil
import threading
from collections.abc import Callable, Sequence

import pytest
from flask.testing import FlaskClient

from dashboard.app import create_app
from dashboard.model.run import Run, RunStatus
from dashboard.run_folder.files import PidFile, RunFile, RunFolder
from dashboard.runner.processes.posix import ProcessIdentity, is_alive
from dashboard.runs.start.launcher import Launcher
from dashboard.services import Services
from dashboard.store.errors import StoreError
from tests.api.conftest import wait_until

START = {"profile": "smoke", "base_url": "http://127.0.0.1:9"}


def test_the_status_is_idle_without_runs(client: FlaskClient) -> None:
    answer = client.get("/run/status").json

    assert (answer["status"], answer["run_id"], answer["runs"], answer["queue"]) == ("idle", None, [], [])
    assert answer["queue_held"] is False


def test_a_start_creates_a_run_and_returns_its_location(client: FlaskClient, services: Services) -> None:
    answer = client.post("/run/start", json=START | {"vus": "3", "label": "nightly"})

    assert answer.status_code == 201
    assert answer.json == {"status": "starting", "profile": "smoke", "run_id": answer.json["run_id"]}
    assert answer.headers["Location"] == f"/runs/{answer.json['run_id']}"
    run = services.store.runs.get(answer.json["run_id"])
    assert run is not None
    assert (run.vus_max, run.config.label) == (3, "nightly")


def test_the_status_lists_live_and_queued_runs(client: FlaskClient) -> None:
    live = client.post("/run/start", json=START).json["run_id"]
    waiting = client.post("/run/start", json=START | {"queue": True}).json
    answer = client.get("/run/status").json

    assert waiting["status"] == "queued"
    assert (answer["run_id"], answer["base_url"]) == (live, "http://127.0.0.1:9")
    assert [run["run_id"] for run in answer["runs"]] == [live]
    assert [run["run_id"] for run in answer["queue"]] == [waiting["run_id"]]


def test_a_second_start_conflicts_with_the_live_run(client: FlaskClient) -> None:
    live = client.post("/run/start", json=START).json["run_id"]
    answer = client.post("/run/start", json=START)

    assert (answer.status_code, answer.json["run_id"]) == (409, live)


@pytest.mark.parametrize("which", [{}, {"run_id": "latest"}])
def test_a_stop_ends_the_live_run(client: FlaskClient, services: Services, which: dict[str, str]) -> None:
    run_id = client.post("/run/start", json=START).json["run_id"]
    wait_until(lambda: client.get("/run/status").json["status"] == "running")
    answer = client.post("/run/stop", json=which)

    assert answer.json == {"status": "stopping", "run_id": run_id}
    wait_until(lambda: client.get(f"/runs/{run_id}").json["run"]["status"] == "stopped", 15)


def test_a_run_can_be_stopped_on_a_full_disk(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = client.post("/run/start", json=START).json["run_id"]
    wait_until(lambda: client.get("/run/status").json["status"] == "running")

    def refuse(folder: RunFolder, value: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(RunFolder, "write", refuse)
    assert client.post("/run/stop").json == {"status": "stopping", "run_id": run_id}
    wait_until(lambda: client.get(f"/runs/{run_id}").json["run"]["status"] == "stopped", 15)


def test_a_run_can_be_stopped_without_its_folder(client: FlaskClient, services: Services) -> None:
    run_id = client.post("/run/start", json=START).json["run_id"]
    wait_until(lambda: client.get("/run/status").json["status"] == "running")
    folder = services.data_dir / "runs" / run_id
    k6 = RunFolder(folder).read(PidFile)
    shutil.rmtree(folder)

    assert client.post("/run/stop").status_code == 200
    wait_until(lambda: client.get(f"/runs/{run_id}").json["run"]["ended_at"], 15)
    record = client.get(f"/runs/{run_id}").json["run"]
    assert (record["status"], record["exit_reason"]) == ("interrupted", "the run folder is missing")
    assert not is_alive(ProcessIdentity(k6.pid, k6.start_ticks, k6.boot_id))


def test_a_stop_needs_no_body(client: FlaskClient) -> None:
    client.post("/run/start", json=START)

    assert client.post("/run/stop").status_code == 200


def test_a_stop_needs_a_live_run(client: FlaskClient) -> None:
    assert client.post("/run/stop").status_code == 409
    assert client.post("/run/stop", json={"run_id": "20261121-101500-abcdefgh"}).status_code == 404


def test_a_stop_cancels_a_queued_run(client: FlaskClient) -> None:
    client.post("/run/start", json=START)
    waiting = client.post("/run/start", json=START | {"queue": True}).json["run_id"]

    assert client.post("/run/stop", json={"run_id": waiting}).json == {"status": "stopped", "run_id": waiting}


def test_a_queued_run_that_cannot_be_launched_fails_and_the_next_one_starts(
    client: FlaskClient, services: Services
) -> None:
    live = client.post("/run/start", json=START).json["run_id"]
    secret = {"auth_mode": "bearer", "auth_token": "t"}
    broken = client.post("/run/start", json=START | secret | {"queue": True}).json["run_id"]
    good = client.post("/run/start", json=START | {"queue": True}).json["run_id"]
    (services.data_dir / "runs" / broken / "secrets.json").write_text("garbage")
    client.post("/run/stop", json={"run_id": live})

    wait_until(lambda: client.get("/run/status").json["run_id"] == good, 15)
    record = client.get(f"/runs/{broken}").json["run"]
    assert record["status"] == "failed"
    assert "secrets.json is not JSON" in record["exit_reason"]


def test_a_queue_that_cannot_be_read_is_read_again_and_the_end_is_reported_once(
    client: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = client.post("/run/start", json=START).json["run_id"]
    waiting = client.post("/run/start", json=START | {"queue": True}).json["run_id"]
    read, failures = services.store.runs.with_status, [StoreError("it does not answer")]

    def reading(statuses: Sequence[RunStatus]) -> list[Run]:
        if failures and threading.current_thread().name == f"run-{live}":
            raise failures.pop()
        return read(statuses)

    monkeypatch.setattr(services.store.runs, "with_status", reading)
    client.post("/run/stop", json={"run_id": live})

    wait_until(lambda: client.get("/run/status").json["run_id"] == waiting, 15)
    assert not failures
    kinds = [event["kind"] for event in client.get(f"/runs/{live}").json["events"]]
    assert kinds.count("run.ended") == 1


def test_a_failed_start_is_recorded_once_the_disk_has_space_again(
    client: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills up after the run was stored, so neither its launch spec nor its end can be written."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def full(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as disk:
        disk.setattr(Launcher, "write_input", refuse)
        disk.setattr(services.store.runs, "update", full)
        answer = client.post("/run/start", json=START)
        assert answer.status_code == 503
    wait_until(lambda: client.get("/run/status").json["status"] == "idle", 15)
    record = client.get("/runs/latest").json["run"]
    assert (record["status"], record["exit_reason"]) == ("failed", "the run ended before k6 was started")


def test_no_response_contains_a_secret(client: FlaskClient) -> None:
    secret = "very-secret-token"
    run_id = client.post("/run/start", json=START | {"auth_mode": "bearer", "auth_token": secret}).json[
        "run_id"
    ]
    seen = [client.get(path).text for path in ("/run/status", "/runs", f"/runs/{run_id}", "/run/config")]

    assert not [text for text in seen if secret in text]
    assert client.get(f"/runs/{run_id}").json["auth_mode"] == "bearer"


def test_a_plan_has_a_curve_and_commands(client: FlaskClient) -> None:
    answer = client.post(
        "/run/plan", json={"profile": "ramp", "vus": 4, "duration": "1m", "ramp_duration": "10s"}
    ).json

    assert (answer["planned_s"], answer["peak_vus"]) == (80.0, 4)
    assert (answer["unit"], answer["plan"][0]) == ("vus", {"at_s": 0.0, "target": 0})
    assert (answer["peak_rate"], answer["iterations"]) == (None, None)
    assert set(answer["commands"]) == {"k6", "curl", "just"}
    assert "http://localhost/run/start" in answer["commands"]["curl"]


def test_a_plan_of_a_rate_has_iterations_and_a_deadline(client: FlaskClient) -> None:
    body = {"profile": "arrival", "rate": "50", "vus": "25", "duration": "30s"}
    answer = client.post("/run/plan", json=body).json

    assert (answer["unit"], answer["peak_rate"], answer["peak_vus"]) == ("rate", 50, 25)
    assert answer["plan"] == [{"at_s": 0.0, "target": 50}, {"at_s": 30.0, "target": 50}]
    assert (answer["iterations"], answer["planned_s"]) == (1500, 30)
    # 30 s for running iterations, 60 s each for setup and teardown, 30 s for a stop, 30 s margin
    assert answer["deadline_s"] == 30 + 30 + 60 + 60 + 30 + 30
    assert "just arrival --base-url http://127.0.0.1:8000 --rate 50 --vus 25" in answer["commands"]["just"]
    assert "-e RATE=50" in answer["commands"]["k6"]


def test_a_plan_of_stages_accepts_numbers_as_text(client: FlaskClient) -> None:
    stages = [{"duration": "10s", "target": "20"}, {"duration": 5, "target": 0}]
    answer = client.post("/run/plan", json={"profile": "custom", "unit": "rate", "stages": stages}).json

    assert answer["plan"] == [{"at_s": at, "target": target} for at, target in ((0, 0), (10, 20), (15, 0))]
    assert (answer["unit"], answer["peak_rate"], answer["peak_vus"]) == ("rate", 20, 10)
    assert "--unit rate --stages 10s:20,5:0" in answer["commands"]["just"]
    assert "-e STAGES=10s:20,5s:0" in answer["commands"]["k6"]


def test_a_plan_of_mixed_scenarios_has_an_end_but_no_curve(client: FlaskClient) -> None:
    scenarios = {"a": {"executor": "shared-iterations", "vus": 3, "iterations": 9, "gracefulStop": "5s"}}
    answer = client.post("/run/plan", json={"profile": "custom", "scenarios": scenarios}).json

    assert (answer["unit"], answer["plan"], answer["peak_vus"], answer["iterations"]) == (None, [], 3, 9)
    assert (answer["planned_s"], answer["deadline_s"]) == (600, 600 + 5 + 60 + 60 + 30 + 30)


def test_a_run_of_scenarios_stores_them_and_its_deadline(client: FlaskClient, services: Services) -> None:
    scenarios = {"a": {"executor": "constant-vus", "duration": "9s", "gracefulStop": "5s"}}
    body = START | {"profile": "custom", "scenarios": scenarios}
    run_id = client.post("/run/start", json=body).json["run_id"]
    answer = client.get(f"/runs/{run_id}").json
    spec = RunFolder(services.data_dir / "runs" / run_id).read(RunFile)

    assert json.loads(answer["variables"]["SCENARIOS"]) == scenarios
    assert (answer["unit"], spec.planned_s, spec.deadline_s) == ("vus", 9, 9 + 5 + 60 + 60 + 30 + 30)


def test_a_run_stores_the_unit_of_its_plan(client: FlaskClient) -> None:
    run_id = client.post("/run/start", json=START | {"profile": "arrival", "rate": 5}).json["run_id"]
    answer = client.get(f"/runs/{run_id}").json

    assert (answer["unit"], answer["plan"][0]) == ("rate", {"at_s": 0.0, "target": 5})


def test_a_queue_on_hold_is_continued(client: FlaskClient, services: Services) -> None:
    services.supervisor.queue_held = True

    assert client.get("/run/status").json["queue_held"] is True
    assert client.post("/run/continue").status_code == 204
    assert client.get("/run/status").json["queue_held"] is False


def test_a_start_without_a_usable_k6_is_unavailable(make_services: Callable[..., Services]) -> None:
    client = create_app(make_services(k6="wrong-version")).test_client()
    answer = client.post("/run/start", json=START)

    assert answer.status_code == 503
    assert "1.3.0" in answer.json["detail"]


def test_a_target_must_be_allowed(make_services: Callable[..., Services]) -> None:
    client = create_app(make_services(allowed_targets="shop.example")).test_client()

    assert client.post("/run/start", json=START).status_code == 403
    assert client.post("/run/test-connection", json={"base_url": "http://127.0.0.1:9"}).status_code == 403


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        (
            {"vus": 0, "duration": "soon", "base_url": "ftp://shop"},
            ["duration", "vus", "base_url"],
        ),
        (
            {
                "profile": "custom",
                "stages": [{"duration": "x", "target": 1}, {"duration": "y", "target": -1}],
            },
            ["stages[0].duration", "stages[1].duration", "stages[1].target"],
        ),
        (
            {"duration": "25h", "auth_mode": "basic", "network": {"timeout": "1h", "proxy": "no-url"}},
            ["duration", "network.timeout", "network.proxy", "auth_basic_user", "auth_basic_pass"],
        ),
    ],
)
def test_a_start_names_every_invalid_field(
    client: FlaskClient, changes: dict[str, object], fields: list[str]
) -> None:
    answer = client.post("/run/start", json=START | changes)

    assert answer.status_code == 422
    assert sorted(error["field"] for error in answer.json["errors"]) == sorted(fields)
    assert all(
        f"{error['field']}: {error['message']}" in answer.json["detail"] for error in answer.json["errors"]
    )

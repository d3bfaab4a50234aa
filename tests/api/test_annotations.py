"""Annotations of live and past runs: notes, tags, label and marks."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.model.run import RunStatus
from dashboard.services import Services
from tests.api.conftest import wait_until
from tests.factories import a_run, an_ended_run, an_event

RUN_ID = "20261121-101500-abcdefgh"
START = {"profile": "smoke", "base_url": "http://127.0.0.1:9"}


@pytest.fixture
def run_id(services: Services) -> str:
    """An ended run of 30 seconds."""
    services.store.runs.insert(an_ended_run(RUN_ID))
    services.store.events.add(RUN_ID, an_event())
    return RUN_ID


def marks_of(client: FlaskClient, run_id: str) -> list[dict[str, Any]]:
    events = client.get(f"/runs/{run_id}").json["events"]
    return [event for event in events if event["kind"] == "run.mark"]


def test_changed_fields_are_stored_and_others_stay_unchanged(client: FlaskClient, run_id: str) -> None:
    client.patch(f"/runs/{run_id}", json={"notes": "# Cold", "tags": ["b", " a ", "b"]})
    answer = client.patch(f"/runs/{run_id}", json={"label": "release"}).json
    shown = client.get(f"/runs/{run_id}").json

    assert (answer["notes"], answer["run"]) == ("# Cold", shown["run"])
    assert (shown["notes"], shown["run"]["tags"], shown["run"]["label"]) == ("# Cold", ["b", "a"], "release")
    assert shown["run"]["noted"]


@pytest.mark.parametrize("nothing", [None, "", "  \n"])
def test_null_or_a_blank_text_removes_a_field(client: FlaskClient, run_id: str, nothing: str | None) -> None:
    client.patch(f"/runs/{run_id}", json={"notes": "x", "label": "y", "tags": ["z"]})
    client.patch(f"/runs/{run_id}", json={"notes": nothing, "label": nothing, "tags": None})
    shown = client.get(f"/runs/{run_id}").json

    assert (shown["notes"], shown["run"]["label"], shown["run"]["tags"]) == (None, None, [])


def test_an_empty_body_changes_nothing(client: FlaskClient, run_id: str) -> None:
    before = client.get(f"/runs/{run_id}").json

    assert client.patch(f"/runs/{run_id}", json={}).status_code == 200
    assert client.get(f"/runs/{run_id}").json == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"notes": "x" * 20_001}, "notes"),
        ({"notes": "a\x00b"}, "notes"),
        ({"notes": 5}, "notes"),
        ({"label": "x" * 201}, "label"),
        ({"tags": "a"}, "tags"),
        ({"tags": [""]}, "tags[0]"),
        ({"tags": ["a\nb"]}, "tags[0]"),
        ({"tags": ["x" * 65]}, "tags[0]"),
        ({"tags": [["a"]]}, "tags[0]"),
        ({"tags": [f"t{n}" for n in range(21)]}, "tags"),
        ({"status": "failed"}, "status"),
        ({"verdict": "pass"}, "verdict"),
    ],
)
def test_invalid_annotations_are_refused_and_nothing_is_stored(
    client: FlaskClient, run_id: str, body: dict[str, Any], field: str
) -> None:
    before = client.get(f"/runs/{run_id}").json
    answer = client.patch(f"/runs/{run_id}", json=body)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert client.get(f"/runs/{run_id}").json == before


def test_an_unknown_run_cannot_be_annotated(client: FlaskClient) -> None:
    assert client.patch("/runs/no-such-run", json={"notes": "x"}).status_code == 404
    assert client.post("/runs/no-such-run/marks", json={"text": "x"}).status_code == 404
    assert client.delete("/runs/no-such-run/marks/1").status_code == 404


def test_notes_of_a_live_run_survive_pushes_and_the_end(client: FlaskClient, services: Services) -> None:
    run_id = client.post("/run/start", json=START).json["run_id"]
    wait_until(lambda: client.get(f"/runs/{run_id}").json["run"]["total_reqs"], 15)
    client.patch("/runs/latest", json={"notes": "during", "tags": ["live"], "label": "named"})
    client.post("/run/stop", json={})
    wait_until(lambda: not services.live_runs.runs(), 15)
    shown = client.get(f"/runs/{run_id}").json

    assert (shown["notes"], shown["run"]["tags"], shown["run"]["label"]) == ("during", ["live"], "named")
    assert shown["run"]["verdict"] is not None


def test_a_mark_on_a_live_run_is_at_the_current_time_and_is_kept(
    client: FlaskClient, services: Services
) -> None:
    run_id = client.post("/run/start", json=START).json["run_id"]
    wait_until(lambda: client.get(f"/runs/{run_id}").json["run"]["started_at"], 15)
    answer = client.post(f"/runs/{run_id}/marks", json={"text": " deployed v2 "})
    client.post("/run/stop", json={})
    wait_until(lambda: not services.live_runs.runs(), 15)

    assert (answer.status_code, answer.headers["Location"]) == (201, f"/runs/{run_id}")
    assert marks_of(client, run_id) == [answer.json]
    assert answer.json["message"] == "deployed v2"
    assert 0 <= answer.json["elapsed_s"] < 15


@pytest.mark.parametrize(
    ("body", "elapsed_s"),
    [
        ({"at": "2026-11-21T10:15:12.623Z"}, 12.5),
        ({"at": "2026-11-21T11:15:12.623+01:00"}, 12.5),
        ({"elapsed_s": 12.5}, 12.5),
        ({"elapsed_s": "0"}, 0.0),
        ({"at": "2026-11-21T10:14:59.123Z"}, 0.0),
    ],
)
def test_a_mark_is_at_the_requested_time(
    client: FlaskClient, run_id: str, body: dict[str, Any], elapsed_s: float
) -> None:
    answer = client.post(f"/runs/{run_id}/marks", json={"text": "cache off"} | body)

    assert (answer.status_code, answer.json["elapsed_s"]) == (201, elapsed_s)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": " "}, "text"),
        ({"text": "two\nlines"}, "text"),
        ({"text": "x" * 201}, "text"),
        ({"text": "x", "at": "soon"}, "at"),
        ({"text": "x", "at": "2026-11-21T09:00:00Z"}, "at"),
        ({"text": "x", "at": "2026-11-21T11:00:00Z"}, "at"),
        ({"text": "x", "elapsed_s": 500}, "elapsed_s"),
        ({"text": "x", "elapsed_s": -1}, "elapsed_s"),
        ({"text": "x", "elapsed_s": 1, "at": "2026-11-21T10:15:10Z"}, "elapsed_s"),
        ({"text": "x", "level": "error"}, "level"),
        ({"text": "now, but the run has ended"}, "at"),
    ],
)
def test_a_mark_outside_the_run_or_without_text_is_refused(
    client: FlaskClient, run_id: str, body: dict[str, Any], field: str
) -> None:
    answer = client.post(f"/runs/{run_id}/marks", json=body)

    assert (answer.status_code, [error["field"] for error in answer.json["errors"]]) == (422, [field])
    assert marks_of(client, run_id) == []


def test_a_run_that_never_started_cannot_be_marked(client: FlaskClient, services: Services) -> None:
    services.store.runs.insert(a_run(RUN_ID, RunStatus.FAILED, started_at=None))

    assert client.post(f"/runs/{RUN_ID}/marks", json={"text": "x"}).status_code == 409


def test_marks_can_be_removed_but_other_events_cannot(client: FlaskClient, run_id: str) -> None:
    mark = client.post(f"/runs/{run_id}/marks", json={"text": "x", "elapsed_s": 1}).json

    assert client.delete(f"/runs/{run_id}/marks/1").status_code == 404
    assert client.delete(f"/runs/{run_id}/marks/{mark['n']}").status_code == 204
    assert client.delete(f"/runs/{run_id}/marks/{mark['n']}").status_code == 404
    assert [event["kind"] for event in client.get(f"/runs/{run_id}").json["events"]] == ["run.running"]


def test_a_run_has_at_most_a_hundred_marks(client: FlaskClient, run_id: str) -> None:
    body = {"text": "again", "elapsed_s": 2}
    answers = [client.post(f"/runs/{run_id}/marks", json=body).status_code for _ in range(101)]

    assert answers == [201] * 100 + [409]


def test_choices_are_the_values_of_all_runs(client: FlaskClient, run_id: str) -> None:
    client.patch(f"/runs/{run_id}", json={"tags": ["nightly"]})

    assert client.get("/runs/choices").json == {"env_profiles": [], "tags": ["nightly"]}
    assert len(client.get("/runs?tag=nightly").json or ()) == 1


def test_a_mark_on_a_run_that_is_deleted_concurrently_is_answered_with_404(
    client: FlaskClient, services: Services, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    events_of_run = services.store.events.of_run

    def read_and_delete(run_id: str) -> Any:
        found = list(events_of_run(run_id))
        services.store.runs.delete(run_id)
        return found

    monkeypatch.setattr(services.store.events, "of_run", read_and_delete)
    answer = client.post(f"/runs/{run_id}/marks", json={"text": "late", "elapsed_s": 1})

    assert (answer.status_code, answer.json["title"]) == (404, "Not found")

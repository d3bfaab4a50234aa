"""The read-only proxy to k6's REST API."""

import pytest
from flask.testing import FlaskClient

from tests.api.conftest import wait_until

START = {"profile": "smoke", "base_url": "http://127.0.0.1:9"}


@pytest.fixture
def running(client: FlaskClient) -> str:
    """ID of a run whose k6 responds."""
    run_id: str = client.post("/run/start", json=START).json["run_id"]
    wait_until(lambda: client.get("/k6/v1/status").status_code == 200, 10)
    return run_id


def test_the_status_of_the_live_run_is_forwarded(client: FlaskClient, running: str) -> None:
    answers = [client.get(f"/k6/v1/status{query}") for query in ("", f"?run_id={running}", "?run_id=latest")]

    assert {answer.mimetype for answer in answers} == {"application/json"}
    assert [answer.json["data"]["type"] for answer in answers] == ["status"] * 3


@pytest.mark.parametrize(
    "path",
    [
        "v1/setup",
        "v1/metrics",
        "v1/metrics/http_req_duration",
        "v1/metrics/http_reqs/../../setup",
        "v1/metrics/http_reqs%3fx",
        "v1/teardown",
        "v1/status/",
        "ping",
        "",
    ],
)
def test_other_resources_are_not_forwarded(client: FlaskClient, running: str, path: str) -> None:
    assert client.get(f"/k6/{path}").status_code == 404


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_the_proxy_is_read_only(client: FlaskClient, running: str, method: str) -> None:
    assert client.open("/k6/v1/status", method=method).status_code == 405


def test_without_a_live_run_the_answer_is_409(client: FlaskClient) -> None:
    assert client.get("/k6/v1/status").status_code == 409
    assert client.get("/k6/v1/status?run_id=20261121-101500-abcdefgh").status_code == 409


def test_without_a_response_from_k6_the_answer_is_503(
    client: FlaskClient, running: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.api.k6_proxy.fetch", lambda *_, **__: None)
    answer = client.get("/k6/v1/groups")

    assert (answer.status_code, answer.json["detail"]) == (503, "k6 did not respond within 2 s. Try again.")

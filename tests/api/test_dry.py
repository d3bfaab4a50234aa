"""Dry runs over HTTP: rejected requests, and one dry run from start to cancel."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from dashboard.app import create_app
from dashboard.services import Services
from tests.api.conftest import wait_until

TARGET = {"base_url": "http://127.0.0.1:9"}
OTHER = "/run/dry/20261121-101500-abcdefgh"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "base_url"),
        ({"base_url": "ftp://h"}, "base_url"),
        ({**TARGET, "vus": 5}, "vus"),
        ({**TARGET, "auth_mode": "bearer"}, "auth_token"),
        ({**TARGET, "auth_mode": "odd"}, "auth_mode"),
    ],
)
def test_an_invalid_field_is_named(client: FlaskClient, body: dict[str, object], field: str) -> None:
    rejected = client.post("/run/dry", json=body)
    assert rejected.status_code == 422
    assert [error["field"] for error in rejected.get_json()["errors"]] == [field]


def test_an_unknown_dry_run_is_not_found(client: FlaskClient) -> None:
    for path in (OTHER, "/run/dry/latest"):
        assert client.get(path).status_code == client.delete(path).status_code == 404


def test_a_dry_run_is_started_shown_and_canceled(make_services: Callable[..., Services]) -> None:
    services = make_services()
    client = create_app(services).test_client()
    started = client.post("/run/dry", json=TARGET)
    dry_id = started.get_json()["dry_id"]
    assert (started.status_code, started.headers["Location"]) == (201, f"/run/dry/{dry_id}")
    second = client.post("/run/dry", json=TARGET)
    assert (second.status_code, second.get_json()["dry_id"]) == (409, dry_id)
    assert client.delete(started.headers["Location"]).status_code == 204
    wait_until(lambda: client.get(f"/run/dry/{dry_id}").get_json()["status"] == "canceled", 15)
    found = client.get("/run/dry/latest?after=3").get_json()
    assert (found["dry_id"], found["after"], found["entries"]) == (dry_id, 3, [])
    assert client.get("/runs").get_json() == []

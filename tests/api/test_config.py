"""Configuration of runs, and the endpoints file."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import jsonschema_rs
from flask.testing import FlaskClient

from dashboard.app import create_app
from dashboard.services import Services
from tests.conftest import ROOT

SECRET = "do-not-return"


def test_the_configuration_has_defaults_profiles_and_limits(client: FlaskClient) -> None:
    answer = client.get("/run/config").json

    assert (answer["profile"], answer["vus"], answer["duration"]) == ("smoke", 10, "60s")
    assert [profile["name"] for profile in answer["profiles"]] == [
        "smoke",
        "ramp",
        "soak",
        "stress",
        "spike",
        "arrival",
        "custom",
    ]
    assert answer["profiles"][1]["uses"] == ["vus", "duration", "ramp_duration"]
    assert (answer["max_duration_s"], answer["max_live_runs"]) == (86_400, 1)
    assert answer["demo_url"] is None


def test_secrets_are_set_or_not_set_and_never_returned(make_services: Callable[..., Services]) -> None:
    empty = create_app(make_services()).test_client().get("/run/config").json["secrets"]
    services = make_services(**dict.fromkeys(empty, SECRET))
    answer = create_app(services).test_client().get("/run/config")

    assert set(empty.values()) == {"not set"}
    assert set(answer.json["secrets"].values()) == {"set"}
    assert answer.json["auth_mode"] == "bearer"
    assert SECRET not in answer.text


def test_a_user_name_without_a_password_is_not_used_to_authenticate(
    make_services: Callable[..., Services],
) -> None:
    answer = create_app(make_services(auth_basic_user="me")).test_client().get("/run/config").json

    assert answer["auth_mode"] == "none"
    assert answer["secrets"]["auth_basic_user"] == "set"
    assert answer["secrets"]["auth_basic_pass"] == "not set"


def test_the_endpoints_file_is_sent_verbatim_and_only_after_a_change(
    make_services: Callable[..., Services], tmp_path: Path
) -> None:
    path = tmp_path / "endpoints.json"
    path.write_text(
        json.dumps({"service": "Käse", "endpoints": [{"name": "List", "group": "g", "path": "/"}]})
    )
    client = create_app(make_services(endpoints_file=path)).test_client()
    first = client.get("/config/endpoints")
    again = client.get("/config/endpoints", headers={"If-None-Match": first.headers["ETag"]})
    path.write_text(json.dumps({"endpoints": [{"name": "Other", "group": "g", "path": "/"}]}))
    changed = client.get("/config/endpoints", headers={"If-None-Match": first.headers["ETag"]})

    assert first.json["service"] == "Käse"
    assert first.headers["ETag"] == f'"{hashlib.sha256(first.data).hexdigest()}"'
    assert (again.status_code, again.data) == (304, b"")
    assert (changed.status_code, changed.json["endpoints"][0]["name"]) == (200, "Other")


def test_an_invalid_endpoints_file_is_reported_with_the_location(
    make_services: Callable[..., Services], tmp_path: Path
) -> None:
    path = tmp_path / "endpoints.json"
    path.write_text('{"endpoints": [{"group": "g", "path": "/"}]}')
    client = create_app(make_services(endpoints_file=path)).test_client()

    for answer in (client.get("/config/endpoints"), client.get("/run/config")):
        assert answer.status_code == 422
        assert "endpoints[0].name" in answer.json["detail"]


def test_the_schema_of_the_endpoints_file_is_served(client: FlaskClient) -> None:
    schema = client.get("/config/schema").json or {}
    example = json.loads((ROOT / "k6" / "config" / "endpoints.example.json").read_bytes())

    known = jsonschema_rs.Draft202012Validator(schema)
    assert known.is_valid(example)
    assert not known.is_valid({"endpoints": [{"name": "A"}]})

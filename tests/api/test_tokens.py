"""Access tokens over HTTP: create, list, revoke, sign in, limits, and streams that end with their token."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.access.access import COOKIE
from dashboard.model.identity import Role, TokenLimits
from dashboard.services import Services
from tests.api.conftest import end_runs
from tests.api.identities import TokenedApp, tokened_app

BODY = {"name": "ci", "role": "runner"}
TARGET = "http://127.0.0.1:9"
START = {"profile": "smoke", "base_url": TARGET}


@pytest.fixture
def tokened(services: Services, tmp_path: Path) -> Iterator[TokenedApp]:
    with tokened_app(services, tmp_path) as made:
        yield made
        end_runs(services)


@pytest.fixture
def client(tokened: TokenedApp) -> FlaskClient:
    return tokened.app.test_client()


@pytest.fixture
def admin(tokened: TokenedApp) -> dict[str, str]:
    return tokened.headers("main")


def test_a_new_token_works_at_once(client: FlaskClient, admin: dict[str, str]) -> None:
    created = client.post("/tokens", json=BODY, headers=admin)
    text = created.json["token"]
    session = client.get("/session", headers={"Authorization": f"Bearer {text}"}).json

    assert created.status_code == 201
    assert session == {
        "who": "ci",
        "role": "runner",
        "limits": {"targets": [], "environments": [], "max_vus": None, "max_rate": None},
    }


def test_the_text_of_a_token_is_in_the_answer_of_its_creation_only(
    client: FlaskClient, admin: dict[str, str]
) -> None:
    text = client.post("/tokens", json=BODY, headers=admin).json["token"]
    listed = client.get("/tokens", headers=admin)
    entry = next(token for token in listed.json if token["name"] == "ci")

    assert text.split("_", 2)[2] not in listed.text
    assert entry | {"created_at": "", "expires_at": ""} == {
        "name": "ci",
        "role": "runner",
        "created_at": "",
        "created_by": "main token",
        "expires_at": "",
        "has_expired": False,
        "last_used_at": None,
        "targets": [],
        "environments": [],
        "max_vus": None,
        "max_rate": None,
    }
    assert next(token["has_expired"] for token in listed.json if token["name"] == "expired") is True


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a b"}, "name"),
        ({"name": "local"}, "name"),
        ({"role": "owner"}, "role"),
        ({"expires": "soon"}, "expires"),
        ({"expires": "0s"}, "expires"),
        ({"expires": "400d"}, "expires"),
        ({"targets": [" "]}, "targets[0]"),
        ({"targets": ["a\nb"]}, "targets[0]"),
        ({"max_vus": 0}, "max_vus"),
        ({"max_rate": "many"}, "max_rate"),
    ],
)
def test_a_token_with_an_invalid_field_is_refused(
    client: FlaskClient, admin: dict[str, str], changes: dict[str, Any], field: str
) -> None:
    answer = client.post("/tokens", json=BODY | changes, headers=admin)

    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)


def test_a_token_that_never_expires_has_no_date(client: FlaskClient, admin: dict[str, str]) -> None:
    answer = client.post("/tokens", json=BODY | {"expires": "never"}, headers=admin)

    assert answer.json["expires_at"] is None


def test_two_tokens_cannot_have_the_same_name(client: FlaskClient, admin: dict[str, str]) -> None:
    client.post("/tokens", json=BODY, headers=admin)

    assert client.post("/tokens", json=BODY, headers=admin).status_code == 409


def test_a_revoked_token_is_refused_and_its_cookie_too(tokened: TokenedApp, admin: dict[str, str]) -> None:
    browser = tokened.app.test_client()
    signed_in = browser.post("/login", json={"token": tokened.tokens["runner"]})
    assert COOKIE in signed_in.headers["Set-Cookie"]
    assert browser.get("/session").json["who"] == "runner"

    assert tokened.app.test_client().delete("/tokens/runner", headers=admin).status_code == 204
    assert browser.get("/session").status_code == 401
    assert tokened.app.test_client().get("/session", headers=tokened.headers("runner")).status_code == 401


def test_revoking_an_unknown_token_is_refused(client: FlaskClient, admin: dict[str, str]) -> None:
    assert client.delete("/tokens/nobody", headers=admin).status_code == 404


def test_a_cookie_has_the_role_of_its_token(tokened: TokenedApp) -> None:
    browser = tokened.app.test_client()
    browser.post("/login", json={"token": tokened.tokens["viewer"]})

    assert browser.get("/runs").status_code == 200
    assert browser.post("/run/continue").status_code == 403


def test_a_stream_ends_when_its_token_is_revoked(tokened: TokenedApp, services: Services) -> None:
    client = tokened.app.test_client()
    revoked = client.get("/stream?topics=runs", headers=tokened.headers("viewer"))
    other = client.get("/stream?topics=runs", headers=tokened.headers("runner"))
    streams = [revoked.iter_encoded(), other.iter_encoded()]
    for stream in streams:
        assert b"hello" in next(stream)
    left: list[bytes] = []
    reader = threading.Thread(target=lambda: left.extend(streams[0]))
    reader.start()
    tokened.services.revoke_token("viewer")
    reader.join(5)
    services.hub.publish("runs", "run", {})

    assert not reader.is_alive()
    assert left == []
    assert b"event: run" in next(streams[1])
    revoked.close()
    other.close()


def test_a_stream_sends_nothing_after_its_token_has_expired(tokened: TokenedApp, services: Services) -> None:
    answer = tokened.app.test_client().get("/stream?topics=runs", headers=tokened.headers("viewer"))
    stream = answer.iter_encoded()
    next(stream)
    tokened.services.tokens._clock.offset = timedelta(days=2)  # type: ignore[attr-defined]
    services.hub.publish("runs", "run", {})

    assert list(stream) == []
    answer.close()


@pytest.mark.parametrize(
    ("limits", "body", "problem"),
    [
        (TokenLimits(targets=("*.example",)), {}, "base_url: 127.0.0.1 is not in the targets"),
        (TokenLimits(targets=("127.0.0.*",)), {}, None),
        (
            TokenLimits(targets=("localhost",)),
            {"base_url": "http://localhost:9", "network": {"hosts": {"localhost": "127.0.0.2"}}},
            "network.hosts.localhost: 127.0.0.2 is not in the targets",
        ),
        (
            TokenLimits(targets=("127.0.0.1",)),
            {"network": {"proxy": "http://localhost:1"}},
            "network.proxy: localhost is not in the targets",
        ),
        (
            TokenLimits(targets=("127.0.0.1",)),
            {"auth_mode": "bearer_endpoint", "auth_refresh_endpoint": "http://sso.invalid/token"},
            "auth_refresh_endpoint: sso.invalid is not in the targets",
        ),
        (
            TokenLimits(targets=("127.0.0.1", "*.INVALID")),
            {"auth_mode": "bearer_endpoint", "auth_refresh_endpoint": "http://sso.invalid/token"},
            None,
        ),
        (
            TokenLimits(targets=("127.0.0.1",)),
            {"auth_mode": "bearer_endpoint", "auth_refresh_endpoint": "/token"},
            None,
        ),
        (TokenLimits(environments=("stage",)), {}, "env_profile: is required, one of those"),
        (
            TokenLimits(environments=("stage",)),
            {"env_profile": "prod"},
            "env_profile: prod is not in the env",
        ),
        (TokenLimits(environments=("stage",)), {"env_profile": "stage"}, None),
        (TokenLimits(max_vus=5), {"profile": "ramp", "vus": 6}, "vus: 6 exceeds max_vus (5)"),
        (TokenLimits(max_vus=5), {"profile": "ramp", "vus": 5}, None),
        (
            TokenLimits(max_vus=5),
            {"profile": "custom", "stages": [{"duration": "1s", "target": 9}]},
            "vus: 9 exceeds max_vus (5)",
        ),
        (TokenLimits(max_rate=3), {"profile": "arrival", "rate": 4}, "rate: 4 exceeds max_rate (3)"),
        (TokenLimits(max_rate=3), {"profile": "arrival", "rate": 3}, None),
    ],
)
def test_a_start_obeys_the_limits_of_its_token(
    tokened: TokenedApp, client: FlaskClient, limits: TokenLimits, body: dict[str, Any], problem: str | None
) -> None:
    headers = tokened.create("limited", Role.RUNNER, limits)
    answer = client.post("/run/start", json=START | body, headers=headers)

    if problem is None:
        assert answer.status_code == 201
    else:
        assert answer.status_code == 403
        assert answer.json["detail"].startswith(problem)
        assert 'the token "limited"' in answer.json["detail"]


def test_the_targets_of_a_token_have_the_form_of_host_names(
    client: FlaskClient, admin: dict[str, str]
) -> None:
    created = client.post("/tokens", json=BODY | {"targets": ["*.BÜCHER.example"]}, headers=admin)
    refused = client.post("/tokens", json=BODY | {"name": "x", "targets": ["straße.example"]}, headers=admin)

    assert created.json["targets"] == ["*.xn--bcher-kva.example"]
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "targets")


@pytest.mark.parametrize("url", ["/run/dry", "/run/test-connection"])
def test_dry_runs_and_connection_tests_obey_the_targets_of_their_token(
    tokened: TokenedApp, client: FlaskClient, url: str
) -> None:
    headers = tokened.create("limited", Role.RUNNER, TokenLimits(targets=("*.example",)))
    answer = client.post(url, json={"base_url": TARGET}, headers=headers)

    assert answer.status_code == 403
    assert answer.json["detail"].startswith("base_url: 127.0.0.1 is not in the targets")


@pytest.mark.parametrize(
    ("limits", "change", "problem"),
    [
        (TokenLimits(max_vus=2), {"vus": 3}, "vus: 3 exceeds max_vus (2)"),
        (TokenLimits(max_vus=2), {"vus": 2}, None),
        (TokenLimits(max_vus=2), {"paused": True}, None),
        (TokenLimits(max_vus=2), {"paused": False}, "vus: 4 exceeds max_vus (2)"),
        (TokenLimits(targets=("*.example",)), {"paused": True}, "base_url: 127.0.0.1 is not in the targets"),
        (TokenLimits(environments=("prod",)), {"paused": True}, "env_profile: stage is not in the env"),
    ],
)
def test_steering_obeys_the_limits_of_its_token(
    tokened: TokenedApp,
    client: FlaskClient,
    admin: dict[str, str],
    limits: TokenLimits,
    change: dict[str, Any],
    problem: str | None,
) -> None:
    load = {"profile": "soak", "vus": 4, "steerable": True, "env_profile": "stage"}
    assert client.post("/run/start", json=START | load, headers=admin).status_code == 201
    headers = tokened.create("limited", Role.RUNNER, limits)
    answer = client.post("/run/control", json=change, headers=headers)

    if problem is None:
        assert answer.status_code == 200
    else:
        assert answer.status_code == 403
        assert answer.json["detail"].startswith(problem)

"""k6 without a dashboard and with a token server: each user gets and refreshes its own token."""

import json
from collections.abc import Iterator

import pytest

from tests.fakes.token_server import CLIENT, SECRET, TOKEN_PATH, FakeTokenServer
from tests.k6.conftest import K6

pytestmark = pytest.mark.k6


@pytest.fixture
def token_server() -> Iterator[FakeTokenServer]:
    server = FakeTokenServer()
    yield server
    server.close()


def env_of(k6: K6, token_server: FakeTokenServer, **more: str) -> dict[str, str]:
    document = {"pacing": "100ms", "endpoints": [{"name": "Account", "path": "/account"}]}
    return {"BASE_URL": token_server.url, "ENDPOINTS_FILE": k6.write_document(document), **more}


def keycloak(token_server: FakeTokenServer, **more: str) -> dict[str, str]:
    client = {"AUTH_CLIENT_ID": CLIENT, "AUTH_CLIENT_SECRET": SECRET}
    return {"AUTH_MODE": "keycloak", "AUTH_HOST": token_server.url, "AUTH_REALM": "shop", **client, **more}


def test_every_user_gets_and_refreshes_its_own_token(k6: K6, token_server: FakeTokenServer) -> None:
    token_server.life_s = token_server.reported_life_s = 2.5
    run = k6.run(env_of(k6, token_server, **keycloak(token_server)), "--vus", "3", "--duration", "4s")
    assert run.exit_code == 0, run.log
    assert token_server.statuses[401] == 0
    assert 6 <= len(token_server.requests) <= 9
    ops = [request["op"] for request in run.samples_of("http_reqs")]
    assert ops.count("token") == len(token_server.requests)
    assert ops.count("Account") == token_server.statuses[200]
    assert SECRET not in run.log
    assert SECRET not in json.dumps(run.samples)


def test_a_request_that_gets_a_401_is_sent_again_with_a_new_token(
    k6: K6, token_server: FakeTokenServer
) -> None:
    token_server.reported_life_s = None
    first = token_server.issue()
    token_server.revoke()
    env = env_of(
        k6,
        token_server,
        AUTH_TOKEN=first,
        AUTH_REFRESH_STRATEGY="bearer_endpoint",
        AUTH_REFRESH_ENDPOINT=TOKEN_PATH,
    )
    run = k6.run(env, "--vus", "1", "--iterations", "5")
    assert run.exit_code == 0, run.log
    assert (token_server.statuses[401], token_server.statuses[200]) == (1, 5)
    assert token_server.requests[0].headers["Authorization"] == f"Bearer {first}"
    statuses = [request["status"] for request in run.samples_of("http_reqs") if request["op"] == "Account"]
    assert sorted(statuses) == ["200"] * 5 + ["401"]


def test_an_expected_401_does_not_trigger_a_token_request(k6: K6, token_server: FakeTokenServer) -> None:
    document = {
        "endpoints": [
            {"name": "Own", "path": "/own", "headers": {"authorization": "Bearer mine"}},
            {"name": "Guarded", "path": "/guarded", "checks": {"status": 401}},
        ]
    }
    env = {
        **env_of(k6, token_server),
        **keycloak(token_server),
        "ENDPOINTS_FILE": k6.write_document(document),
    }
    run = k6.run(env, "--vus", "1", "--iterations", "20")
    assert run.exit_code == 0, run.log
    assert token_server.statuses.total() == token_server.statuses[401] == 20
    assert token_server.requests == []


def test_nothing_is_sent_without_a_first_token(k6: K6, token_server: FakeTokenServer) -> None:
    token_server.behavior = "wrong"
    run = k6.run(env_of(k6, token_server, **keycloak(token_server)), "--vus", "1", "--iterations", "1")
    assert "the token server responded with 401 (invalid_client" in run.log
    assert not token_server.statuses


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"AUTH_REALM": ""}, "AUTH_REALM: not set, but AUTH_MODE keycloak requires it"),
        ({"AUTH_HOST": "sso"}, "AUTH_HOST: must be a URL"),
        ({"AUTH_REFRESH_INTERVAL": "soon"}, "AUTH_REFRESH_INTERVAL: must be a number"),
    ],
)
def test_invalid_settings_fail_the_init(
    k6: K6, token_server: FakeTokenServer, more: dict[str, str], message: str
) -> None:
    run = k6.run(
        env_of(k6, token_server, **{**keycloak(token_server), **more}), "--vus", "1", "--iterations", "1"
    )
    assert run.exit_code == 107
    assert message in run.log

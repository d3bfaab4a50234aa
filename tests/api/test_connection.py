"""The connection test: responses, authentication, and targets that are refused."""

import base64
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote_plus

import pytest
from flask.testing import FlaskClient

from dashboard.api.connection import describe
from dashboard.app import create_app
from dashboard.services import Services
from tests.fakes.token_server import CLIENT, SECRET, TOKEN_PATH, FakeTokenServer

Target = tuple[str, list[dict[str, str]]]


@pytest.fixture
def target() -> Iterator[Target]:
    """The URL of a server that responds with the status in the path, and the headers of the requests that it got."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(dict(self.headers))
            self.send_response(int(self.path.rsplit("/", 1)[-1] or 200))
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Discard http.server's log lines."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()


def ask(client: FlaskClient, url: str, **more: Any) -> Any:
    answer = client.post("/run/test-connection", json={"base_url": url, **more})
    assert answer.status_code == 200, answer.text
    return answer.json


@pytest.mark.parametrize(
    ("status", "ok", "part"),
    [
        (200, True, "200 in "),
        (302, True, "redirects to /elsewhere"),
        (401, False, "credentials"),
        (500, False, "server error"),
    ],
)
def test_the_response_of_the_target_is_described(
    client: FlaskClient, target: Target, status: int, ok: bool, part: str
) -> None:
    answer = ask(client, target[0], path=f"/{status}")

    assert (answer["ok"], answer["status"]) == (ok, status)
    assert part in answer["message"]
    assert answer["duration_ms"] > 0


def test_the_path_of_the_base_url_is_kept(client: FlaskClient, target: Target) -> None:
    assert ask(client, f"{target[0]}/api/", path="/204")["status"] == 204


@pytest.mark.parametrize(
    ("fields", "header", "value"),
    [
        ({"auth_mode": "bearer", "auth_token": "t"}, "Authorization", "Bearer t"),
        ({"auth_token": "t"}, "Authorization", "Bearer t"),
        (
            {"auth_mode": "basic", "auth_basic_user": "u", "auth_basic_pass": "p:ä"},
            "Authorization",
            "Basic " + base64.b64encode("u:p:ä".encode()).decode(),
        ),
        ({"auth_mode": "api_key", "auth_api_key": "k"}, "X-API-Key", "k"),
        ({"auth_mode": "api_key", "auth_api_key": "k", "auth_api_key_header": "X-Mine"}, "X-Mine", "k"),
    ],
)
def test_the_connection_test_authenticates_as_a_run_would(
    client: FlaskClient, target: Target, fields: dict[str, str], header: str, value: str
) -> None:
    ask(client, target[0], **fields)

    assert target[1][0][header] == value


def test_secrets_of_the_settings_are_used(make_services: Callable[..., Services], target: Target) -> None:
    client = create_app(make_services(auth_token="from-env", base_url=target[0])).test_client()
    ask(client, target[0])
    ask(client, target[0], auth_mode="none")

    assert target[1][0]["Authorization"] == "Bearer from-env"
    assert "Authorization" not in target[1][1]


def test_a_target_that_is_down_is_not_an_error_of_the_dashboard(client: FlaskClient) -> None:
    answer = ask(client, "http://127.0.0.1:1")

    assert answer == {"ok": False, "status": None, "duration_ms": None, "message": answer["message"]}
    assert "refused" in answer["message"]


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest", "http://[::ffff:169.254.169.254]", "http://0.0.0.0:9"]
)
def test_metadata_and_unspecified_addresses_are_refused(client: FlaskClient, url: str) -> None:
    answer = client.post("/run/test-connection", json={"base_url": url})

    assert (answer.status_code, answer.json["title"]) == (422, "Address refused")


def test_the_port_of_the_dashboard_is_refused_whatever_port_a_proxy_states(
    services: Services, client: FlaskClient
) -> None:
    services.write_server_file("127.0.0.1", 5657)
    answer = client.post(
        "/run/test-connection",
        json={"base_url": "http://127.0.0.1:5657"},
        environ_overrides={"SERVER_PORT": "443"},  # what X-Forwarded-Port becomes
    )

    assert answer.status_code == 422
    assert "the dashboard itself" in answer.json["detail"]


@pytest.mark.parametrize("path", ["no-slash", "/a b", "/a\r\nX: y", "/a#b", "/" + "x" * 3_000, ""])
def test_an_invalid_path_is_rejected(client: FlaskClient, path: str) -> None:
    answer = client.post("/run/test-connection", json={"base_url": "http://127.0.0.1:9", "path": path})

    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "path")


def test_a_missing_page_is_described() -> None:
    assert describe(404, None, 3.2) == "404 in 3 ms: the target responds, but not on this path."


@pytest.fixture
def token_server() -> Iterator[FakeTokenServer]:
    made = FakeTokenServer()
    yield made
    made.close()


def test_the_connection_test_gets_a_token_as_a_run_would(
    client: FlaskClient, token_server: FakeTokenServer
) -> None:
    credentials = {"auth_host": token_server.url, "auth_realm": "shop", "auth_client_id": CLIENT}
    answer = ask(client, token_server.url, auth_mode="keycloak", auth_client_secret=SECRET, **credentials)
    assert answer["ok"], answer
    assert (token_server.statuses[200], len(token_server.requests)) == (1, 1)
    answer = ask(client, token_server.url, auth_mode="bearer_endpoint", auth_refresh_endpoint=TOKEN_PATH)
    assert answer["ok"], answer


@pytest.mark.parametrize(
    ("behavior", "words"),
    [
        ("wrong", "rejects the credentials (401: invalid_client"),
        ("redirect", "not followed"),
        ("html", "JSON object"),
    ],
)
def test_a_missing_token_is_explained_without_the_secret(
    client: FlaskClient, token_server: FakeTokenServer, behavior: str, words: str
) -> None:
    token_server.behavior = behavior
    credentials = {"auth_host": token_server.url, "auth_realm": "shop", "auth_client_id": CLIENT}
    answer = ask(client, token_server.url, auth_mode="keycloak", auth_client_secret=SECRET, **credentials)
    assert (answer["ok"], answer["status"]) == (False, None)
    assert words in answer["message"]
    assert SECRET not in answer["message"]
    assert quote_plus(SECRET) not in answer["message"]


def test_a_token_server_at_a_metadata_address_is_refused(client: FlaskClient, target: Target) -> None:
    credentials = {"auth_mode": "bearer_endpoint", "auth_refresh_endpoint": "http://169.254.169.254/token"}
    answer = client.post("/run/test-connection", json={"base_url": target[0], **credentials})
    assert answer.status_code == 422
    assert "link-local" in answer.json["detail"]

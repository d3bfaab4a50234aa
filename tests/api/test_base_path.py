"""Below a base path, every URL that the server returns contains it, whether a proxy keeps or removes the path."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from pydantic import ValidationError

from dashboard.api.http.gate import header_check_of
from dashboard.app import create_app
from dashboard.model.client_address import PEER_KEY
from dashboard.services import Services
from tests.api.conftest import settings_for
from tests.factories import an_ended_run

PROXY = "10.0.0.9"
TOKEN = "Vq3x-8Kd2_mZ7pLw"
TOKENS = {"auth": "always", "dashboard_token": TOKEN}


@pytest.fixture
def make_app(make_services: Callable[..., Services]) -> Callable[..., Flask]:
    def make(**changes: Any) -> Flask:
        return create_app(make_services(**changes))

    return make


@pytest.mark.parametrize("path", ["/health", "/perf/health"])
def test_both_kinds_of_proxies_work(make_app: Callable[..., Flask], path: str) -> None:
    assert make_app(base_path="/perf").test_client().get(path).status_code == 200


@pytest.mark.parametrize("path", ["/performance/health", "/per/health", "/perf/perf/health", "/other/health"])
def test_another_path_is_not_found(make_app: Callable[..., Flask], path: str) -> None:
    assert make_app(base_path="/perf").test_client().get(path).status_code == 404


def test_the_page_without_a_slash_is_redirected(make_app: Callable[..., Flask]) -> None:
    response = make_app(base_path="/perf").test_client().get("/perf")
    assert (response.status_code, response.headers["Location"]) == (308, "http://localhost/perf/")


def test_urls_in_headers_and_answers_contain_the_path(make_services: Callable[..., Services]) -> None:
    services = make_services(base_path="/team/perf")
    for second in range(2):
        services.store.runs.insert(an_ended_run(f"20261130-10000{second}-aaaaaaaa"))
    client = create_app(services).test_client()

    page = client.get("/team/perf/runs?limit=1")
    badge = client.get("/team/perf/runs/20261130-100000-aaaaaaaa/badge-link").get_json()
    plan = client.post("/team/perf/run/plan", json={"profile": "smoke"}).get_json()

    assert page.headers["Link"].startswith("</team/perf/runs?")
    assert badge["url"] == "http://localhost/team/perf/runs/20261130-100000-aaaaaaaa/badge"
    assert "http://localhost/team/perf/run/start" in plan["commands"]["curl"]


def test_sign_in_stays_below_the_path(make_app: Callable[..., Flask]) -> None:
    client = make_app(base_path="/perf", **TOKENS).test_client()
    refused = client.get("/perf/", headers={"Accept": "text/html"})
    signed_in = client.post("/perf/login", data={"token": TOKEN})

    assert (refused.status_code, refused.headers["Location"]) == (303, "/perf/login")
    assert (signed_in.status_code, signed_in.headers["Location"]) == (303, "/perf/")
    assert "Path=/perf/" in signed_in.headers["Set-Cookie"]
    assert client.get("/perf/runs").status_code == 200


@pytest.mark.parametrize(
    ("peer", "stated", "location"),
    [
        (PROXY, "/perf", "/perf/login"),
        (PROXY, "/perf/", "/perf/login"),
        (PROXY, "", "/login"),
        (PROXY, "//evil.example", "/login"),
        (PROXY, "/a/../b", "/login"),
        (PROXY, "https://evil.example", "/login"),
        (PROXY, '/"><script>', "/login"),
        ("10.0.0.8", "/perf", "/login"),
    ],
)
def test_only_the_trusted_proxy_states_a_path(
    make_app: Callable[..., Flask], peer: str, stated: str, location: str
) -> None:
    app = make_app(trusted_proxy=PROXY, **TOKENS)
    headers = {"Accept": "text/html", "X-Forwarded-Prefix": stated}

    response = app.test_client().get("/", headers=headers, environ_overrides={PEER_KEY: peer})

    assert response.headers["Location"] == location


def test_headers_are_checked_below_the_path(make_app: Callable[..., Flask]) -> None:
    app = make_app(base_path="/perf", **TOKENS)
    check = header_check_of(app)
    statuses: list[str] = []

    def run(path: str) -> None:
        with app.test_request_context(path, method="POST") as context:
            environ = {**context.request.environ, "SCRIPT_NAME": ""}
            check(environ, lambda status, _headers, _error=None: statuses.append(status))  # type: ignore[arg-type]

    run("/perf/data/upload")
    run("/perf/nothing")
    assert [status[:3] for status in statuses] == ["401", "401"]


@pytest.mark.parametrize(
    "path", ["perf", "//perf", "/a b", "/a/../b", "/a?b", "/ä", "/" + "a" * 300, "/a//b"]
)
def test_a_bad_base_path_is_refused(tmp_path_factory: pytest.TempPathFactory, path: str) -> None:
    with pytest.raises(ValidationError, match="base_path"):
        settings_for(tmp_path_factory.mktemp("settings"), base_path=path)


@pytest.mark.parametrize(("text", "path"), [("", ""), ("/", ""), ("/perf/", "/perf"), ("/a/b.c", "/a/b.c")])
def test_a_slash_at_the_end_is_optional(
    tmp_path_factory: pytest.TempPathFactory, text: str, path: str
) -> None:
    assert settings_for(tmp_path_factory.mktemp("settings"), base_path=text).base_path == path

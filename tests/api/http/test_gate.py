"""The gate checks every route and method."""

import copy

import pytest
from flask import Flask

from tests.api.conftest import TOKEN
from tests.api.table import ALL_CASES, PUBLIC_RULES, Case

UNKNOWN_URL = Case("GET", "/nowhere", "")
PROTECTED = [
    case for case in ALL_CASES if case.method != "GET" or case.endpoint in ("k6.read", "stream.listen")
]


def name_of(case: Case) -> str:
    return f"{case.method} {case.rule}"


@pytest.mark.parametrize("case", [*ALL_CASES, UNKNOWN_URL], ids=name_of)
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:5656", "127.0.0.1.evil.example", "localhost@evil", ""]
)
def test_a_foreign_host_is_refused(idle: Flask, case: Case, host: str) -> None:
    answer = idle.test_client().open(case.url, method=case.method, headers={"Host": host})

    assert answer.status_code == 421
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("case", PROTECTED, ids=name_of)
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "rubbish"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "null"},
        {"Origin": "file://localhost"},
    ],
    ids=str,
)
def test_requests_from_other_websites_are_refused(idle: Flask, case: Case, headers: dict[str, str]) -> None:
    answer = idle.test_client().open(case.url, method=case.method, headers=headers)

    assert answer.status_code == 403
    assert answer.json["detail"] == "Requests from other websites are not allowed."


@pytest.mark.parametrize("case", [*ALL_CASES, UNKNOWN_URL], ids=name_of)
@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Cookie": "dashboard_access=1.x.y"}], ids=str
)
def test_every_route_requires_the_token(locked: Flask, case: Case, headers: dict[str, str]) -> None:
    answer = locked.test_client().open(case.url, method=case.method, headers=headers)

    if case.rule in PUBLIC_RULES:
        with_token = {"Authorization": f"Bearer {TOKEN}"}
        expected = locked.test_client().open(case.url, method=case.method, headers=with_token)
        assert answer.status_code == expected.status_code < 500
        assert answer.status_code not in (401, 403)
    else:
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "case", [case for case in ALL_CASES if case.endpoint != "stream.listen"], ids=name_of
)
def test_the_token_gives_access_to_every_route(locked: Flask, case: Case) -> None:
    answer = locked.test_client().open(
        case.url, method=case.method, headers={"Authorization": f"Bearer {TOKEN}"}
    )

    assert answer.status_code not in (401, 403, 421)


def test_no_response_has_cors_headers(idle: Flask) -> None:
    answer = idle.test_client().get("/runs", headers={"Origin": "http://evil.example"})

    assert not [name for name, _ in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:80", "127.0.0.1", "10.1.2.3:5656", "[::1]:5656", "perf.example:1"]
)
def test_known_hosts_are_accepted(idle: Flask, host: str) -> None:
    services = copy.copy(idle.extensions["services"])
    services.settings = services.settings.model_copy(update={"dashboard_names": ("Perf.example",)})
    idle.extensions["services"] = services

    assert idle.test_client().get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://localhost"}],
)
def test_the_page_and_programs_are_accepted(idle: Flask, headers: dict[str, str]) -> None:
    assert idle.test_client().post("/run/continue", headers=headers).status_code == 204


def test_a_browser_without_access_is_redirected_to_the_login_page(locked: Flask) -> None:
    answer = locked.test_client().get("/", headers={"Accept": "text/html,*/*;q=0.8"})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")


def test_health_has_more_fields_for_clients_with_access(locked: Flask) -> None:
    client = locked.test_client()

    assert set(client.get("/health").json or ()) == {"status", "version"}
    assert "loops" in (client.get("/health", headers={"Authorization": f"Bearer {TOKEN}"}).json or ())


def test_many_wrong_tokens_are_answered_with_429(locked: Flask) -> None:
    client = locked.test_client()
    for _ in range(10):
        assert client.get("/runs", headers={"Authorization": "Bearer guess"}).status_code == 401
    answer = client.get("/runs", headers={"Authorization": "Bearer guess"})

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 61
    assert client.get("/runs", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200

"""A HAR file becomes one scenario in its order, without what is no part of an API test."""

import time
from typing import Any

import pytest

from dashboard.discovery.discovered import Discovered, ImportOptions, UnreadableDocument
from dashboard.discovery.recordings.har import is_har, read_har
from tests.discovery.documents import valid_document
from tests.discovery.recordings.har_files import entry, har


def read(*entries: dict[str, Any], hosts: tuple[str, ...] = (), **log: Any) -> Discovered:
    return read_har(har(*entries, **log), ImportOptions(hosts=hosts))


def endpoint(discovered: Discovered, index: int = 0) -> dict[str, Any]:
    return discovered.candidates[index].endpoint


def left_out(discovered: Discovered) -> dict[str, int]:
    return {one.name: one.count for one in discovered.left_out}


def messages(discovered: Discovered, index: int = 0) -> list[str]:
    return [remark.message for remark in discovered.candidates[index].remarks]


def test_requests_become_a_scenario_in_their_order() -> None:
    found = read(
        entry(url="https://api.test/users?limit=10"),
        entry("POST", "https://api.test/users", post='{"name": "Ada"}', status=201),
        pages=[{"title": "Sign up"}],
    )
    document = valid_document(found)
    assert found.title == "Sign up"
    assert found.base_urls == ("https://api.test",)
    assert document["scenarios"] == [
        {"name": "Sign up", "weight": 1, "steps": [{"ref": "GET /users"}, {"ref": "POST /users"}]}
    ]
    assert document["endpoints"][0] == {
        "name": "GET /users",
        "group": "users",
        "type": "rest",
        "method": "GET",
        "path": "/users?limit=10",
        "weight": 10,
        "checks": {"status": 200},
    }
    assert document["endpoints"][1]["body"] == {"name": "Ada"}
    assert document["endpoints"][1]["checks"] == {"status": 201}


@pytest.mark.parametrize(
    ("skipped", "name"),
    [
        (entry(url="https://api.test/logo.png", media_type="image/png"), "Static files"),
        (entry(url="https://api.test/app.js?v=2", media_type="text/html"), "Static files"),
        (entry(url="https://api.test/style", media_type="text/css; charset=utf-8"), "Static files"),
        (entry(url="https://api.test/x", media_type="", resource_type="font"), "Static files"),
        (entry(url="wss://api.test/live"), "WebSockets"),
        (entry(url="https://api.test/live", status=101), "WebSockets"),
        (entry(url="https://api.test/live", resource_type="websocket"), "WebSockets"),
        (entry("POST", "https://api.test/stats", resource_type="ping"), "Beacons"),
        (entry(url="https://api.test/live", media_type="text/event-stream"), "Event streams"),
        (entry("OPTIONS", headers={"Access-Control-Request-Method": "PUT"}), "CORS preflights"),
        (entry("POST", headers={"Content-Type": "application/ocsp-request"}), "OCSP requests"),
        (entry(url="data:text/plain,hello"), "data: URLs"),
        (entry(url="https://api.test/slow", status=0), "Aborted requests"),
        (entry("PROPFIND", "https://api.test/files"), "PROPFIND /files"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_requests_that_are_no_part_of_a_test_are_left_out_by_name(skipped: dict[str, Any], name: str) -> None:
    found = read(entry(), skipped, skipped)
    assert left_out(found) == {name: 2}
    assert [one.endpoint["name"] for one in found.candidates] == ["GET /users"]


def test_json_that_a_script_loads_is_no_static_file() -> None:
    found = read(entry(url="https://api.test/chart.svg", resource_type="fetch"))
    assert endpoint(found)["path"] == "/chart.svg"


def test_the_most_used_host_of_the_site_of_the_page_is_included() -> None:
    page = entry(url="https://www.shop.test/", media_type="text/html")
    foreign = [entry(url=f"https://stats.example/{number}") for number in range(9)]
    own = [entry(url=f"https://api.shop.test/{number}") for number in range(3)]
    found = read(page, *foreign, *own)
    assert {one.host: one.is_included for one in found.hosts} == {
        "stats.example": False,
        "api.shop.test": True,
        "www.shop.test": False,
    }
    assert found.base_urls == ("https://api.shop.test",)
    assert left_out(found) == {"stats.example": 9, "www.shop.test": 1}


def test_hosts_can_be_chosen() -> None:
    entries = [entry(), entry(url="https://other.test/a"), entry(url="http://127.0.0.1:8080/b")]
    found = read(*entries, hosts=("other.test", "127.0.0.1:8080"))
    assert [one.endpoint["path"] for one in found.candidates] == ["/a", "/b"]
    assert [remark.kind for remark in found.remarks if "one target" in remark.message] == ["problem"]


def test_headers_of_the_browser_and_the_connection_are_dropped() -> None:
    dropped = {
        ":authority": "api.test",
        "Host": "api.test",
        "Connection": "close",
        "Cookie": "id=7",
        "DNT": "1",
    }
    dropped |= {"User-Agent": "Mozilla/5.0", "sec-ch-ua": "x", "If-None-Match": "x", "Content-Length": "9"}
    found = read(entry(headers={**dropped, "Accept": "text/plain", "X-Tenant": "${acme}"}))
    assert endpoint(found)["headers"] == {"Accept": "text/plain", "X-Tenant": "$${acme}"}
    valid_document(found)


def test_every_request_gets_its_own_request_id() -> None:
    found = read(entry(headers={"X-Request-Id": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"}))
    assert endpoint(found)["headers"] == {"X-Request-Id": "${uuid}"}


def test_a_bearer_token_is_masked_and_asked_for() -> None:
    found = read(entry(headers={"Authorization": "Bearer recorded-secret-1"}))
    assert found.auth is not None
    assert found.auth.mode == "bearer"
    assert "recorded-secret-1" not in repr(found)


def test_an_api_key_is_masked_and_asked_for() -> None:
    found = read(entry(headers={"X-Api-Key": "recorded-secret-1", "X-CSRF-Token": "recorded-secret-2"}))
    assert found.auth is not None
    assert (found.auth.mode, found.auth.fields) == ("api_key", {"api_key_header": "X-Api-Key"})
    assert endpoint(found)["headers"] == {"X-CSRF-Token": "${env.X_CSRF_TOKEN}"}
    assert [(one.name, one.is_secret) for one in found.requested_values] == [("X_CSRF_TOKEN", True)]
    assert "recorded-secret" not in repr(found)


def test_secrets_in_queries_and_bodies_are_masked() -> None:
    found = read(
        entry(url="https://api.test/a?api_key=recorded-secret-1&q=x"),
        entry("POST", "https://api.test/login", post='{"user": "ada", "password": "recorded-secret-2"}'),
    )
    assert endpoint(found)["path"] == "/a?api_key=${env.API_KEY}&q=x"
    assert endpoint(found, 1)["body_template"] == {"user": "ada", "password": "${env.PASSWORD}"}
    assert "recorded-secret" not in repr(found)
    assert "Set PASSWORD" in messages(found, 1)[0]
    valid_document(found)


def test_signed_tokens_are_masked_wherever_they_are() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
    found = read(
        entry(url=f"https://api.test/invite/{token}?x={token}"), entry("POST", post=f'{{"a": ["{token}"]}}')
    )
    assert endpoint(found)["path"] == "/invite/${env.TOKEN}?x=${env.X}"
    assert endpoint(found, 1)["body_template"] == {"a": ["${env.A}"]}
    assert token not in repr(found)


def test_equal_requests_are_one_endpoint() -> None:
    found = read(entry(), entry(url="https://api.test/a"), entry())
    assert len(found.candidates) == 2
    assert [step["ref"] for step in found.scenarios[0]["steps"]] == ["GET /users", "GET /a", "GET /users"]


def test_different_recorded_statuses_are_not_checked() -> None:
    found = read(entry(), entry(status=404))
    assert "checks" not in endpoint(found)
    assert "200, 404" in messages(found)[0]


def test_pauses_become_think_times() -> None:
    found = read(
        entry(at_s=0, time_ms=500),
        entry(url="https://api.test/a", at_s=2.5),
        entry(url="https://api.test/b", at_s=2.55),
        entry(url="https://api.test/c", at_s=100),
    )
    assert [step.get("think_time") for step in found.scenarios[0]["steps"]] == [
        "2000ms",
        None,
        "10000ms",
        None,
    ]
    assert any("Pauses longer than 10 s" in remark.message for remark in found.remarks)


def test_errors_of_the_recording_are_marked() -> None:
    found = read(
        entry(status=404),
        entry(url="https://api.test/b", status=500),
        entry(url="https://api.test/c", status=304),
    )
    assert endpoint(found)["checks"] == {"status": 404}
    assert [one.is_selected for one in found.candidates] == [True, False, True]
    assert "checks" not in endpoint(found, 1)
    assert "checks" not in endpoint(found, 2)


@pytest.mark.parametrize(
    "headers", [{"Content-Type": "multipart/form-data; boundary=XX"}, {"Content-Length": "12"}]
)
def test_a_request_whose_body_is_not_recorded_is_not_selected(headers: dict[str, str]) -> None:
    found = read(entry(), entry("POST", headers=headers), entry("PUT", headers={"Content-Length": "0"}))
    assert [one.is_selected for one in found.candidates] == [True, False, True]
    assert messages(found, 1) == ["The recording does not contain the body of the request."]


def test_destructive_requests_are_not_selected() -> None:
    found = read(
        entry(),
        entry("DELETE", "https://api.test/users/1"),
        entry("POST", "https://api.test/auth/logout"),
        entry("POST", "https://api.test/graphql", post='{"query": "mutation M { pay { id } }"}'),
    )
    assert [one.is_selected for one in found.candidates] == [True, False, False, False]
    assert len(valid_document(found)["scenarios"][0]["steps"]) == 1


BODIES: list[tuple[str | dict[str, Any], dict[str, Any]]] = [
    ('{"a": "${b}"}', {"body": {"a": "${b}"}}),
    ('{"price": 1.50}', {"body": '{"price": 1.50}', "headers": {"Content-Type": "application/json"}}),
    (
        {"mimeType": "text/plain", "text": "a ${b}"},
        {"body": "a ${b}", "headers": {"Content-Type": "text/plain"}},
    ),
    (
        {"mimeType": "application/x-www-form-urlencoded; charset=UTF-8", "text": "a=1&b=x+%26&a=2"},
        {"form": {"a": ["1", "2"], "b": "x &"}},
    ),
    (
        {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a", "value": "${1}"}]},
        {"form": {"a": "$${1}"}},
    ),
    (
        {
            "mimeType": "multipart/form-data; boundary=XX",
            "text": '--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--XX\r\n'
            'Content-Disposition: form-data; name="f"; filename="f.txt"\r\nContent-Type: text/plain\r\n\r\n'
            "hello\r\n--XX--\r\n",
        },
        {
            "multipart": {
                "a": "1",
                "f": {"content": "hello", "filename": "f.txt", "content_type": "text/plain"},
            }
        },
    ),
    (
        {
            "mimeType": "multipart/form-data",
            "params": [{"name": "f", "fileName": "f.png", "value": "data:image/png;base64,iVBORw0KGgo="}],
        },
        {"multipart": {"f": {"content_base64": "iVBORw0KGgo=", "filename": "f.png"}}},
    ),
]


@pytest.mark.parametrize(("post", "expected"), BODIES)
def test_bodies(post: str | dict[str, Any], expected: dict[str, Any]) -> None:
    found = read(entry("POST", post=post))
    assert {name: value for name, value in endpoint(found).items() if name in {*expected, "body"}} == expected
    valid_document(found)


def test_a_graphql_request_becomes_a_graphql_endpoint() -> None:
    post = '{"query": "query One($id: ID!) { user(id: $id) { name } }", "operationName": "One", "variables": {"id": 7}}'
    found = read(entry("POST", "https://api.test/graphql", post=post))
    made = endpoint(found)
    assert (made["name"], made["type"], made["variables"]) == ("One", "graphql", {"id": 7})
    assert made["checks"] == {"no_graphql_errors": True, "status": 200}
    valid_document(found)


@pytest.mark.parametrize(
    "value", [{}, [], {"log": {}}, {"log": {"entries": {}}}, {"openapi": "3.0.0"}, None, 7]
)
def test_other_documents_are_refused(value: Any) -> None:
    assert not is_har(value)
    with pytest.raises(UnreadableDocument, match="not a HAR file"):
        read_har(value, ImportOptions())


def test_a_recording_without_requests_is_refused_with_the_reasons() -> None:
    with pytest.raises(UnreadableDocument, match="1 × Static files"):
        read(entry(url="https://api.test/a.css"))


def test_entries_of_other_types_are_counted() -> None:
    broken: Any = [None, 7, {"request": []}, {"request": {"url": 7, "headers": "x", "postData": []}}]
    assert left_out(read(entry(), *broken)) == {"Entries": 4}


@pytest.mark.serial
def test_a_large_recording_is_read_in_seconds() -> None:
    item = {"id": "0123456789abcdef", "name": "x" * 40, "nested": {"id": 7, "tags": ["a", "b"]}}
    page = entry(url="https://api.test/page", answer=f'<a href="{"x" * 100_000}">', media_type="text/html")
    calls = [
        entry("POST", f"https://api.test/a/{number}", post=f'{{"a": "value-{number}"}}', answer=[item] * 100)
        for number in range(300)
    ]
    started = time.process_time()
    assert len(read(*[page] * 20, *calls).candidates) == 301
    assert time.process_time() - started < 5

"""Invalid requests: every route answers with a 4xx problem, and nothing is stored."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from dashboard.api.shapes.bodies import MAX_START_BYTES
from dashboard.services import Services
from dashboard.store.values import RunFilter
from tests.api.table import ALL_CASES, API_CASES, CASES_WITH_BODY, Case

EVERYTHING = RunFilter()
START = {"profile": "smoke", "base_url": "http://127.0.0.1:9"}
ARRIVAL = START | {"profile": "arrival"}
CUSTOM = START | {"profile": "custom"}
LONG = "x" * 5_000

# (description, body of /run/start, field that the response names)
BAD_FIELDS: list[tuple[str, dict[str, Any], str]] = [
    ("profile missing", {"base_url": "http://127.0.0.1:9"}, "profile"),
    ("profile unknown", START | {"profile": "marathon"}, "profile"),
    ("profile null", START | {"profile": None}, "profile"),
    ("profile list", START | {"profile": ["smoke"]}, "profile"),
    ("unknown key", START | {"vsu": 3}, "vsu"),
    ("unknown long key", START | {LONG: 3}, LONG[:200] + "…"),
    ("Python attribute as a key", {**START, "__class__": {}}, "__class__"),
    ("vus text", START | {"vus": "many"}, "vus"),
    ("vus negative", START | {"vus": -1}, "vus"),
    ("vus zero", START | {"vus": 0}, "vus"),
    ("vus zero as text", START | {"vus": "0"}, "vus"),
    ("vus huge", START | {"vus": 10**30}, "vus"),
    ("vus above the limit", START | {"vus": 100_000}, "vus"),
    ("vus fraction", START | {"vus": 1.5}, "vus"),
    ("vus boolean", START | {"vus": True}, "vus"),
    ("vus object", START | {"vus": {"a": 1}}, "vus"),
    ("rate for smoke", START | {"rate": 5}, "rate"),
    ("stages for smoke", START | {"stages": [{"duration": "1s", "target": 1}]}, "stages"),
    ("unit for smoke", START | {"unit": "rate"}, "unit"),
    ("unit unknown", CUSTOM | {"unit": "rps"}, "unit"),
    ("unit without stages", CUSTOM | {"unit": "rate"}, "stages"),
    ("stages text", CUSTOM | {"stages": "30s:10"}, "stages"),
    ("stages empty", CUSTOM | {"stages": []}, "stages"),
    ("stages many", CUSTOM | {"stages": [{"duration": "1s", "target": 1}] * 101}, "stages"),
    ("stage number", CUSTOM | {"stages": [5]}, "stages[0]"),
    ("stage without target", CUSTOM | {"stages": [{"duration": "1s"}]}, "stages[0].target"),
    ("stage with an unknown key", CUSTOM | {"stages": [{"duration": "1s", "target": 1, "x": 1}]}, "stages[0].x"),
    (
        "stage duration",
        CUSTOM | {"stages": [{"duration": 5, "target": 1}, {"duration": "soon", "target": 1}]},
        "stages[1].duration",
    ),
    ("stage of no users", CUSTOM | {"stages": [{"duration": "9s", "target": 0}]}, "stages"),
    (
        "stage above the limit",
        CUSTOM | {"stages": [{"duration": "9s", "target": "1"}, {"duration": "9s", "target": 1_001}]},
        "stages[1].target",
    ),
    (
        "stage above the rate limit",
        CUSTOM | {"unit": "rate", "stages": [{"duration": "9s", "target": 10_001}]},
        "stages[0].target",
    ),
    ("stages long", CUSTOM | {"stages": [{"duration": "25h", "target": 1}]}, "stages"),
    ("scenarios text", CUSTOM | {"scenarios": "{}"}, "scenarios"),
    ("scenarios empty", CUSTOM | {"scenarios": {}}, "scenarios"),
    ("scenarios and stages", CUSTOM | {"scenarios": {}, "stages": [{"duration": "9s", "target": 1}]}, "stages"),
    ("scenario empty", CUSTOM | {"scenarios": {"a": {}}}, "scenarios.a.executor"),
    (
        "scenario above the limit",
        CUSTOM | {"scenarios": {"a": {"executor": "constant-vus", "vus": 1_001, "duration": "9s"}}},
        "scenarios",
    ),
    (
        "scenario long",
        CUSTOM | {"scenarios": {"a": {"executor": "constant-vus", "duration": "9s", "startTime": "24h"}}},
        "scenarios",
    ),
    ("network text", START | {"network": "fast"}, "network"),
    ("network unknown", START | {"network": {"speed": 1}}, "network.speed"),
    ("network timeout", START | {"network": {"timeout": "soon"}}, "network.timeout"),
    ("network redirects", START | {"network": {"redirects": 51}}, "network.redirects"),
    ("network TLS", START | {"network": {"verify_tls": "no"}}, "network.verify_tls"),
    ("network hosts", START | {"network": {"hosts": {"a": "b"}}}, "network.hosts.a"),
    ("network hosts list", START | {"network": {"hosts": ["a"]}}, "network.hosts"),
    ("network key alone", START | {"network": {"client_key": "x"}}, "network.client_certificate"),
    ("network long", START | {"network": {"ca_certificate": "x" * 40_000}}, "network.ca_certificate"),
    ("rate zero", ARRIVAL | {"rate": 0}, "rate"),
    ("rate fraction", ARRIVAL | {"rate": "0.5"}, "rate"),
    ("rate above the limit", ARRIVAL | {"rate": 10_001}, "rate"),
    ("rate above any limit", ARRIVAL | {"rate": 10**9}, "rate"),
    ("vus in Arabic digits", START | {"vus": "١٢"}, "vus"),
    ("duration text", START | {"duration": "a while"}, "duration"),
    ("duration negative", START | {"duration": "-5s"}, "duration"),
    ("duration empty", START | {"duration": ""}, "duration"),
    ("duration zero", START | {"duration": "0s"}, "duration"),
    ("duration huge", START | {"duration": "9" * 30}, "duration"),
    ("duration too long", START | {"duration": "300d"}, "duration"),
    ("duration number", START | {"duration": 30}, "duration"),
    ("duration long", START | {"duration": LONG}, "duration"),
    ("ramp text", START | {"profile": "ramp", "ramp_duration": "soon"}, "ramp_duration"),
    ("target empty", {"profile": "smoke", "base_url": ""}, "base_url"),
    ("target no URL", START | {"base_url": "not a url"}, "base_url"),
    ("target file", START | {"base_url": "file:///etc/passwd"}, "base_url"),
    ("target script", START | {"base_url": "javascript:alert(1)"}, "base_url"),
    ("target with password", START | {"base_url": "http://a:b@127.0.0.1"}, "base_url"),
    ("target port", START | {"base_url": "http://127.0.0.1:99999"}, "base_url"),
    ("target lines", START | {"base_url": "http://127.0.0.1\r\nX: y"}, "base_url"),
    ("target number", START | {"base_url": 80}, "base_url"),
    ("target long", START | {"base_url": "http://" + LONG}, "base_url"),
    ("label long", START | {"label": LONG}, "label"),
    ("label NUL", START | {"label": "a\x00b"}, "label"),
    ("label lone surrogate", START | {"label": "\ud800"}, "label"),
    ("label list", START | {"label": ["a"]}, "label"),
    ("auth unknown", START | {"auth_mode": "magic"}, "auth_mode"),
    ("bearer without token", START | {"auth_mode": "bearer"}, "auth_token"),
    ("token of two lines", START | {"auth_mode": "bearer", "auth_token": "a\nb"}, "auth_token"),
    ("header with a colon", START | {"auth_mode": "api_key", "auth_api_key": "k", "auth_api_key_header": "X: y"},
     "auth_api_key_header"),
    ("meta text", START | {"meta": "build 7"}, "meta"),
    ("meta number", START | {"meta": {"build": 7}}, "meta.build"),
    ("meta NUL key", START | {"meta": {"a\x00": "b"}}, "meta.a�"),
    ("meta too many", START | {"meta": {f"k{n}": "v" for n in range(40)}}, "meta"),
    ("meta long key", START | {"meta": {LONG: "v"}}, f"meta.{LONG}"[:200] + "…"),
    ("apdex negative", START | {"apdex_t_ms": -1}, "apdex_t_ms"),
    ("apdex text", START | {"apdex_t_ms": "fast"}, "apdex_t_ms"),
    ("apdex boolean", START | {"apdex_t_ms": True}, "apdex_t_ms"),
    ("queue number", START | {"queue": 1}, "queue"),
    ("queue text", START | {"queue": "yes"}, "queue"),
]  # fmt: skip

JSON = "application/json"
# These routes take a file, or read their body themselves. Other tests cover them.
FILE_UPLOADS = (
    "data.upload_data_file",
    "reports.import_run",
    "discover.read_uploaded_document",
    "discover.read_postman_collection",
)
JSON_BODIES = [case for case in CASES_WITH_BODY if case.endpoint not in FILE_UPLOADS]
# (description, raw body, content type, status)
BAD_BODIES: list[tuple[str, bytes, str, int]] = [
    ("broken JSON", b'{"profile": ', JSON, 400),
    ("not JSON", b"profile=smoke", JSON, 400),
    ("two values", b"{} {}", JSON, 400),
    ("NaN", b'{"vus": NaN}', JSON, 400),
    ("infinity", b'{"vus": -Infinity}', JSON, 400),
    ("too large a number", b'{"vus": 1e999}', JSON, 400),
    ("too many digits", b'{"vus": ' + b"9" * 5_000 + b"}", JSON, 400),
    ("a key twice", b'{"vus": 1, "vus": 2}', JSON, 400),
    ("invalid UTF-8", b'{"label": "\xff"}', JSON, 400),
    ("deep list", b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", JSON, 400),
    ("deep object", b'{"a":' * 50_000 + b"1" + b"}" * 50_000, JSON, 400),
    ("rather deep", b'{"meta":' + b"[" * 900 + b"]" * 900 + b"}", JSON, 422),
    ("a list", b"[]", JSON, 422),
    ("a text", b'"{}"', JSON, 422),
    ("null", b"null", JSON, 422),
    ("a number", b"1", JSON, 422),
    ("unknown key", b'{"nonsense": 1}', JSON, 422),
    ("a NUL", b'{"nonsense": "\\u0000"}', JSON, 422),
    ("a NUL in a key", b'{"non\\u0000sense": 1}', JSON, 422),
    ("plain text", b"{}", "text/plain", 415),
    ("no content type", b"{}", "", 415),
    ("XML", b"<a/>", "application/xml", 415),
    ("multipart", b"--x--", "multipart/form-data; boundary=x", 415),
    ("too large", b'{"label": "' + b"a" * MAX_START_BYTES + b'"}', JSON, 413),
]
BAD_QUERIES: list[tuple[str, str, int, str | None]] = [
    ("/runs", "limit=0", 422, "limit"),
    ("/runs", "limit=1001", 422, "limit"),
    ("/runs", "limit=-5", 422, "limit"),
    ("/runs", "limit=ten", 422, "limit"),
    ("/runs", "limit=1.0", 422, "limit"),
    ("/runs", "limit=1_0", 422, "limit"),
    ("/runs", "limit=+5", 422, "limit"),
    ("/runs", "limit=", 422, "limit"),
    ("/runs", "limit=" + "9" * 5_000, 422, "limit"),
    ("/runs", "limit=1&limit=2", 422, "limit"),
    ("/runs", "before=..%2fetc", 422, "before"),
    ("/runs", "status=asleep", 422, "status"),
    ("/runs", "verdict=maybe", 422, "verdict"),
    ("/runs", "profile=marathon", 422, "profile"),
    ("/runs", "since=yesterday", 422, "since"),
    ("/runs", "until=0001-01-01T00:00:00%2B23:00", 422, "until"),
    ("/runs", "search=%00", 422, "search"),
    ("/runs", "search=" + LONG, 422, "search"),
    ("/runs", "search=%ff", 400, None),
    ("/runs", "order=asc", 422, "order"),
    ("/runs", LONG + "=1", 422, LONG[:200] + "…"),
    ("/runs/latest/snapshots", "after=-1", 422, "after"),
    ("/runs/latest/snapshots", "limit=0", 422, "limit"),
    ("/runs/latest/snapshots", "format=xml", 422, "format"),
    ("/runs/latest/window", "", 422, "from"),
    ("/runs/latest/window", "from=0", 422, "to"),
    ("/runs/latest/window", "from=nan&to=5", 422, "from"),
    ("/runs/latest/window", "from=0&to=inf", 422, "to"),
    ("/runs/latest/window", "from=-1&to=5", 422, "from"),
    ("/runs/latest/window", "from=0&to=1e99", 422, "to"),
    ("/runs/latest/window", "from=5&to=5", 422, "to"),
    ("/runs/latest/op", "name=List&from=5&to=5", 422, "to"),
    ("/runs/latest/op", "name=List&from=5&to=1", 422, "to"),
    ("/runs/latest/log", "after=1&before=2", 422, "before"),
    ("/runs/latest/log", "level=loud", 422, "level"),
    ("/runs/latest/log", "limit=5001", 422, "limit"),
    ("/stream", "", 422, "topics"),
    ("/stream", "topics=", 422, "topics"),
    ("/stream", "topics=everything", 422, "topics"),
    ("/stream", "topics=runs,", 422, "topics"),
    ("/stream", "topics=run:..%2fetc", 422, "topics"),
    ("/stream", "topics=" + ",".join(["runs"] * 33), 422, "topics"),
    ("/stream", "topics=run:" + LONG, 422, "topics"),
    ("/k6/v1/status", "run_id=A%20B", 422, "run_id"),
]
BAD_PATHS = [
    "/runs/..%2f..%2fetc%2fpasswd",
    "/runs/../../etc/passwd",
    "/runs/%2e%2e/%2e%2e/data/token",
    "/runs/UPPER",
    "/runs/a%00b",
    "/runs/" + "a" * 65,
    "/runs/" + LONG,
    "/runs/%ff%fe",
    "/runs/no-such-run",
    "/runs/no-such-run/ops",
    "/runs/no-such-run/snapshots",
    "/runs/no-such-run/window?from=0&to=1",
    "/runs/no-such-run/log",
    "/runs/",
    "/runs//ops",
    "/assets/..%2f..%2fapp.py",
    "/assets/%2e%2e/%2e%2e/data/token",
    "/assets//etc/passwd",
    "/assets/a%00b",
    "/pages/..%2fshapes.py",
    "/pages/login.html",
    "/k6/v1/setup",
    "/k6/v1/status/../setup",
    "/k6/v1/metrics/http_req_duration",
    "/k6/v1/metrics",
    "/k6/..%2f..%2fv1%2fsetup",
    "/k6/" + "x" * 4_000,
    "/favicon.ico",
]


@pytest.fixture
def client(idle: Flask, idle_services: Services) -> Iterator[FlaskClient]:
    """A client. At the end, nothing may have been stored."""
    yield idle.test_client()
    assert idle_services.store.lists.count(EVERYTHING) == 0
    assert not list((idle_services.data_dir / "runs").glob("*"))


def is_problem(answer: Any, status: int, field: str | None = None) -> bool:
    """Assert that the response is a problem with this status. Return whether the problem names the field."""
    assert answer.content_type == "application/problem+json", answer.data[:300]
    body = json.loads(answer.data)
    assert (answer.status_code, body["status"]) == (status, status), body
    assert body["detail"]
    assert len(answer.data) < 2_000
    return field is None or field in [error["field"] for error in body["errors"]]


@pytest.mark.parametrize(
    ("body", "field"), [row[1:] for row in BAD_FIELDS], ids=[row[0] for row in BAD_FIELDS]
)
def test_an_invalid_field_of_a_start_request_is_named(
    client: FlaskClient, body: dict[str, Any], field: str
) -> None:
    assert is_problem(client.post("/run/start", json=body), 422, field)


@pytest.mark.parametrize("case", JSON_BODIES, ids=lambda case: case.rule)
@pytest.mark.parametrize(
    ("body", "content_type", "status"), [row[1:] for row in BAD_BODIES], ids=[row[0] for row in BAD_BODIES]
)
def test_every_route_refuses_an_invalid_body(
    client: FlaskClient, case: Case, body: bytes, content_type: str, status: int
) -> None:
    answer = client.open(case.url, method=case.method, data=body, content_type=content_type)

    assert is_problem(answer, status)


@pytest.mark.parametrize(
    ("path", "query", "status", "field"), BAD_QUERIES, ids=[f"{p}?{q[:30]}" for p, q, *_ in BAD_QUERIES]
)
def test_an_invalid_query_is_refused(
    client: FlaskClient, path: str, query: str, status: int, field: str | None
) -> None:
    assert is_problem(client.get(f"{path}?{query}"), status, field)


@pytest.mark.parametrize("case", API_CASES, ids=lambda case: f"{case.method} {case.rule}")
def test_every_route_refuses_an_unknown_query_parameter(client: FlaskClient, case: Case) -> None:
    separator = "&" if "?" in case.url else "?"

    assert is_problem(client.open(f"{case.url}{separator}nonsense=1", method=case.method), 422, "nonsense")


@pytest.mark.parametrize("path", BAD_PATHS, ids=lambda path: path[:40])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_path_is_not_found(client: FlaskClient, path: str, method: str) -> None:
    answer = client.open(path, method=method)

    assert (
        is_problem(answer, 404) if method == "GET" or answer.status_code == 404 else is_problem(answer, 405)
    )


SUPPORTED = {(case.rule, case.method) for case in ALL_CASES}
UNSUPPORTED = [
    (rule, method)
    for rule in sorted({case.rule for case in ALL_CASES})
    for method in ("PUT", "PATCH", "OPTIONS", "TRACE")
    if (rule, method) not in SUPPORTED
]


@pytest.mark.parametrize(("rule", "method"), UNSUPPORTED)
def test_an_unsupported_method_is_refused(client: FlaskClient, rule: str, method: str) -> None:
    allowed = {case.method for case in ALL_CASES if case.rule == rule}
    answer = client.open(Case(method, rule, "").url, method=method)

    assert is_problem(answer, 405)
    assert set(answer.headers["Allow"].split(", ")) == allowed | ({"HEAD"} if "GET" in allowed else set())


def test_an_internal_error_is_answered_without_details(idle: Flask) -> None:
    idle.view_functions["health.health"] = lambda: {}["secret"]
    with capture_logs() as logs:
        answer = idle.test_client().get("/health")

    assert is_problem(answer, 500)
    assert "secret" not in answer.text
    assert answer.json["incident"] in [entry.get("incident") for entry in logs]


def test_all_invalid_fields_are_reported(client: FlaskClient) -> None:
    answer = client.post("/run/start", json={"profile": "smoke", "vus": "x", "queue": 3, "what": 1})

    assert [error["field"] for error in answer.json["errors"]] == ["vus", "queue", "what"]
    assert [error["message"] for error in answer.json["errors"]] == [
        "must be a whole number",
        "must be true or false",
        "is not a known field",
    ]


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/runs/latest/window?from=-1&to=5", "from: must be at least 0"),
        ("/runs/latest/window?from=0&to=99999999999999", "to: must be at most 1000000000"),
        ("/runs?limit=-1", "limit: must be at least 1"),
        ("/runs?limit=99999999999", "limit: must be at most 1000"),
        ("/runs?limit=1.5", "limit: must be a whole number"),
        ("/ops/trend?op=", "op: must not be empty"),
    ],
)
def test_the_message_for_a_number_contains_its_limit(idle: Flask, path: str, detail: str) -> None:
    assert idle.test_client().get(path).json["detail"] == detail


def test_a_number_may_have_17_digits(idle: Flask) -> None:
    path = f"/runs/latest/window?from=0&to={0.1 + 0.2}"

    assert idle.test_client().get(path).json["detail"] == "There are no runs yet."

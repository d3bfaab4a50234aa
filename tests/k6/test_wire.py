"""Requests as the target receives them and as k6 counts them."""

import base64
from pathlib import Path

import pytest

from tests.k6.conftest import K6, ONCE, Recorder

pytestmark = pytest.mark.k6


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_each_method_is_sent_with_path_headers_and_body(k6: K6, recorder: Recorder, method: str) -> None:
    body = None if method == "HEAD" else {"a": [1, "é"]}
    endpoint = {
        "method": method.lower(),
        "path": "/x y?q=a b&z=%20",
        "headers": {"X-Mine": "1"},
        "body": body,
    }
    env = {"BASE_URL": recorder.url + "/v1/", "ENDPOINTS_FILE": k6.write_endpoints(endpoint)}
    assert k6.run(env, *ONCE).exit_code == 0
    [received] = recorder.received
    assert (received.method, received.path) == (method, "/v1/x%20y?q=a%20b&z=%20")
    assert received.headers["X-Mine"] == "1"
    if body is not None:
        assert received.body == '{"a":[1,"é"]}'.encode()
        assert received.headers["Content-Type"] == "application/json"


def test_text_body_and_its_content_type_are_sent_unchanged(k6: K6, recorder: Recorder) -> None:
    text = 'a=1&b="${x}"\r\n'
    endpoint = {
        "method": "POST",
        "body": text,
        "headers": {"content-type": "application/x-www-form-urlencoded"},
    }
    k6.run({"BASE_URL": recorder.url, "ENDPOINTS_FILE": k6.write_endpoints(endpoint)}, *ONCE)
    [received] = recorder.received
    assert received.body == text.encode()
    assert received.headers["Content-Type"] == "application/x-www-form-urlencoded"


BASIC = "Basic " + base64.b64encode("ü:p:w".encode()).decode()


@pytest.mark.parametrize(
    ("env", "header", "value"),
    [
        ({}, "Authorization", None),
        ({"AUTH_TOKEN": "t0k"}, "Authorization", "Bearer t0k"),
        ({"AUTH_BASIC_USER": "ü", "AUTH_BASIC_PASS": "p:w"}, "Authorization", BASIC),
        ({"AUTH_API_KEY": "k3y"}, "X-Api-Key", "k3y"),
        ({"AUTH_API_KEY": "k3y", "AUTH_API_KEY_HEADER": "X-Shop"}, "X-Shop", "k3y"),
        ({"AUTH_TOKEN": "t0k", "AUTH_MODE": "none"}, "Authorization", None),
    ],
)
def test_each_auth_mode_sends_its_header(
    k6: K6, recorder: Recorder, env: dict[str, str], header: str, value: str | None
) -> None:
    k6.run({"BASE_URL": recorder.url, "ENDPOINTS_FILE": k6.write_endpoints({}), **env}, *ONCE)
    [received] = recorder.received
    assert received.headers.get(header) == value


def test_secrets_are_read_from_the_secret_source(k6: K6, recorder: Recorder, tmp_path: Path) -> None:
    secrets_file = tmp_path / "secrets.env"
    secrets_file.write_text("AUTH_BASIC_USER=ann\nAUTH_BASIC_PASS=s3cret\n")
    env = {"SECRETS": "AUTH_BASIC_USER,AUTH_BASIC_PASS", "AUTH_MODE": "basic"}
    target = {"BASE_URL": recorder.url, "ENDPOINTS_FILE": k6.write_endpoints({})}
    k6.run({**target, **env}, *ONCE, f"--secret-source=file={secrets_file}")
    [received] = recorder.received
    assert received.headers["Authorization"] == "Basic " + base64.b64encode(b"ann:s3cret").decode()


def test_authorization_of_an_endpoint_replaces_that_of_the_run(k6: K6, recorder: Recorder) -> None:
    endpoints = k6.write_endpoints({"headers": {"authorization": "Bearer own"}})
    k6.run({"BASE_URL": recorder.url, "ENDPOINTS_FILE": endpoints, "AUTH_TOKEN": "of-the-run"}, *ONCE)
    [received] = recorder.received
    assert received.headers["Authorization"] == "Bearer own"


@pytest.mark.parametrize("name", ["a b", "\"q\" 'q'", "${x}", "ä 🎉 ع", "__proto__", "a\nb\\c", "x" * 3000])
def test_name_with_any_characters_is_a_tag(k6: K6, recorder: Recorder, name: str) -> None:
    endpoint = {"name": name, "group": "g " + name, "checks": {"status": 200}}
    run = k6.run({"BASE_URL": recorder.url, "ENDPOINTS_FILE": k6.write_endpoints(endpoint)}, *ONCE)
    [request] = run.samples_of("http_reqs")
    assert (request["name"], request["op"], request["group"]) == (name, name, "g " + name)
    [check] = run.samples_of("op_checks")
    assert (check["op"], check["group"], check["check"], check["value"]) == (
        name,
        "g " + name,
        "status is 200",
        1,
    )


@pytest.mark.parametrize(
    ("endpoint", "statuses", "expected", "passed"),
    [
        ({"path": "/status/404"}, ["404"], ["false"], []),
        ({"path": "/status/404", "checks": {"status": 404}}, ["404"], ["true"], [1]),
        ({"path": "/status/201", "checks": {"status": 200}}, ["201"], ["false"], [0]),
        ({"path": "/redirect"}, ["302", "200"], ["true", "true"], []),
        ({"path": "/redirect", "checks": {"status": 200}}, ["302", "200"], ["true", "true"], [1]),
        ({"path": "/redirect", "checks": {"status": 302}}, ["302"], ["true"], [1]),
    ],
)
def test_expected_status_decides_what_is_an_error(
    k6: K6,
    recorder: Recorder,
    endpoint: dict[str, object],
    statuses: list[str],
    expected: list[str],
    passed: list[int],
) -> None:
    run = k6.run({"BASE_URL": recorder.url, "ENDPOINTS_FILE": k6.write_endpoints(endpoint)}, *ONCE)
    requests = run.samples_of("http_reqs")
    assert [request["status"] for request in requests] == statuses
    assert [request["expected_response"] for request in requests] == expected
    assert [check["value"] for check in run.samples_of("op_checks")] == passed


@pytest.mark.parametrize(("env", "k6_checks"), [({}, 1), ({"CHECKS": "trend"}, 0)])
def test_k6_checks_are_recorded_only_without_a_dashboard(
    k6: K6, recorder: Recorder, env: dict[str, str], k6_checks: int
) -> None:
    endpoints = k6.write_endpoints({"checks": {"status": 200}})
    run = k6.run({"BASE_URL": recorder.url, "ENDPOINTS_FILE": endpoints, **env}, *ONCE)
    assert (len(run.samples_of("checks")), len(run.samples_of("op_checks"))) == (k6_checks, 1)

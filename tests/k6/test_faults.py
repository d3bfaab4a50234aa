"""Steps that were not sent or that ended with an exception: each is counted, and the target received all others."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import pytest

from tests.k6.conftest import K6, ONCE, CannedResponse, K6Run, Recorder

pytestmark = pytest.mark.k6

ITERATIONS = 3
SWITCHING = CannedResponse(status=101, headers={"Upgrade": "x", "Connection": "Upgrade"})
STEPS = ("first", "second", "third")
NO_VALUE = '"second" got no value for id'
EXCEPTION = '"second" ended with an exception'


def run(
    k6: K6, url: str, endpoints: Sequence[Mapping[str, Any]], more: Mapping[str, Any], *arguments: str
) -> K6Run:
    env = {"BASE_URL": url, "ENDPOINTS_FILE": k6.write_document({"endpoints": endpoints, **more})}
    result = k6.run(env, *arguments)
    assert result.exit_code == 0, result.log
    return result


def faults_of(result: K6Run) -> dict[tuple[str, str, str], int]:
    names = ("op", "kind", "reason")
    return Counter(tuple(fault[name] for name in names) for fault in result.samples_of("op_faults"))


def failed_checks_of(result: K6Run) -> dict[tuple[str, str], int]:
    failed = [check for check in result.samples_of("op_checks") if check["value"] == 0]
    return Counter((check["op"], check["check"]) for check in failed)


@pytest.mark.parametrize(
    ("endpoint", "response", "reason"),
    [
        ({}, SWITCHING, "unsupported response status: 101 Switching Protocols"),
        ({"method": "POST", "body": {"a": 1}}, SWITCHING, "unsupported response status: 101 Switching Protocols"),
        ({"checks": {"status": 101}}, SWITCHING, "unsupported response status: 101 Switching Protocols"),
        ({"path": "/%zz"}, None, None),
        ({"path": "/a%2"}, None, None),
        ({"path": "/${timestamp}?%"}, None, None),
        ({"path": "/%${uuid}"}, None, None),
    ],
)  # fmt: skip
def test_a_request_that_k6_cannot_build_or_represent_is_counted_as_thrown(
    k6: K6, recorder: Recorder, endpoint: dict[str, Any], response: CannedResponse | None, reason: str | None
) -> None:
    recorder.responses["/"] = response or CannedResponse()
    result = run(k6, recorder.url, [{"name": "a", **endpoint}], {}, "--vus", "1", "--iterations", "3")
    sent = len(result.samples_of("http_reqs"))
    faults = faults_of(result)
    assert sent + sum(faults.values()) == ITERATIONS == len(result.samples_of("iterations"))
    assert len(recorder.received) == (ITERATIONS if response else sent)
    if reason is not None:
        assert faults == {("a", "thrown", reason): ITERATIONS}
        assert result.log.count("a: the request ended with an exception") == 1


MISSING = [
    ({"body_path": "id"}, CannedResponse(body="{}")),
    ({"body_path": "$.id"}, CannedResponse(body='{"$": {"id": 5}}')),
    ({"body_path": "id"}, CannedResponse(body='{"id": null}')),
    ({"body_path": "list[1]"}, CannedResponse(body='{"list": [0]}')),
    ({"body_path": "id"}, CannedResponse(body="not JSON")),
    ({"body_path": "id"}, CannedResponse(status=500)),
    ({"header": "X-Id"}, CannedResponse(headers={"X-Other": "1"})),
    ({"cookie": "sid"}, CannedResponse(headers={"Set-Cookie": "other=1"})),
]


@pytest.mark.parametrize("on_failure", ["stop", "continue", None])
@pytest.mark.parametrize(("source", "response"), MISSING)
def test_a_value_that_a_response_does_not_contain_is_a_failed_check_of_its_endpoint(
    k6: K6, recorder: Recorder, source: dict[str, str], response: CannedResponse, on_failure: str | None
) -> None:
    recorder.responses["/second"] = response
    endpoints: list[dict[str, Any]] = [{"name": name, "path": f"/{name}"} for name in STEPS]
    endpoints[1]["extract"] = {"id": source}
    scenario = {"name": "s", "steps": [{"ref": name} for name in STEPS], "on_failure": on_failure}
    result = run(k6, recorder.url, endpoints, {"scenarios": [scenario]}, "--vus", "1", "--iterations", "3")
    continues = on_failure == "continue"
    paths = ["/first", "/second", "/third"] if continues else ["/first", "/second"]
    assert [request.path for request in recorder.received] == paths * ITERATIONS
    assert failed_checks_of(result) == {("second", "extracts id"): ITERATIONS}
    expected = {} if continues else {("third", "unreached", NO_VALUE): ITERATIONS}
    assert faults_of(result) == expected


@pytest.mark.parametrize(("source", "response"), MISSING)
def test_random_requests_check_the_values_to_extract_too(
    k6: K6, recorder: Recorder, source: dict[str, str], response: CannedResponse
) -> None:
    recorder.responses["/"] = response
    endpoint = {"name": "a", "extract": {"id": source}}
    result = run(k6, recorder.url, [endpoint], {}, "--vus", "1", "--iterations", "3")
    assert failed_checks_of(result) == {("a", "extracts id"): ITERATIONS}
    assert len(recorder.received) == ITERATIONS


@pytest.mark.parametrize("path", ["a.b", "$.a.b", "a[0].b", "$.a[0].b", "$", "$.a.0.b"])
def test_a_path_that_starts_with_a_dollar_sign_means_the_same_as_one_without(
    k6: K6, recorder: Recorder, path: str
) -> None:
    body = {"a": [{"b": 7}]} if "0" in path else {"a": {"b": 7}}
    recorder.responses["/take"] = CannedResponse(body=json.dumps(body))
    take = {
        "name": "take",
        "path": "/take",
        "checks": {"body_path": path},
        "extract": {"v": {"body_path": path}},
    }
    use = {"name": "use", "path": "/use", "variables_from_data": {"v": "$.v"}}
    steps = [{"ref": "take"}, {"ref": "use"}]
    result = run(k6, recorder.url, [take, use], {"scenarios": [{"name": "s", "steps": steps}]}, *ONCE)
    assert failed_checks_of(result) == {}
    value = json.dumps(body, separators=(",", ":")) if path == "$" else "7"
    assert recorder.received[1].path == f"/use?v={quote(value, safe='')}"


@pytest.mark.parametrize("on_failure", ["stop", "continue"])
@pytest.mark.parametrize(
    "second",
    [{"path": "/101"}, {"path": "/101", "extract": {"id": {"header": "X"}}}],
)
def test_an_exception_ends_the_iteration(
    k6: K6, recorder: Recorder, second: dict[str, Any], on_failure: str
) -> None:
    recorder.responses["/101"] = SWITCHING
    endpoints = [{"name": name, "path": f"/{name}"} for name in STEPS]
    endpoints[1] |= second
    scenario = {"name": "s", "steps": [{"ref": name} for name in STEPS], "on_failure": on_failure}
    result = run(k6, recorder.url, endpoints, {"scenarios": [scenario]}, "--vus", "1", "--iterations", "3")
    assert [request.path for request in recorder.received if request.path != "/101"] == ["/first"] * 3
    kinds = Counter((op, kind) for op, kind, _ in faults_of(result).elements())  # type: ignore[attr-defined]
    assert kinds == {("second", "thrown"): ITERATIONS, ("third", "unreached"): ITERATIONS}
    assert {reason for op, _, reason in faults_of(result) if op == "third"} == {EXCEPTION}
    assert len(result.samples_of("iterations")) == ITERATIONS


@pytest.mark.parametrize(
    ("path", "endpoint", "reason"),
    [
        ("/loop", {}, "more than 10 redirects"),
        ("/loop", {"redirects": 2}, "more than 2 redirects"),
        ("/loop", {"checks": {"status": 200}}, "more than 10 redirects"),
        ("/lost", {}, "status 302 without a Location"),
        ("/lost", {"method": "POST", "body": {"a": 1}}, "status 302 without a Location"),
        ("/moved", {}, "status 308 without a Location"),
    ],
)
def test_a_redirect_that_is_not_followed_is_counted(
    k6: K6, recorder: Recorder, path: str, endpoint: dict[str, Any], reason: str
) -> None:
    recorder.responses.update(
        {
            "/loop": CannedResponse(status=302, headers={"Location": "/loop"}),
            "/lost": CannedResponse(status=302),
            "/moved": CannedResponse(status=308),
        }
    )
    result = run(k6, recorder.url, [{"name": "a", "path": path, **endpoint}], {}, *ONCE)
    assert faults_of(result) == {("a", "redirect", reason): 1}
    resent = len(result.samples_of("op_resent"))
    assert len(result.samples_of("http_reqs")) - resent == 1
    assert len(recorder.received) == resent + 1


@pytest.mark.parametrize("last", ["/200", "/101", "/404", "/%zz", "/500", "/loop"])
def test_every_step_has_one_final_request_or_one_exception(k6: K6, recorder: Recorder, last: str) -> None:
    recorder.responses.update(
        {
            "/start": CannedResponse(status=302, headers={"Location": "/next"}),
            "/next": CannedResponse(status=307, headers={"Location": last}),
            "/101": SWITCHING,
            "/loop": CannedResponse(status=302, headers={"Location": "/loop"}),
        }
    )
    result = run(k6, recorder.url, [{"name": "a", "path": "/start"}], {}, "--vus", "1", "--iterations", "3")
    thrown = sum(count for (_, kind, _), count in faults_of(result).items() if kind == "thrown")
    sent = len(result.samples_of("http_reqs")) - len(result.samples_of("op_resent"))
    assert sent + thrown == ITERATIONS == len(result.samples_of("iterations"))

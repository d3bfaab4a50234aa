"""The seven checks with the real k6: each passes and fails, and is counted for its operation."""

import pytest

from dashboard.engine.series import CHECK_SEPARATOR
from tests.k6.conftest import K6, CannedResponse, Recorder

pytestmark = pytest.mark.k6

JSON = '{"data": {"users": [{"id": 0, "name": null}], "total": 1}, "errors": []}'
GOOD = CannedResponse(body=JSON, headers={"X-Request-Id": "", "X-RateLimit": "5"})
RESPONSES = {
    "/good": GOOD,
    "/404": CannedResponse(status=404),
    "/slow": CannedResponse(body="{}", delay_s=0.06),
    "/list": CannedResponse(body='[{"a b": true}]'),
    "/text": CannedResponse(body="not JSON"),
    "/no-errors": CannedResponse(body='{"data": {}}'),
    "/null-data": CannedResponse(body='{"data": null, "errors": [{"message": "no"}]}'),
    "/null": CannedResponse(body="null"),
}
CASES = [
    ("/good", {"status": 200}, {"status is 200": 1}),
    ("/404", {"status": 200}, {"status is 200": 0}),
    ("/good", {"body_path": "data.users[0].id"}, {"body has data.users[0].id": 1}),
    ("/good", {"body_path": "data.users.0.id"}, {"body has data.users.0.id": 1}),
    ("/good", {"body_path": "data.users[1].id"}, {"body has data.users[1].id": 0}),
    ("/good", {"body_path": "data.users[0].name"}, {"body has data.users[0].name": 0}),
    ("/good", {"body_path": "data.users.length"}, {"body has data.users.length": 0}),
    ("/good", {"body_path": "data.constructor"}, {"body has data.constructor": 0}),
    ("/good", {"body_path": "data.total.x"}, {"body has data.total.x": 0}),
    ("/list", {"body_path": "[0].a b"}, {"body has [0].a b": 1}),
    ("/text", {"body_path": "a"}, {"body has a": 0}),
    ("/good", {"header_present": "x-request-ID"}, {"header x-request-ID is present": 1}),
    ("/good", {"header_present": "x-ratelimit"}, {"header x-ratelimit is present": 1}),
    ("/good", {"header_present": "X-Other"}, {"header X-Other is present": 0}),
    ("/good", {"header_present": "__proto__"}, {"header __proto__ is present": 0}),
    ("/good", {"max_duration_ms": 5000}, {"took at most 5000 ms": 1}),
    ("/slow", {"max_duration_ms": 50}, {"took at most 50 ms": 0}),
    ("/good", {"body_contains": '"total": 1'}, {'body contains "total": 1': 1}),
    ("/good", {"body_contains": "x" * 200}, {"body contains " + "x" * 80 + "…": 0}),
    ("/good", {"no_graphql_errors": True}, {"no GraphQL errors": 1}),
    ("/no-errors", {"no_graphql_errors": True, "has_data": True}, {"no GraphQL errors": 1, "has GraphQL data": 1}),
    ("/null-data", {"no_graphql_errors": True, "has_data": True}, {"no GraphQL errors": 0, "has GraphQL data": 0}),
    ("/text", {"no_graphql_errors": True, "has_data": True}, {"no GraphQL errors": 0, "has GraphQL data": 0}),
    ("/null", {"no_graphql_errors": True, "has_data": True}, {"no GraphQL errors": 0, "has GraphQL data": 0}),
    ("/null-data", {"no_graphql_errors": False, "has_data": None}, {}),
    ("/404", {"status": 404, "body_contains": "x"}, {"status is 404": 1, "body contains x": 0}),
]  # fmt: skip


@pytest.mark.parametrize("env", [{}, {"CHECKS": "trend"}])
def test_each_check_passes_and_fails(k6: K6, recorder: Recorder, env: dict[str, str]) -> None:
    recorder.responses.update(RESPONSES)
    endpoints = [
        {"name": str(number), "path": path, "checks": checks}
        for number, (path, checks, _) in enumerate(CASES)
    ]
    env = {"BASE_URL": recorder.url, "ENDPOINTS_FILE": k6.write_endpoints(*endpoints), **env}
    run = k6.run(env, "--iterations", "600", "--vus", "4")
    assert run.exit_code == 0
    results: dict[str, dict[str, float]] = {str(number): {} for number in range(len(CASES))}
    for check in run.samples_of("op_checks"):
        for name in check["check"].split(CHECK_SEPARATOR):
            assert results[check["op"]].setdefault(name, check["value"]) == check["value"]
    assert results == {str(number): expected for number, (_, _, expected) in enumerate(CASES)}


def test_checks_that_passed_together_share_a_sample_for_the_dashboard(k6: K6, recorder: Recorder) -> None:
    recorder.responses["/good"] = GOOD
    checks = {"status": 200, "max_duration_ms": 5000, "body_contains": "a\x1fb"}
    good = {"name": "Good", "path": "/good", "checks": {**checks, "body_contains": "total"}}
    bad = {"name": "Bad", "path": "/good", "checks": checks}
    env = {"BASE_URL": recorder.url, "ENDPOINTS_FILE": k6.write_endpoints(good, bad), "CHECKS": "trend"}
    samples = k6.run(env, "--iterations", "40", "--vus", "2").samples_of("op_checks")
    labels = {
        op: [sample["check"].split(CHECK_SEPARATOR) for sample in samples if sample["op"] == op]
        for op in ("Good", "Bad")
    }
    assert {tuple(names) for names in labels["Good"]} == {
        ("status is 200", "took at most 5000 ms", "body contains total")
    }
    assert {tuple(names) for names in labels["Bad"]} == {
        ("status is 200",),
        ("took at most 5000 ms",),
        ("body contains a b",),
    }
    assert len(labels["Good"]) + len(labels["Bad"]) / 3 == 40


def test_all_checks_fail_without_a_response(k6: K6) -> None:
    checks = {"status": 200, "body_path": "a", "header_present": "A", "max_duration_ms": 5000}
    checks |= {"body_contains": "a", "no_graphql_errors": True, "has_data": True}
    env = {"BASE_URL": "http://127.0.0.1:9", "ENDPOINTS_FILE": k6.write_endpoints({"checks": checks})}
    run = k6.run(env, "--iterations", "1", "--vus", "1")
    assert [check["value"] for check in run.samples_of("op_checks")] == [0] * 7
    assert "TypeError" not in run.log


def test_slow_response_fails_its_check_but_is_not_an_error(k6: K6, recorder: Recorder) -> None:
    recorder.responses["/slow"] = RESPONSES["/slow"]
    endpoints = k6.write_endpoints({"path": "/slow", "checks": {"max_duration_ms": 1}})
    run = k6.run({"BASE_URL": recorder.url, "ENDPOINTS_FILE": endpoints}, "--iterations", "1", "--vus", "1")
    assert [request["expected_response"] for request in run.samples_of("http_reqs")] == ["true"]
    assert [check["value"] for check in run.samples_of("op_checks")] == [0]


@pytest.mark.parametrize(
    ("path", "checks", "errors"),
    [
        ("/null-data", {"no_graphql_errors": True}, 1),
        ("/null-data", {"no_graphql_errors": True, "status": 200}, 1),
        ("/null-data", {"has_data": True}, 0),
        ("/null-data", {"no_graphql_errors": False}, 0),
        ("/no-errors", {"no_graphql_errors": True}, 0),
        ("/no-errors", {"no_graphql_errors": True, "body_contains": "absent"}, 0),
        ("/text", {"no_graphql_errors": True}, 1),
        ("/404", {"no_graphql_errors": True}, 0),  # its status already makes it an error
    ],
)
def test_a_response_with_graphql_errors_counts_as_an_error(
    k6: K6, recorder: Recorder, path: str, checks: dict[str, object], errors: int
) -> None:
    recorder.responses.update(RESPONSES)
    document = k6.write_endpoints({"name": "Op", "path": path, "checks": checks})
    env = {"BASE_URL": recorder.url, "ENDPOINTS_FILE": document, "CHECKS": "trend"}
    run = k6.run(env, "--iterations", "3", "--vus", "1")
    rejected = run.samples_of("op_rejected")
    durations = [sample["value"] for sample in run.samples_of("http_req_duration")]
    assert [sample["value"] for sample in rejected] == pytest.approx(durations if errors else [])
    assert all((sample["op"], sample["group"]) == ("Op", "g") for sample in rejected)

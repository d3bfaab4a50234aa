"""Classification of series by their labels."""

import pytest

from dashboard.engine.series import SeriesRole, classify
from dashboard.model.snapshot import OpKey


def http(**labels: str) -> dict[str, str]:
    return {"__name__": "k6_http_req_duration_seconds", **labels}


@pytest.mark.parametrize(
    ("labels", "op"),
    [
        ({"op": "List", "group": "shop", "name": "x"}, OpKey("List", "shop", "")),
        ({"name": "GET /a", "group": "::outer::inner"}, OpKey("GET /a", "outer::inner", "")),
        ({"name": "login", "group": "::setup"}, OpKey("login", "", "setup")),
        ({"op": "clean", "group": "shop", "phase": "teardown"}, OpKey("clean", "shop", "teardown")),
        ({"url": "http://a/b"}, OpKey("http://a/b", "", "")),
    ],
)
def test_the_operation_comes_from_the_labels(labels: dict[str, str], op: OpKey) -> None:
    assert classify(http(status="200", **labels), is_histogram=True).op == op


@pytest.mark.parametrize(
    ("labels", "key", "error"),
    [
        ({"status": "200", "expected_response": "true"}, "2+", ""),
        ({"status": "404", "expected_response": "true"}, "4+", ""),
        ({"status": "503", "expected_response": "false"}, "5-", "HTTP 503"),
        (
            {"status": "0", "expected_response": "false", "error": "dial: connection refused"},
            "0-",
            "dial: connection refused",
        ),
        ({"status": "302"}, "3+", ""),
        ({"status": "500"}, "5-", "HTTP 500"),
        ({}, "0-", "HTTP 0"),
        ({"status": "101", "expected_response": "false"}, "1-", "HTTP 101"),
        ({"status": "600"}, "x-", "HTTP 600"),
        ({"status": "700", "expected_response": "true"}, "x+", ""),
        ({"status": "999", "expected_response": "false"}, "x-", "HTTP 999"),
        ({"status": "99"}, "x-", "HTTP 99"),
        ({"status": "1000"}, "x-", "HTTP 1000"),
        ({"status": "odd"}, "0-", "HTTP odd"),
    ],
)
def test_outcomes_depend_on_the_expected_response(labels: dict[str, str], key: str, error: str) -> None:
    meaning = classify(http(**labels), is_histogram=True)
    assert (meaning.role, meaning.duration_key, meaning.error) == (SeriesRole.DURATION, key, error)


def test_grpc_has_its_own_status_codes() -> None:
    labels = {"__name__": "k6_grpc_req_duration_seconds", "service": "shop", "method": "Get", "status": "14"}
    meaning = classify(labels, is_histogram=True)
    assert (meaning.op.op, meaning.duration_key, meaning.status) == ("shop/Get", "5-", "gRPC 14")


@pytest.mark.parametrize(
    ("name", "is_histogram", "role"),
    [
        ("k6_data_sent_total", False, SeriesRole.COUNTER),
        ("k6_vus", False, SeriesRole.GAUGE),
        ("k6_http_req_failed_rate", False, SeriesRole.IGNORED),
        ("k6_checks_rate", False, SeriesRole.IGNORED),
        ("k6_http_reqs_total", False, SeriesRole.IGNORED),
        ("k6_op_checks", True, SeriesRole.CHECK),
        ("k6_iteration_duration_seconds", True, SeriesRole.TREND),
    ],
)
def test_metrics_have_roles(name: str, is_histogram: bool, role: SeriesRole) -> None:
    assert classify({"__name__": name}, is_histogram=is_histogram).role is role


@pytest.mark.parametrize(
    ("metric", "role"), [("http_req_waiting", SeriesRole.WAITING), ("http_req_sending", SeriesRole.TREND)]
)
def test_times_of_requests_without_a_response_are_ignored(metric: str, role: SeriesRole) -> None:
    def role_of(**labels: str) -> SeriesRole:
        return classify({"__name__": f"k6_{metric}_seconds", **labels}, is_histogram=True).role

    assert role_of(status="200") is role_of(status="700") is role
    assert role_of(status="0") is role_of(status="") is role_of() is SeriesRole.IGNORED


def test_a_custom_trend_keeps_the_unit_in_its_name() -> None:
    meaning = classify({"__name__": "k6_checkout_seconds"}, is_histogram=True)
    assert (meaning.metric, meaning.unit) == ("checkout_seconds", "ms")


def test_long_names_are_shortened() -> None:
    meaning = classify(http(op="x" * 5_000, status="200"), is_histogram=True)
    assert len(meaning.op.op) == 512


@pytest.mark.parametrize("metric", ["k6_iterations_total", "k6_data_sent_total"])
def test_idle_iterations_are_ignored(metric: str) -> None:
    assert classify({"__name__": metric, "ctl": "idle"}, is_histogram=False).role is SeriesRole.IGNORED
    duration = {"__name__": "k6_iteration_duration_seconds", "ctl": "idle"}
    assert classify(duration, is_histogram=True).role is SeriesRole.IGNORED
    assert classify({"__name__": "k6_iterations_total"}, is_histogram=False).role is SeriesRole.COUNTER


def test_counters_of_the_control_channel_are_not_counters_of_the_run() -> None:
    labels = {"__name__": "k6_ctl_poll_errors_total", "ctl": "idle"}
    assert classify(labels, is_histogram=False).role is SeriesRole.CONTROL

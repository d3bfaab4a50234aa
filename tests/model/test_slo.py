"""SLOs: limits, what was measured, and the verdict in words."""

import pytest

from dashboard.model.run import Verdict
from dashboard.model.slo import evaluate, verdict_of


@pytest.mark.parametrize(
    ("key", "value", "limit", "passed"),
    [
        ("p95_ms", 499.0, 500.0, True),
        ("p95_ms", 500.0, 500.0, True),
        ("p95_ms", 500.1, 500.0, False),
        ("error_rate", 0.0, 0.0, True),
        ("checks_rate", 0.99, 0.99, True),
        ("checks_rate", 0.98, 0.99, False),
        ("rps", 12, 10.0, True),
        ("p95_ms", None, 500.0, None),
    ],
)
def test_equal_to_the_limit_passes(key: str, value: float | None, limit: float, passed: bool | None) -> None:
    (result,) = evaluate({key: limit}, {key: value})
    assert result.passed is passed


def test_a_key_that_is_no_slo_is_left_out() -> None:
    assert evaluate({"p42_ms": 1.0}, {"p42_ms": 2.0}) == ()


def test_without_slos_there_is_no_verdict() -> None:
    assert verdict_of(())[0] is Verdict.NONE


def test_all_limits_kept_is_a_pass_with_its_figures() -> None:
    results = evaluate({"p95_ms": 500, "error_rate": 0.01}, {"p95_ms": 312.43, "error_rate": 0.0})
    assert verdict_of(results) == (Verdict.PASS, "p95_ms 312.4 <= 500; error_rate 0 <= 0.01")


def test_a_breached_limit_fails_though_another_figure_is_missing() -> None:
    results = evaluate({"p95_ms": 500, "apdex_score": 0.9}, {"p95_ms": 612.4})
    assert verdict_of(results) == (Verdict.FAIL, "p95_ms 612.4 > 500")


def test_a_missing_figure_is_never_a_pass() -> None:
    results = evaluate({"p95_ms": 500, "rps": 100}, {"p95_ms": 10.0, "rps": None})
    assert verdict_of(results) == (Verdict.UNKNOWN, "rps was not measured (limit 100)")


def test_a_target_that_answered_nothing_is_not_fast() -> None:
    nothing = {"total_reqs": 5_000, "status_0": 5_000, "p95_ms": 0.0, "rps": 2_500.0}
    results = evaluate({"p95_ms": 500, "rps": 100}, nothing)
    assert verdict_of(results) == (
        Verdict.UNKNOWN,
        "p95_ms was not measured (limit 500); rps was not measured (limit 100)",
    )


def test_a_target_that_answered_nothing_in_time_breaks_its_limit() -> None:
    timed_out = {"total_reqs": 10, "status_0": 10, "p95_ms": 60_000.0}
    assert verdict_of(evaluate({"p95_ms": 500}, timed_out)) == (Verdict.FAIL, "p95_ms 60000 > 500")


@pytest.mark.parametrize(
    ("key", "value", "limit", "words"),
    [
        ("p95_ms", 500.04, 500.0, "p95_ms 500.04 > 500"),
        ("rps", 12_345.6, 1_000_000.0, "rps 12346 < 1000000"),
        ("error_rate", 0.00002, 0.00001, "error_rate 0.00002 > 0.00001"),
        ("error_rate", 0.0, 0.01, "error_rate 0 <= 0.01"),
    ],
)
def test_the_words_show_the_difference_and_no_exponent(
    key: str, value: float, limit: float, words: str
) -> None:
    (result,) = evaluate({key: limit}, {key: value})
    assert result.words == words

"""SLOs: limits, what was measured, and the verdict in words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.model.run import Verdict
from dashboard.model.slo import Measured, SloResult, evaluate, verdict_of
from dashboard.model.slo_set import HIGHER_IS_BETTER, LOWER_IS_BETTER, SLO_KEYS

LIMITS = {key: 0.5 if key.endswith(("_rate", "_score")) else 200.0 for key in SLO_KEYS}
NO_REQUESTS: dict[str, Any] = dict.fromkeys(SLO_KEYS) | {"total_reqs": 0, "status_0": 0}


def held(limits: dict[str, float], figures: dict[str, Any], **more: Any) -> tuple[SloResult, ...]:
    return evaluate(limits, Measured(figures=figures, **more))


def better(key: str, limit: float) -> float:
    return limit * 0.9 if key in LOWER_IS_BETTER else limit * 1.1


def worse(key: str, limit: float) -> float:
    return limit * 1.1 if key in LOWER_IS_BETTER else limit * 0.9


@pytest.mark.parametrize("key", SLO_KEYS)
@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        ("met", Verdict.PASS),
        ("equal", Verdict.PASS),
        ("missed", Verdict.FAIL),
        ("missing", Verdict.UNKNOWN),
        ("no requests", Verdict.UNKNOWN),
        ("nothing answered", Verdict.UNKNOWN),
    ],
)
def test_every_limit_in_every_case(key: str, case: str, verdict: Verdict) -> None:
    limit = LIMITS[key]
    figures = {
        "met": {key: better(key, limit), "total_reqs": 9, "status_0": 0},
        "equal": {key: limit, "total_reqs": 9, "status_0": 0},
        "missed": {key: worse(key, limit), "total_reqs": 9, "status_0": 0},
        "missing": {key: None, "total_reqs": 9, "status_0": 0},
        "no requests": NO_REQUESTS,
        "nothing answered": {key: None, "total_reqs": 9, "status_0": 9},
    }[case]
    (result,) = held({key: limit}, figures)
    found, reason = verdict_of([result])
    assert found is verdict
    assert reason == result.message
    assert (result.passed is None) == (result.value is None)
    assert (result.margin is None) == (result.value is None)


def test_the_keys_are_all_there_are() -> None:
    assert set(LOWER_IS_BETTER) | set(HIGHER_IS_BETTER) == set(SLO_KEYS)
    assert len(SLO_KEYS) == 8


def test_a_key_that_is_no_slo_is_left_out() -> None:
    assert held({"p42_ms": 1.0}, {"p42_ms": 2.0}) == ()


def test_without_slos_there_is_no_verdict() -> None:
    assert verdict_of(())[0] is Verdict.NONE


def test_all_limits_kept_is_a_pass_with_its_figures() -> None:
    results = held(
        {"p95_ms": 500, "error_rate": 0.01}, {"p95_ms": 312.43, "error_rate": 0.0, "total_reqs": 9}
    )
    assert verdict_of(results) == (Verdict.PASS, "p95 312.4 ms < 500 ms; error rate 0 % < 1 %")


def test_a_broken_limit_fails_though_another_figure_is_missing() -> None:
    results = held({"p95_ms": 500, "apdex_score": 0.9}, {"p95_ms": 612.4, "total_reqs": 9})
    assert verdict_of(results) == (Verdict.FAIL, "p95 612.4 ms > 500 ms")


def test_a_missing_figure_is_never_a_pass() -> None:
    results = held({"p95_ms": 500, "checks_rate": 1}, {"p95_ms": 10.0, "checks_rate": None, "total_reqs": 9})
    words = "checks passed was not measured (limit 100 %): nothing was checked"
    assert verdict_of(results) == (Verdict.UNKNOWN, words)


def test_a_target_that_answered_nothing_is_not_fast() -> None:
    nothing = {"total_reqs": 5_000, "status_0": 5_000, "p95_ms": 0.0, "rps": 2_500.0}
    verdict, reason = verdict_of(held({"p95_ms": 500, "rps": 100}, nothing))
    assert verdict is Verdict.UNKNOWN
    assert reason == (
        "p95 was not measured (limit 500 ms): no request was answered; "
        "RPS was not measured (limit 100/s): no request was answered"
    )


def test_a_target_that_answered_nothing_in_time_breaks_its_limit() -> None:
    timed_out = {"total_reqs": 10, "status_0": 10, "p95_ms": 60_000.0}
    assert verdict_of(held({"p95_ms": 500}, timed_out)) == (Verdict.FAIL, "p95 60000 ms > 500 ms")


@pytest.mark.parametrize(
    ("key", "value", "limit", "words"),
    [
        ("p95_ms", 500.04, 500.0, "p95 500.04 ms > 500 ms"),
        ("p95_ms", 500.0, 500.0, "p95 500 ms = 500 ms"),
        ("rps", 12_345.6, 1_000_000.0, "RPS 12346/s < 1000000/s"),
        ("error_rate", 0.00002, 0.00001, "error rate 0.002 % > 0.001 %"),
        ("error_rate", 0.021, 0.01, "error rate 2.1 % > 1 %"),
        ("apdex_score", 0.92, 0.85, "Apdex 0.92 > 0.85"),
    ],
)
def test_the_words_show_the_difference_and_no_exponent(
    key: str, value: float, limit: float, words: str
) -> None:
    (result,) = held({key: limit}, {key: value, "total_reqs": 9})
    assert result.message == words


@pytest.mark.parametrize(
    ("key", "value", "bounds", "unsure"),
    [
        ("p95_ms", 490.0, (463.0, 505.0), True),
        ("p95_ms", 490.0, (463.0, 500.0), False),
        ("p95_ms", 505.0, (499.0, 544.0), True),
        ("p95_ms", 505.0, (500.0, 544.0), False),
        ("apdex_score", 0.86, (0.84, 0.88), True),
        ("apdex_score", 0.86, (0.85, 0.88), False),
        ("apdex_score", 0.84, (0.8, 0.85), True),
        ("apdex_score", 0.84, (0.8, 0.849), False),
    ],
)
def test_a_figure_within_its_error_of_the_limit_says_so(
    key: str, value: float, bounds: tuple[float, float], unsure: bool
) -> None:
    limit = 500.0 if key == "p95_ms" else 0.85
    (result,) = held({key: limit}, {key: value, "total_reqs": 9}, bounds={key: bounds})
    assert ("within the error of the histogram" in result.message) is unsure
    assert result.passed is not None


def test_very_many_broken_limits_are_told_shortly() -> None:
    results = [
        SloResult(level="operation", name="x" * 500, key="p95_ms", value=9.0, limit=1.0, passed=False)
        for _ in range(5_000)
    ]
    verdict, reason = verdict_of(results)
    assert (verdict, reason.endswith("; and 4995 more")) == (Verdict.FAIL, True)
    assert len(reason) < 700


def test_each_level_is_named() -> None:
    words = {"key": "p95_ms", "value": 9.0, "limit": 1.0, "passed": False}
    assert SloResult(level="operation", name="List", **words).labeled_message == "List: p95 9 ms > 1 ms"  # type: ignore[arg-type]
    assert SloResult(level="group", name="shop", **words).labeled_message == "group shop: p95 9 ms > 1 ms"  # type: ignore[arg-type]


figure = st.none() | st.floats(0, 1e6) | st.just(100.0)


@given(
    limits=st.dictionaries(st.sampled_from(SLO_KEYS), st.floats(0, 1e6) | st.just(100.0)),
    figures=st.fixed_dictionaries(dict.fromkeys(SLO_KEYS, figure)),
    answered=st.booleans(),
)
def test_the_verdict_agrees_with_a_second_simple_count(
    limits: dict[str, float], figures: dict[str, float | None], answered: bool
) -> None:
    seen = {**figures, "total_reqs": 10, "status_0": 0 if answered else 10}
    states = []
    for key, limit in limits.items():
        value = figures[key]
        good = value is not None and (value <= limit if key in LOWER_IS_BETTER else value >= limit)
        if value is None or (good and not answered and (key == "rps" or key.endswith("_ms"))):
            states.append("unknown")
        else:
            states.append("pass" if good else "fail")
    expected = next((state for state in ("fail", "unknown", "pass") if state in states), "none")
    verdict, reason = verdict_of(held(limits, seen))
    assert verdict == expected
    assert reason

"""SLO evaluation: the result of each SLO, its message, and the verdict."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.model.run import Verdict
from dashboard.model.slo import MeasuredFigures, SloResult, evaluate, verdict_of
from dashboard.model.slo_set import HIGHER_IS_BETTER, LOWER_IS_BETTER, SLO_KEYS

LIMITS = {key: 0.5 if key.endswith(("_rate", "_score")) else 200.0 for key in SLO_KEYS}
NO_REQUESTS: dict[str, Any] = dict.fromkeys(SLO_KEYS) | {"total_reqs": 0, "status_0": 0}


def results_of(limits: dict[str, float], figures: dict[str, Any], **more: Any) -> tuple[SloResult, ...]:
    return evaluate(limits, MeasuredFigures(figures=figures, **more))


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
        ("breached", Verdict.FAIL),
        ("missing", Verdict.UNKNOWN),
        ("no requests", Verdict.UNKNOWN),
        ("no responses", Verdict.UNKNOWN),
    ],
)
def test_the_verdict_of_a_single_slo_follows_its_result(key: str, case: str, verdict: Verdict) -> None:
    limit = LIMITS[key]
    figures: dict[str, Any] = {
        "met": {key: better(key, limit), "total_reqs": 9, "status_0": 0},
        "equal": {key: limit, "total_reqs": 9, "status_0": 0},
        "breached": {key: worse(key, limit), "total_reqs": 9, "status_0": 0},
        "missing": {key: None, "total_reqs": 9, "status_0": 0},
        "no requests": NO_REQUESTS,
        "no responses": {key: None, "total_reqs": 9, "status_0": 9},
    }
    (result,) = results_of({key: limit}, figures[case])
    found, reason = verdict_of([result])
    assert found is verdict
    assert reason == result.message
    assert (result.passed is None) == (result.value is None)
    assert (result.margin is None) == (result.value is None)


def test_every_key_has_a_direction() -> None:
    assert set(LOWER_IS_BETTER) | set(HIGHER_IS_BETTER) == set(SLO_KEYS)
    assert len(SLO_KEYS) == 8


def test_an_unknown_key_is_ignored() -> None:
    assert results_of({"p42_ms": 1.0}, {"p42_ms": 2.0}) == ()


def test_without_slos_the_verdict_is_none() -> None:
    assert verdict_of(())[0] is Verdict.NONE


def test_a_run_that_meets_all_slos_passes() -> None:
    results = results_of(
        {"p95_ms": 500, "error_rate": 0.01}, {"p95_ms": 312.43, "error_rate": 0.0, "total_reqs": 9}
    )
    assert verdict_of(results) == (Verdict.PASS, "p95 312.4 ms < 500 ms; error rate 0% < 1%")


def test_a_breached_slo_fails_even_if_another_figure_is_missing() -> None:
    results = results_of({"p95_ms": 500, "apdex_score": 0.9}, {"p95_ms": 612.4, "total_reqs": 9})
    assert verdict_of(results) == (Verdict.FAIL, "p95 612.4 ms > 500 ms")


def test_a_missing_figure_never_passes() -> None:
    results = results_of(
        {"p95_ms": 500, "checks_rate": 1}, {"p95_ms": 10.0, "checks_rate": None, "total_reqs": 9}
    )
    message = "checks passed was not measured (limit 100%): there were no checks"
    assert verdict_of(results) == (Verdict.UNKNOWN, message)


def test_a_target_without_responses_does_not_pass_by_being_fast() -> None:
    unanswered = {"total_reqs": 5_000, "status_0": 5_000, "p95_ms": 0.0, "rps": 2_500.0}
    verdict, reason = verdict_of(results_of({"p95_ms": 500, "rps": 100}, unanswered))
    assert verdict is Verdict.UNKNOWN
    assert reason == (
        "p95 was not measured (limit 500 ms): there were no responses; "
        "RPS was not measured (limit 100/s): there were no responses"
    )


def test_a_target_that_times_out_breaches_its_slo() -> None:
    timed_out = {"total_reqs": 10, "status_0": 10, "p95_ms": 60_000.0}
    assert verdict_of(results_of({"p95_ms": 500}, timed_out)) == (Verdict.FAIL, "p95 60000 ms > 500 ms")


@pytest.mark.parametrize(
    ("key", "value", "limit", "message"),
    [
        ("p95_ms", 500.04, 500.0, "p95 500.04 ms > 500 ms"),
        ("p95_ms", 500.0, 500.0, "p95 500 ms = 500 ms"),
        ("rps", 12_345.6, 1_000_000.0, "RPS 12346/s < 1000000/s"),
        ("error_rate", 0.00002, 0.00001, "error rate 0.002% > 0.001%"),
        ("error_rate", 0.021, 0.01, "error rate 2.1% > 1%"),
        ("apdex_score", 0.92, 0.85, "Apdex 0.92 > 0.85"),
    ],
)
def test_the_message_shows_the_difference_without_an_exponent(
    key: str, value: float, limit: float, message: str
) -> None:
    (result,) = results_of({key: limit}, {key: value, "total_reqs": 9})
    assert result.message == message


@pytest.mark.parametrize(
    ("key", "value", "bounds", "uncertain"),
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
def test_a_figure_too_close_to_its_limit_gets_a_note(
    key: str, value: float, bounds: tuple[float, float], uncertain: bool
) -> None:
    limit = 500.0 if key == "p95_ms" else 0.85
    (result,) = results_of({key: limit}, {key: value, "total_reqs": 9}, bounds={key: bounds})
    assert ("within the error of the histogram" in result.message) is uncertain
    assert result.passed is not None


def test_the_reason_lists_only_the_first_breached_slos() -> None:
    results = [
        SloResult(level="operation", name="x" * 500, key="p95_ms", value=9.0, limit=1.0, passed=False)
        for _ in range(5_000)
    ]
    verdict, reason = verdict_of(results)
    assert (verdict, reason.endswith("; and 4995 more")) == (Verdict.FAIL, True)
    assert len(reason) < 700


def test_messages_name_operation_and_group() -> None:
    fields = {"key": "p95_ms", "value": 9.0, "limit": 1.0, "passed": False}
    assert SloResult(level="operation", name="List", **fields).labeled_message == "List: p95 9 ms > 1 ms"  # type: ignore[arg-type]
    assert SloResult(level="group", name="shop", **fields).labeled_message == "group shop: p95 9 ms > 1 ms"  # type: ignore[arg-type]


figure = st.none() | st.floats(0, 1e6) | st.just(100.0)


@given(
    limits=st.dictionaries(st.sampled_from(SLO_KEYS), st.floats(0, 1e6) | st.just(100.0)),
    figures=st.fixed_dictionaries(dict.fromkeys(SLO_KEYS, figure)),
    responded=st.booleans(),
)
def test_the_verdict_agrees_with_a_simple_reimplementation(
    limits: dict[str, float], figures: dict[str, float | None], responded: bool
) -> None:
    measured = {**figures, "total_reqs": 10, "status_0": 0 if responded else 10}
    states = []
    for key, limit in limits.items():
        value = figures[key]
        good = value is not None and (value <= limit if key in LOWER_IS_BETTER else value >= limit)
        if value is None or (good and not responded and (key == "rps" or key.endswith("_ms"))):
            states.append("unknown")
        else:
            states.append("pass" if good else "fail")
    expected = next((state for state in ("fail", "unknown", "pass") if state in states), "none")
    verdict, reason = verdict_of(results_of(limits, measured))
    assert verdict == expected
    assert reason

"""The sentence of a comparison: a table of cases, each with what counts most first."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard.comparison.comparability import ComparedRun
from dashboard.comparison.compared import Comparison, Side, compare_sides
from dashboard.model.run import RunStatus, Verdict
from dashboard.model.slo import SloResult
from tests.factories import an_ended_run

FIGURES: dict[str, Any] = {"total_reqs": 1_000, "error_rate": 0.0007, "p95_ms": 100.0, "rps": 50.0}
ERRORS = SloResult(key="error_rate", value=0.0007, limit=0.01, passed=True)
P95 = SloResult(key="p95_ms", value=100.0, limit=500.0, passed=True)
MISSED = (
    replace(ERRORS, value=0.0648, passed=False),
    replace(P95, level="operation", name="Search", value=612.0, passed=False),
)


def an_op(op: str, error_rate: float = 0.0, p95_ms: float = 100.0) -> dict[str, Any]:
    return {"op": op, "group": "", "phase": "", "error_rate": error_rate, "p95_ms": p95_ms}


def a_side(
    figures: dict[str, Any] | None = None,
    *,
    ops: tuple[dict[str, Any], ...] = (),
    results: tuple[SloResult, ...] = (),
    bounds: tuple[float, float] | None = None,
    **changes: Any,
) -> Side:
    run = an_ended_run(**changes)
    compared = ComparedRun(run=run, from_s=bounds[0], to_s=bounds[1]) if bounds else ComparedRun(run=run)
    return Side(compared=compared, figures=FIGURES | (figures or {}), operations=ops, results=results)


def headline(a: Side, b: Side) -> str:
    return compare_sides(a, b).judgment.headline


SAME = a_side()
CASES = {
    "equal runs": (SAME, SAME, "B is about the same as A: p95 ≈ same"),
    "a change below the noise": (
        SAME,
        a_side({"p95_ms": 101.0, "rps": 49.0}),
        "B is about the same as A: p95 ≈ same",
    ),
    "slower": (SAME, a_side({"p95_ms": 120.0}), "B is worse than A: p95 20% slower"),
    "faster": (SAME, a_side({"p95_ms": 80.0}), "B is better than A: p95 20% faster"),
    "a broken run of the same speed": (
        a_side(results=(ERRORS, replace(P95, level="operation", name="Search"))),
        a_side({"error_rate": 0.0648}, results=MISSED, verdict=Verdict.FAIL),
        "B is worse than A: verdict passed → failed, 2 limits newly missed, errors 0.07% → 6.48%",
    ),
    "errors before a better latency": (
        SAME,
        a_side({"error_rate": 0.2, "p95_ms": 20.0}),
        "B is worse than A: errors 0.07% → 20%",
    ),
    "a new operation that fails": (
        a_side(ops=(an_op("List"),)),
        a_side(ops=(an_op("List"), an_op("NotFound", 1.0))),
        "B is worse than A: 1 operation 100% failing",
    ),
    "an operation that was repaired": (
        a_side(ops=(an_op("List", 1.0),)),
        a_side(ops=(an_op("List"),)),
        "B is better than A: 1 operation no longer 100% failing",
    ),
    "operations that are new and gone": (
        a_side(ops=(an_op("Old"),)),
        a_side(ops=(an_op("New"), an_op("Newer"))),
        "B is about the same as A: 2 operations new, 1 operation gone, p95 ≈ same",
    ),
    "one slower operation": (
        a_side(ops=(an_op("List"), an_op("Pay"))),
        a_side(ops=(an_op("List"), an_op("Pay", p95_ms=300.0))),
        "B is worse than A: 1 operation slower",
    ),
    "throughput": (SAME, a_side({"rps": 25.0}), "B is worse than A: throughput 50% lower"),
    "two failed runs": (
        a_side(verdict=Verdict.FAIL),
        a_side(verdict=Verdict.FAIL),
        "B is about the same as A: both failed, p95 ≈ same",
    ),
    "a limit met again": (
        a_side(results=MISSED, verdict=Verdict.FAIL),
        a_side(results=(ERRORS, replace(P95, level="operation", name="Search"))),
        "B is better than A: verdict failed → passed, 2 limits met again",
    ),
    "a verdict that became unknown": (
        SAME,
        a_side(verdict=Verdict.UNKNOWN),
        "B is worse than A: verdict passed → unknown",
    ),
    "figures from zero": (
        a_side({"error_rate": 0.0, "p95_ms": 0.0}),
        a_side({"error_rate": 0.5, "p95_ms": 0.0}),
        "B is worse than A: errors 0% → 50%",
    ),
    "no figures": (SAME, a_side({"total_reqs": None}), "B cannot be compared with A: figures are missing"),
    "another profile": (
        SAME,
        a_side({"p95_ms": 900.0}, profile="ramp"),
        "B is not comparable with A: the load profiles differ: smoke and ramp",
    ),
    "a run that was stopped": (
        SAME,
        a_side(status=RunStatus.STOPPED, exit_reason="stopped on request"),
        "B is not comparable with A: B did not finish; its status is stopped: stopped on request",
    ),
    "ranges ignore the verdict": (
        a_side(bounds=(0.0, 10.0)),
        a_side(bounds=(10.0, 20.0), verdict=Verdict.FAIL),
        "B is about the same as A: p95 ≈ same",
    ),
}


@pytest.mark.parametrize(("a", "b", "expected"), CASES.values(), ids=CASES)
def test_the_sentence_names_what_counts_most(a: Side, b: Side, expected: str) -> None:
    assert headline(a, b) == expected


def incomparable() -> Comparison:
    a, b = a_side(ops=(an_op("List"),)), a_side({"p95_ms": 900.0}, ops=(an_op("List", 1.0),), profile="ramp")
    return compare_sides(a, b)


def test_runs_that_are_not_comparable_have_no_deltas() -> None:
    comparison = incomparable()
    rows = [*comparison.metrics, *comparison.operations[0].metrics]
    assert {(row.delta, row.pct, row.direction) for row in rows} == {(None, None, None)}
    assert comparison.operations[0].regression is None
    assert [row.b for row in comparison.metrics if row.metric == "p95_ms"] == [900.0]
    assert comparison.judgment.findings == ()


def test_verdict_and_limits_are_judged_even_if_the_load_differs() -> None:
    b = a_side(results=MISSED, verdict=Verdict.FAIL, profile="ramp")
    judgment = compare_sides(a_side(results=(ERRORS,)), b).judgment
    assert [finding.kind for finding in judgment.findings] == ["verdict", "limits"]
    assert judgment.findings[1].detail == "error rate 6.48% > 1%, Search: p95 612 ms > 500 ms"


def test_an_operation_that_fails_fast_is_not_faster() -> None:
    a = a_side({"success_p95_ms": 100.0}, ops=(an_op("List"),))
    b = a_side({"error_rate": 0.5, "p95_ms": 2.0, "success_p95_ms": 200.0}, ops=(an_op("List", 1.0, 2.0),))
    texts = [finding.text for finding in compare_sides(a, b).judgment.findings]
    assert texts == [
        "errors 0.07% → 50%",
        "1 operation 100% failing",
        "p95 of successful requests 100% slower",
    ]

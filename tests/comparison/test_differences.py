"""Differences between two sets of figures, compared with the same computation in exact fractions."""

import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.comparison.differences import (
    OPERATION_METRICS,
    RUN_METRICS,
    compare,
    compare_operations,
    difference,
)
from dashboard.model.record import FIGURE_NAMES, TOTAL_NAMES

BETTER_WHEN_HIGHER = {"rps", "apdex_score", "checks_rate", "connection_reuse_rate"}
NEUTRAL = {"total_reqs", "iterations", "data_received_bytes", "data_sent_bytes"}
# The tests of the page read the same cases.
CASES = json.loads(Path(__file__).with_name("directions.json").read_text())
figures = st.none() | st.integers(0, 10**9) | st.just(0.0) | st.floats(1e-9, 1e9)


@given(st.sampled_from(sorted(RUN_METRICS)), figures, figures)
def test_a_difference_equals_the_exact_computation(metric: str, a: float | None, b: float | None) -> None:
    row = difference(metric, a, b)
    if a is None or b is None:
        assert (row.delta, row.pct, row.direction) == (None, None, None)
        return
    exact = Fraction(b) - Fraction(a)
    assert row.delta == pytest.approx(float(exact), rel=1e-9)
    if a == 0:
        assert row.pct is None
    else:
        assert row.pct == pytest.approx(float(exact / Fraction(a) * 100), rel=1e-9, abs=1e-300)


@given(st.sampled_from(sorted(RUN_METRICS)), st.integers(0, 1000))
def test_the_direction_depends_on_the_metric(metric: str, a: int) -> None:
    """A change far above the noise."""
    b = 2 * a + 1
    expected = "better" if metric in BETTER_WHEN_HIGHER else "worse"
    assert difference(metric, a, b).direction == ("changed" if metric in NEUTRAL else expected)
    assert difference(metric, a, a).direction == "same"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['metric']} {case['a']} {case['b']}")
def test_only_a_change_beyond_the_noise_band_has_a_direction(case: dict[str, Any]) -> None:
    row = difference(case["metric"], case["a"], case["b"], exact=case["exact"])
    assert row.direction == case["direction"]


def test_every_metric_is_a_figure_of_runs() -> None:
    assert set(RUN_METRICS) <= {*FIGURE_NAMES, *TOTAL_NAMES}
    assert set(OPERATION_METRICS) <= set(FIGURE_NAMES)


def test_a_metric_of_only_one_side_has_no_difference() -> None:
    (row,) = compare({"iterations": 3}, {}, ["iterations", "rps"])
    assert (row.a, row.b, row.delta, row.pct) == (3, None, None, None)


def an_op(
    op: str, p95_ms: float | None = 100.0, error_rate: float | None = 0.0, **more: Any
) -> dict[str, Any]:
    row: dict[str, Any] = {"op": op, "group": "", "phase": "", "p95_ms": p95_ms, "error_rate": error_rate}
    return row | more


def test_the_largest_regression_comes_first_and_operations_of_one_side_last() -> None:
    a = [an_op("Faster"), an_op("Slower"), an_op("Failing"), an_op("Gone"), an_op("Same")]
    b = [
        an_op("New"),
        an_op("Same"),
        an_op("Faster", 80.0),
        an_op("Slower", 144.0),
        an_op("Failing", 100.0, 0.06),
    ]
    rows = compare_operations(a, b)

    assert [row.op for row in rows] == ["Failing", "Slower", "Same", "Faster", "New", "Gone"]
    assert [row.side for row in rows] == ["both"] * 4 + ["b", "a"]
    assert [row.regression for row in rows] == pytest.approx([60.0, 44.0, 0.0, -20.0, None, None])


def test_an_operation_that_is_faster_because_it_fails_is_a_regression() -> None:
    (row,) = compare_operations([an_op("Pay", 100.0, 0.0)], [an_op("Pay", 5.0, 0.5)])
    assert row.regression == pytest.approx(405.0)


def test_the_same_name_in_two_groups_or_phases_is_two_operations() -> None:
    a = [an_op("Login"), an_op("Login", phase="setup"), an_op("Login", group="admin")]
    assert len(compare_operations(a, a)) == 3


def test_an_operation_without_a_regression_comes_after_those_with_one() -> None:
    a, b = [an_op("Odd", None, None), an_op("Faster")], [an_op("Odd", 5.0, None), an_op("Faster", 50.0)]
    assert [row.op for row in compare_operations(a, b)] == ["Faster", "Odd"]


sizes = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.floats(1, 1e4), st.floats(0, 1)), unique_by=lambda row: row[0]
)


@given(sizes, sizes)
def test_every_operation_is_listed_with_the_largest_regression_first(
    a: list[tuple[str, float, float]], b: list[tuple[str, float, float]]
) -> None:
    rows = compare_operations([an_op(*row) for row in a], [an_op(*row) for row in b])
    assert sorted(row.op for row in rows) == sorted({name for name, *_ in (*a, *b)})
    known = [row.regression for row in rows if row.regression is not None]
    assert all(one >= two for one, two in pairwise(known))

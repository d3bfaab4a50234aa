"""No estimate of a histogram contradicts a latency that is known exactly."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from dashboard.engine.summary import K6Summary, TrendSummary
from dashboard.model.exact import CLAMPED, ExactLatencies, within
from dashboard.model.figures import figures_of
from dashboard.model.slo_set import SloSet
from dashboard.model.snapshot import OVERALL, OpKey
from dashboard.model.tally import Tally, total_of
from dashboard.runs.live.exact_figures import exact_latencies
from dashboard.runs.publish.payloads import breakdown_of, op_point, op_rows
from dashboard.runs.slo.evaluate import SloInput, evaluate_slos
from tests.factories import a_histogram, a_tally

LIST, LOGIN = OpKey("List", "shop", ""), OpKey("Login", "shop", "setup")
VALUES = {
    "constant": [0.3005] * 50,
    "one": [0.2],
    "two": [0.11, 0.9],
    "spread": [0.01 * n for n in range(1, 60)],
    "tail": [0.02] * 99 + [7.777],
    "tiny": [0.000_321, 0.000_322],
}


def trend(values_s: Sequence[float]) -> TrendSummary:
    """Return what k6 computes from the samples."""
    ordered = sorted(value * 1000 for value in values_s)

    def quantile(q: float) -> float:
        rank = q * (len(ordered) - 1)
        low = int(rank)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (rank - low)

    durations = {f"p{q}_ms": quantile(q / 100) for q in (50, 75, 90, 95, 99)}
    durations |= {"avg_ms": sum(ordered) / len(ordered), "min_ms": ordered[0], "max_ms": ordered[-1]}
    return TrendSummary(count=len(ordered), durations=durations)


def a_summary(by_op: dict[str, Sequence[float]], requests: int | None = None, **changes: object) -> K6Summary:
    everything = [value for values in by_op.values() for value in values]
    summary = {
        "requests": len(everything) if requests is None else requests,
        "iterations": None,
        "dropped_iterations": None,
        "durations": trend(everything).durations,
        "operations": {op: trend(values) for op, values in by_op.items()},
        "groups": {"shop": trend(everything)},
    }
    return K6Summary(**summary | changes)  # type: ignore[arg-type]


def tallies_of(**by_op: Tally) -> dict[OpKey, Tally]:
    tallies = {OpKey(op, "shop", ""): tally for op, tally in by_op.items()}
    return {OVERALL: total_of(tallies.values()), **tallies}


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_no_figure_lies_outside_the_exact_minimum_and_maximum(values: list[float]) -> None:
    low, high = min(values) * 1000, max(values) * 1000
    figures = within(figures_of(a_tally(values), 2.0, 500.0), (low, high))
    found = [getattr(figures, name) for name in CLAMPED]
    assert all(low <= value <= high for value in found if value is not None)
    quantiles = [
        figures.min_ms,
        figures.p50_ms,
        figures.p75_ms,
        figures.p90_ms,
        figures.p95_ms,
        figures.p99_ms,
    ]
    assert all(one <= other for one, other in pairwise([*quantiles, figures.max_ms]))  # type: ignore[operator]


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_operations_groups_ranges_and_points_know_the_exact_latencies(values: list[float]) -> None:
    tallies = tallies_of(List=a_tally(values), Buy=a_tally([0.05]))
    exact = exact_latencies(tallies, a_summary({"List": values, "Buy": [0.05]}))
    assert exact is not None
    rows = {row["op"]: row for row in op_rows(tallies, 10, 500, exact, is_whole=True)}
    expected = trend(values).durations
    assert {name: rows["List"][name] for name in expected} == expected
    breakdown = breakdown_of(tallies, 10, 500, figures_of(tallies[OVERALL], 10, 500), exact)
    [group] = breakdown["groups"]
    assert {name: group[name] for name in exact.groups["shop"]} == exact.groups["shop"]
    low, high = min(values) * 1000, max(values) * 1000
    ranged = {row["op"]: row for row in op_rows(tallies, 10, 500, exact)}["List"]
    point = op_point(1, 2.0, 2.0, tallies[LIST], exact.bounds_of(LIST))
    found = [ranged[name] for name in CLAMPED] + [point["p50_ms"], point["p95_ms"], point["p99_ms"]]
    assert all(low <= value <= high for value in found if value is not None)


UNANSWERED = Tally()
UNANSWERED.add_duration("0-", a_histogram([0.0] * 3))


@pytest.mark.parametrize(
    ("tallies", "summary", "operations", "has_run"),
    [
        (tallies_of(List=a_tally([0.1])), None, set(), False),
        (tallies_of(List=a_tally([0.1])), a_summary({"List": [0.1]}, requests=2), set(), False),
        (tallies_of(List=a_tally([0.1])), a_summary({"List": [0.1]}), {"List"}, True),
        (tallies_of(List=a_tally([0.1])), a_summary({"List": [0.1]}, operations={}), set(), True),
        (
            tallies_of(List=a_tally([0.1]), Buy=UNANSWERED),
            a_summary({"List": [0.1], "Buy": [0.0] * 3}),
            {"List"},
            False,
        ),
        (
            {**tallies_of(List=a_tally([0.1])), LOGIN: a_tally([9.0])},
            a_summary({"List": [0.1]}, requests=2),
            {"List"},
            False,
        ),
        (
            {**tallies_of(List=a_tally([0.1])), LOGIN: a_tally([9.0])},
            a_summary({"List": [0.1]}, requests=2, is_load_only=True),
            {"List"},
            True,
        ),
        (
            {**tallies_of(Login=a_tally([0.1])), LOGIN: a_tally([9.0])},
            a_summary({"Login": [0.1, 9.0]}, requests=2),
            set(),
            False,
        ),
    ],
    ids=[
        *("no summary", "lost requests", "complete", "no operations", "no response", "a setup"),
        *("a setup that the summary excludes", "a setup step with the same name"),
    ],
)
def test_latencies_are_exact_only_if_k6_counted_the_same_requests(
    tallies: dict[OpKey, Tally], summary: K6Summary | None, operations: set[str], has_run: bool
) -> None:
    exact = exact_latencies(tallies, summary) or ExactLatencies()
    assert (set(exact.operations), bool(exact.run)) == (operations, has_run)


@pytest.mark.parametrize("limit", [300.5, 301.0, 305.0])
@pytest.mark.parametrize("key", ["p50_ms", "p95_ms", "p99_ms"])
def test_the_edge_of_a_bucket_does_not_breach_a_limit(key: str, limit: float) -> None:
    values = [0.3005] * 50
    tallies = tallies_of(List=a_tally(values))
    exact = exact_latencies(tallies, a_summary({"List": values}))
    assert exact is not None
    slos = SloSet(run={key: limit}, operations={"List": {key: limit}}, groups={"shop": {key: limit}})
    whole = SloInput(
        tallies=tallies, seconds=10, figures=figures_of(tallies[OVERALL], 10, 500), latencies=exact
    )
    part = SloInput(tallies=tallies, seconds=10, latencies=exact)
    _, *of_whole = evaluate_slos(slos, whole, 500)
    for result in (*of_whole, *evaluate_slos(slos, part, 500)):
        assert (result.passed, result.note) == (True, None)
        assert result.value == pytest.approx(300.5)

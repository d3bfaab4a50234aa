"""Two sets of figures side by side: what changed, by how much, and whether the change is good."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from dashboard.comparison.noise import is_noise

Figure = float | int | None


class Direction(StrEnum):
    """Whether a change is good. `changed` is for figures for which neither direction is better.

    `same` is a change within the noise band.
    """

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    CHANGED = "changed"


HIGHER_IS_BETTER, LOWER_IS_BETTER, NEUTRAL = 1, -1, 0
RUN_METRICS: Mapping[str, int] = {
    "rps": HIGHER_IS_BETTER,
    "total_reqs": NEUTRAL,
    "errors": LOWER_IS_BETTER,
    "error_rate": LOWER_IS_BETTER,
    "avg_ms": LOWER_IS_BETTER,
    "min_ms": LOWER_IS_BETTER,
    "p50_ms": LOWER_IS_BETTER,
    "p75_ms": LOWER_IS_BETTER,
    "p90_ms": LOWER_IS_BETTER,
    "p95_ms": LOWER_IS_BETTER,
    "p99_ms": LOWER_IS_BETTER,
    "max_ms": LOWER_IS_BETTER,
    "success_avg_ms": LOWER_IS_BETTER,
    "success_p95_ms": LOWER_IS_BETTER,
    "ttfb_ms": LOWER_IS_BETTER,
    "apdex_score": HIGHER_IS_BETTER,
    "checks_rate": HIGHER_IS_BETTER,
    "iterations": NEUTRAL,
    "dropped_iterations": LOWER_IS_BETTER,
    "connection_reuse_rate": HIGHER_IS_BETTER,
    "data_received_bytes": NEUTRAL,
    "data_sent_bytes": NEUTRAL,
}
OPERATION_METRICS = (
    *("total_reqs", "rps", "error_rate", "avg_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms"),
    *("max_ms", "apdex_score", "checks_rate"),
)
# One more failed request in a hundred weighs as much as a p95 that is 10% higher.
ERROR_WEIGHT = 1_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDifference:
    """One metric on both sides. `delta` is b - a, `pct` is the delta in percent of `a`. Unknown values are None."""

    metric: str
    a: Figure
    b: Figure
    delta: Figure
    pct: float | None
    direction: Direction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationDifference:
    """One operation. `side` is "both", or the only side that called it.

    `regression` ranks operations: percent of p95 plus the weighted change of the error rate. A negative value is an
    improvement.
    """

    op: str
    group: str
    phase: str
    side: str
    metrics: tuple[MetricDifference, ...]
    regression: float | None


def difference(metric: str, a: Figure, b: Figure, *, exact: bool = False) -> MetricDifference:
    """Return the change of one figure from `a` to `b`. `exact`: percentiles do not come from histograms."""
    if a is None or b is None:
        return MetricDifference(metric=metric, a=a, b=b, delta=None, pct=None, direction=None)
    delta = b - a
    pct = None if a == 0 else delta / a * 100
    direction = Direction.SAME if is_noise(metric, a, b, exact=exact) else _direction(metric, delta)
    return MetricDifference(metric=metric, a=a, b=b, delta=delta, pct=pct, direction=direction)


def compare(
    a: Mapping[str, Figure],
    b: Mapping[str, Figure],
    metrics: Iterable[str] = RUN_METRICS,
    *,
    exact: bool = False,
) -> tuple[MetricDifference, ...]:
    """Return the difference of each of `metrics` that `a` or `b` contains."""
    names = [name for name in metrics if name in a or name in b]
    return tuple(difference(name, a.get(name), b.get(name), exact=exact) for name in names)


def without_deltas(row: MetricDifference) -> MetricDifference:
    """Return the figures of both sides without their difference, for runs that are not comparable."""
    return replace(row, delta=None, pct=None, direction=None)


def compare_operations(
    a: Iterable[Mapping[str, object]], b: Iterable[Mapping[str, object]]
) -> tuple[OperationDifference, ...]:
    """Return the operations of both sides, the largest regression first, then those that only one side called."""
    rows_a, rows_b = _by_key(a), _by_key(b)
    differences = [_compare_operation(key, rows_a.get(key), rows_b.get(key)) for key in {**rows_a, **rows_b}]
    return tuple(sorted(differences, key=_largest_regression_first))


def _direction(metric: str, delta: float) -> Direction:
    preference = RUN_METRICS[metric]
    if preference == NEUTRAL:
        return Direction.CHANGED
    return Direction.BETTER if delta * preference > 0 else Direction.WORSE


def _by_key(rows: Iterable[Mapping[str, object]]) -> dict[tuple[str, str, str], Mapping[str, object]]:
    return {(str(row["op"]), str(row["group"]), str(row["phase"])): row for row in rows}


def _compare_operation(
    key: tuple[str, str, str], a: Mapping[str, object] | None, b: Mapping[str, object] | None
) -> OperationDifference:
    op, group, phase = key
    metrics = tuple(difference(name, _figure(a, name), _figure(b, name)) for name in OPERATION_METRICS)
    side = "both" if a is not None and b is not None else "a" if b is None else "b"
    return OperationDifference(
        op=op, group=group, phase=phase, side=side, metrics=metrics, regression=_regression(metrics)
    )


def _figure(row: Mapping[str, object] | None, name: str) -> Figure:
    value = row.get(name) if row else None
    return value if isinstance(value, int | float) else None


def _regression(metrics: Iterable[MetricDifference]) -> float | None:
    by_name = {row.metric: row for row in metrics}
    p95_pct, error_delta = by_name["p95_ms"].pct, by_name["error_rate"].delta
    terms = [p95_pct, None if error_delta is None else error_delta * ERROR_WEIGHT]
    known = [term for term in terms if term is not None]
    return sum(known) if known else None


def _largest_regression_first(row: OperationDifference) -> tuple[int, float, str, str, str]:
    """Return a sort key.

    The order is: operations of both sides with a known regression, operations of both sides without one, operations
    only in `b`, operations only in `a`.
    """
    section = {"both": 0, "b": 2, "a": 3}[row.side]
    if row.side == "both" and row.regression is None:
        section = 1
    return (section, -(row.regression or 0.0), row.op, row.group, row.phase)

"""Two sets of figures side by side: what changed, by how much, and whether that is good."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

Figure = float | int | None


class Direction(StrEnum):
    """What a change means; `changed` is for figures of which neither more nor less is good."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    CHANGED = "changed"


MORE, LESS, NEITHER = 1, -1, 0
# Every figure that runs have, and whether more or less of it is good.
RUN_METRICS: Mapping[str, int] = {
    "rps": MORE,
    "total_reqs": NEITHER,
    "errors": LESS,
    "error_rate": LESS,
    "avg_ms": LESS,
    "min_ms": LESS,
    "p50_ms": LESS,
    "p75_ms": LESS,
    "p90_ms": LESS,
    "p95_ms": LESS,
    "p99_ms": LESS,
    "max_ms": LESS,
    "success_avg_ms": LESS,
    "success_p95_ms": LESS,
    "ttfb_ms": LESS,
    "apdex_score": MORE,
    "checks_rate": MORE,
    "iterations": NEITHER,
    "dropped_iterations": LESS,
    "connection_reuse_rate": MORE,
    "data_received_bytes": NEITHER,
    "data_sent_bytes": NEITHER,
}
OP_METRICS = (
    *("total_reqs", "rps", "error_rate", "avg_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms"),
    *("max_ms", "apdex_score", "checks_rate"),
)
# One more failed request in a hundred weighs as much as a p95 that is 10 % longer.
ERROR_WEIGHT = 1_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One metric of both sides. `pct` is percent of `a`; what cannot be said is None.

    `confidence` is kept for a statement about chance that nothing makes yet.
    """

    metric: str
    a: Figure
    b: Figure
    delta: Figure
    pct: float | None
    direction: Direction | None
    confidence: None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpDifference:
    """One operation. `side` is both, or the only side that called it.

    `regression` is how much worse it became: percent of p95 plus the weight of errors; less than 0 is better.
    """

    op: str
    group: str
    phase: str
    side: str
    metrics: tuple[Difference, ...]
    regression: float | None


def difference(metric: str, a: Figure, b: Figure) -> Difference:
    """What became of one figure."""
    if a is None or b is None:
        return Difference(metric=metric, a=a, b=b, delta=None, pct=None, direction=None)
    delta = b - a
    pct = None if a == 0 else delta / a * 100
    return Difference(metric=metric, a=a, b=b, delta=delta, pct=pct, direction=_direction(metric, delta))


def compare(
    a: Mapping[str, Figure], b: Mapping[str, Figure], metrics: Iterable[str] = RUN_METRICS
) -> tuple[Difference, ...]:
    """Every metric that one of the sides knows the name of."""
    return tuple(difference(name, a.get(name), b.get(name)) for name in metrics if name in a or name in b)


def compare_operations(
    a: Iterable[Mapping[str, object]], b: Iterable[Mapping[str, object]]
) -> tuple[OpDifference, ...]:
    """Operations of both sides, the worst first, then those that only one side called."""
    rows_a, rows_b = _by_key(a), _by_key(b)
    found = [_operation(key, rows_a.get(key), rows_b.get(key)) for key in {**rows_a, **rows_b}]
    return tuple(sorted(found, key=_worst_first))


def _direction(metric: str, delta: float) -> Direction:
    good = RUN_METRICS[metric]
    if delta == 0:
        return Direction.SAME
    if good == NEITHER:
        return Direction.CHANGED
    return Direction.BETTER if delta * good > 0 else Direction.WORSE


def _by_key(rows: Iterable[Mapping[str, object]]) -> dict[tuple[str, str, str], Mapping[str, object]]:
    return {(str(row["op"]), str(row["group"]), str(row["phase"])): row for row in rows}


def _operation(
    key: tuple[str, str, str], a: Mapping[str, object] | None, b: Mapping[str, object] | None
) -> OpDifference:
    op, group, phase = key
    rows = tuple(difference(name, _figure(a, name), _figure(b, name)) for name in OP_METRICS)
    side = "both" if a is not None and b is not None else "a" if b is None else "b"
    return OpDifference(
        op=op, group=group, phase=phase, side=side, metrics=rows, regression=_regression(rows)
    )


def _figure(row: Mapping[str, object] | None, name: str) -> Figure:
    value = row.get(name) if row else None
    return value if isinstance(value, int | float) else None


def _regression(rows: Iterable[Difference]) -> float | None:
    known = {row.metric: row for row in rows}
    slower, failing = known["p95_ms"].pct, known["error_rate"].delta
    sizes = [slower, None if failing is None else failing * ERROR_WEIGHT]
    known_sizes = [size for size in sizes if size is not None]
    return sum(known_sizes) if known_sizes else None


def _worst_first(row: OpDifference) -> tuple[int, float, str, str, str]:
    one_sided = {"both": 0, "b": 2, "a": 3}[row.side]
    unknown = row.regression is None and row.side == "both"
    return (1 if unknown else one_sided, -(row.regression or 0.0), row.op, row.group, row.phase)

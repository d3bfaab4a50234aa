"""Differences of two runs in the order of their weight: verdict, limits, errors, operations, latency, throughput."""

from collections.abc import Iterable, Iterator, Sequence

from dashboard.comparison.differences import Direction, MetricDifference, OperationDifference
from dashboard.comparison.judgment import Finding
from dashboard.model.number_text import format_number
from dashboard.model.run import Run, Verdict
from dashboard.model.slo import MAX_NAME_CHARACTERS, SloResult, format_value

MAX_NAMES = 5
VERDICT_NAMES = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    Verdict.NONE: "no SLO",
    Verdict.UNKNOWN: "unknown",
    Verdict.INVALID: "invalid",
}
_DIGITS = 3
_LATENCIES = {"p95_ms": "p95", "success_p95_ms": "p95 of successful requests"}


def verdict_findings(a: Run, b: Run) -> Iterator[Finding]:
    """Yield how the verdict changed, or that both runs failed."""
    if a.verdict is None or b.verdict is None:
        return
    before, after = VERDICT_NAMES[a.verdict], VERDICT_NAMES[b.verdict]
    if a.verdict is not b.verdict:
        yield Finding(
            kind="verdict",
            direction=_verdict_direction(a.verdict, b.verdict),
            text=f"verdict {before} → {after}",
        )
    elif b.verdict is Verdict.FAIL:
        yield Finding(kind="verdict", direction=Direction.SAME, text="both failed")


def _verdict_direction(a: Verdict, b: Verdict) -> Direction:
    if b is Verdict.FAIL or (a is Verdict.PASS and b is not Verdict.NONE):
        return Direction.WORSE
    return Direction.BETTER if a is Verdict.FAIL and b is Verdict.PASS else Direction.CHANGED


def limit_findings(a: Sequence[SloResult], b: Sequence[SloResult]) -> Iterator[Finding]:
    """Yield the limits that only `b` missed, and those that only `a` missed and `b` met."""
    missed_by_a = {_limit_of(result) for result in a if result.passed is False}
    newly = [result for result in b if result.passed is False and _limit_of(result) not in missed_by_a]
    met = [result for result in b if result.passed and _limit_of(result) in missed_by_a]
    for results, text, direction in (
        (newly, "newly missed", Direction.WORSE),
        (met, "met again", Direction.BETTER),
    ):
        if results:
            detail = _join([result.labeled_message for result in results])
            text = f"{_count(len(results), 'limit')} {text}"
            yield Finding(kind="limits", direction=direction, text=text, detail=detail)


def _limit_of(result: SloResult) -> tuple[str, str, str]:
    return result.level, result.name, result.key


def error_findings(metrics: Iterable[MetricDifference]) -> Iterator[Finding]:
    """Yield the change of the error rate, if it is larger than the noise."""
    row = _by_name(metrics).get("error_rate")
    if row and row.direction in (Direction.BETTER, Direction.WORSE):
        yield Finding(kind="errors", direction=row.direction, text=f"errors {_change_text(row)}")


def operation_findings(operations: Iterable[OperationDifference]) -> Iterator[Finding]:
    """Yield the operations that are newly 100% failing, no longer 100% failing, or called by only one side."""
    rows = list(operations)
    failing = [row for row in rows if _fails(row, "b") and not _fails(row, "a")]
    fixed = [row for row in rows if _fails(row, "a") and row.side == "both" and not _fails(row, "b")]
    new = [row for row in rows if row.side == "b" and row not in failing]
    gone = [row for row in rows if row.side == "a"]
    yield from _of_operations(failing, "100% failing", Direction.WORSE)
    yield from _of_operations(fixed, "no longer 100% failing", Direction.BETTER)
    yield from _of_operations(new, "new", Direction.CHANGED)
    yield from _of_operations(gone, "gone", Direction.CHANGED)


def _fails(row: OperationDifference, side: str) -> bool:
    """Return whether every request of the operation failed on one side."""
    rates = _by_name(row.metrics).get("error_rate")
    return rates is not None and getattr(rates, side) == 1


def latency_findings(
    metrics: Iterable[MetricDifference], operations: Iterable[OperationDifference]
) -> Iterator[Finding]:
    """Yield the change of p95, and how many operations are slower or faster.

    If the error rate changed, only successful requests are compared: a request that fails fast is no improvement.
    """
    rows = _by_name(metrics)
    errors_changed = any(error_findings(rows.values()))
    row = rows.get("success_p95_ms" if errors_changed else "p95_ms")
    if row and row.direction:
        text = f"{_LATENCIES[row.metric]} {_latency_change(row)}"
        yield Finding(kind="latency", direction=row.direction, text=text, detail=_change_text(row))
    for direction, word in ((Direction.WORSE, "slower"), (Direction.BETTER, "faster")):
        changed = [op for op in operations if _direction_of_p95(op) is direction and not _fails(op, "b")]
        yield from _of_operations(changed, word, direction, "latency")


def throughput_findings(metrics: Iterable[MetricDifference]) -> Iterator[Finding]:
    """Yield the change of the request rate, if it is larger than the noise."""
    row = _by_name(metrics).get("rps")
    if row and row.pct is not None and row.direction in (Direction.BETTER, Direction.WORSE):
        word = "higher" if row.pct > 0 else "lower"
        text = f"throughput {format_number(abs(row.pct), _DIGITS)}% {word}"
        yield Finding(kind="throughput", direction=row.direction, text=text, detail=_change_text(row))


def _latency_change(row: MetricDifference) -> str:
    if row.direction is Direction.SAME or row.pct is None:
        return "≈ same" if row.direction is Direction.SAME else _change_text(row)
    return f"{format_number(abs(row.pct), _DIGITS)}% {'slower' if row.pct > 0 else 'faster'}"


def _direction_of_p95(op: OperationDifference) -> Direction | None:
    return _by_name(op.metrics)["p95_ms"].direction if op.side == "both" else None


def _of_operations(
    rows: Sequence[OperationDifference], what: str, direction: Direction, kind: str = "operations"
) -> Iterator[Finding]:
    if rows:
        text = f"{_count(len(rows), 'operation')} {what}"
        yield Finding(kind=kind, direction=direction, text=text, detail=_join([row.op for row in rows]))


def _change_text(row: MetricDifference) -> str:
    """Return both values, for example "0.07% → 6.48%"."""
    a, b = (format_value(row.metric, float(value or 0), _DIGITS) for value in (row.a, row.b))
    return f"{a} → {b}"


def _by_name(metrics: Iterable[MetricDifference]) -> dict[str, MetricDifference]:
    return {row.metric: row for row in metrics}


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _join(names: Sequence[str]) -> str:
    """Return the first names, and the number of further ones."""
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(name[:MAX_NAME_CHARACTERS] for name in names[:MAX_NAMES]) + more

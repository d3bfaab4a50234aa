"""The comparison of two runs, or of a range of each: the one place that decides what every output shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dashboard.comparison.comparability import ComparabilityWarning, ComparedRun, comparability_warnings
from dashboard.comparison.differences import (
    Figure,
    MetricDifference,
    OperationDifference,
    compare,
    compare_operations,
    without_deltas,
)
from dashboard.comparison.findings import (
    error_findings,
    latency_findings,
    limit_findings,
    operation_findings,
    throughput_findings,
    verdict_findings,
)
from dashboard.comparison.judgment import A_AND_B, Finding, Judgment, SideNames, judge
from dashboard.model.slo import SloResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A run or a range of it, with its figures, its operations, and the results of its limits."""

    compared: ComparedRun
    figures: Mapping[str, Figure]
    operations: Sequence[Mapping[str, object]] = ()
    results: Sequence[SloResult] = field(default=())

    @property
    def is_exact(self) -> bool:
        """Whether its percentiles come from all samples. Those of a range come from histograms."""
        return self.compared.is_whole and self.compared.run.percentiles_from == "exact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two sides. Differences are None if the sides are not comparable."""

    warnings: tuple[ComparabilityWarning, ...]
    metrics: tuple[MetricDifference, ...]
    operations: tuple[OperationDifference, ...]
    judgment: Judgment


def compare_sides(a: Side, b: Side, names: SideNames = A_AND_B) -> Comparison:
    """Compare `b` with `a`."""
    warnings = comparability_warnings(a.compared, b.compared, names)
    reasons = [warning.text for warning in warnings if warning.blocking]
    metrics = compare(a.figures, b.figures, exact=a.is_exact and b.is_exact)
    operations = compare_operations(a.operations, b.operations)
    if reasons:
        metrics = tuple(without_deltas(row) for row in metrics)
        operations = tuple(_without_deltas(row) for row in operations)
    has_figures = all(side.figures.get("total_reqs") is not None for side in (a, b))
    findings = list(_findings(a, b, metrics, () if reasons else operations))
    judgment = judge(findings, reasons, names, has_figures=has_figures)
    return Comparison(warnings=warnings, metrics=metrics, operations=operations, judgment=judgment)


def _findings(
    a: Side, b: Side, metrics: Sequence[MetricDifference], operations: Sequence[OperationDifference]
) -> Iterator[Finding]:
    if a.compared.is_whole and b.compared.is_whole:  # verdict and limits judge whole runs
        yield from verdict_findings(a.compared.run, b.compared.run)
        yield from limit_findings(a.results, b.results)
    yield from error_findings(metrics)
    yield from operation_findings(operations)
    yield from latency_findings(metrics, operations)
    yield from throughput_findings(metrics)


def _without_deltas(row: OperationDifference) -> OperationDifference:
    return replace(row, metrics=tuple(map(without_deltas, row.metrics)), regression=None)

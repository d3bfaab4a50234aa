"""Shapes of comparisons of two runs."""

from typing import Literal

from dashboard.api.shapes.base import RequestShape, ResponseShape, RunIdOrLatest, Seconds
from dashboard.api.shapes.derive import with_fields
from dashboard.api.shapes.run import RunRecord
from dashboard.comparison.comparability import ComparabilityWarning
from dashboard.comparison.differences import MetricDifference, OperationDifference
from dashboard.comparison.judgment import Finding, Judgment


class DiffQuery(RequestShape):
    """Two runs and, optionally, a range of each."""

    a: RunIdOrLatest
    b: RunIdOrLatest
    a_from: Seconds | None = None
    a_to: Seconds | None = None
    b_from: Seconds | None = None
    b_to: Seconds | None = None


@with_fields(MetricDifference, pct="Difference in percent of a; null when a is 0 or a value is missing")
class DifferenceShape(ResponseShape):
    """One metric of both sides. `delta` is b - a."""


@with_fields(
    OperationDifference,
    regression="How much slower: percent of p95, plus 10 for each percentage point of errors. Negative is faster",
)
class OpDifferenceShape(ResponseShape):
    """One operation. `side` names the only side that called it, or "both"."""

    side: Literal["both", "a", "b"]
    metrics: list[DifferenceShape]


@with_fields(ComparabilityWarning)
class ComparabilityWarningShape(ResponseShape):
    """One reason why the two sides are hard to compare, with the values of both sides."""


@with_fields(Finding)
class FindingShape(ResponseShape):
    """One result of the comparison, as a clause of the sentence."""


@with_fields(Judgment)
class JudgmentShape(ResponseShape):
    """What the comparison comes to. The findings are in the order of their weight; `headline` sums them up."""

    findings: list[FindingShape]


class BaselineComparisonAnswer(ResponseShape):
    """The baseline that applies to a run, and the judgment of the run against it."""

    run: RunRecord | None
    judgment: JudgmentShape | None


class SideShape(ResponseShape):
    """One side: its record, its range (null for the whole run) and the details that decide whether it is comparable."""

    run: RunRecord
    from_s: float | None
    to_s: float | None
    baseline: bool
    meta: dict[str, str]
    generator: str
    endpoints_sha256: str | None


class DiffAnswer(ResponseShape):
    """Two runs side by side."""

    a: SideShape
    b: SideShape
    judgment: JudgmentShape
    warnings: list[ComparabilityWarningShape]
    metrics: list[DifferenceShape]
    operations: list[OpDifferenceShape]

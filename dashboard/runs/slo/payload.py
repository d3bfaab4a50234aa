"""SLO results in the form that the API, the stream and exports use."""

from collections.abc import Iterable, Sequence
from typing import Any

from dashboard.model.run import Run, RunStatus, Verdict
from dashboard.model.slo import SloResult
from dashboard.model.slo_set import SloSet
from dashboard.runs.slo.plateaus import has_ramp

QUEUED_REASON = "The run is queued."
LIVE_REASON = "The run is live; its verdict follows when it ends."


def slo_payload(
    run: Run, results: Sequence[SloResult], slo_set: SloSet, verdict: Verdict | None, reason: str | None
) -> dict[str, Any]:
    """Return the verdict and the results by level. Without a verdict, `reason` explains why there is none."""
    if verdict is None:
        reason = _no_verdict_reason(run)
    return {
        "run_id": run.run_id,
        "verdict": verdict.value if verdict else None,
        "reason": reason,
        "skip": slo_set.skip if has_ramp(run.context.stages) else None,
        "checks": {result.key: _result_payload(result) for result in results if result.level == "run"},
        "operations": _by_name(result for result in results if result.level == "operation"),
        "groups": _by_name(result for result in results if result.level == "group"),
    }


def report_row(result: SloResult) -> dict[str, Any]:
    """Return one result as a row of a report, without its level and name."""
    return {
        "key": result.key,
        "value": result.value,
        "limit": result.limit,
        "passed": result.passed,
        "message": result.message,
    }


def _result_payload(result: SloResult) -> dict[str, Any]:
    """Return one result; `reason` compares value and limit without naming the operation or group."""
    return {
        "value": result.value,
        "threshold": result.limit,
        "pass": result.passed,
        "margin": result.margin,
        "reason": result.message,
    }


def _no_verdict_reason(run: Run) -> str | None:
    if run.status is RunStatus.QUEUED:
        return QUEUED_REASON
    return LIVE_REASON if run.status.is_live else run.exit_reason


def _by_name(results: Iterable[SloResult]) -> dict[str, dict[str, Any]]:
    by_name: dict[str, dict[str, Any]] = {}
    for result in results:
        by_name.setdefault(result.name, {})[result.key] = _result_payload(result)
    return by_name

"""SLO results as the API, the stream and exports show them."""

from collections.abc import Iterable, Sequence
from typing import Any

from dashboard.model.limits import SloLimits
from dashboard.model.run import Run, RunStatus, Verdict
from dashboard.model.slo import SloResult
from dashboard.runs.slo.plateaus import has_ramp

WAITING = "the run waits for its turn"
LIVE = "the run is live: the verdict comes at its end"


def slo_payload(
    run: Run, results: Sequence[SloResult], limits: SloLimits, verdict: Verdict | None, reason: str | None
) -> dict[str, Any]:
    """The verdict, and every limit at its level; without a verdict the reason says why there is none."""
    if verdict is None:
        reason = _why_none(run)
    return {
        "run_id": run.run_id,
        "verdict": verdict.value if verdict else None,
        "reason": reason,
        "skip": limits.skip if has_ramp(run.context.stages) else None,
        "checks": {result.key: check_of(result) for result in results if result.level == "run"},
        "operations": _by_name(result for result in results if result.level == "operation"),
        "groups": _by_name(result for result in results if result.level == "group"),
    }


def check_of(result: SloResult) -> dict[str, Any]:
    """One limit; `reason` is the whole sentence, without the name of what it is about."""
    return {
        "value": result.value,
        "threshold": result.limit,
        "pass": result.passed,
        "margin": result.margin,
        "reason": result.words,
    }


def report_row(result: SloResult) -> dict[str, Any]:
    """A limit of the run as a row."""
    return {
        "key": result.key,
        "value": result.value,
        "limit": result.limit,
        "passed": result.passed,
        "words": result.words,
    }


def _why_none(run: Run) -> str | None:
    if run.status is RunStatus.QUEUED:
        return WAITING
    return LIVE if run.status.is_live else run.exit_reason


def _by_name(results: Iterable[SloResult]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for result in results:
        found.setdefault(result.name, {})[result.key] = check_of(result)
    return found

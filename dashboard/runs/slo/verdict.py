"""The verdict of a run that has ended, and whether any of its samples were lost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dashboard.engine.summary import K6Summary
from dashboard.model.run import Run, RunStatus, Verdict
from dashboard.model.slo import SloResult, join_messages, verdict_of

SCRIPT_FAILED_CODES = (99, 110)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known about the delivery of a run's figures.

    final_push: the last push arrived. It repeats every histogram, so it makes up for failed pushes before it.
    """

    requests: int
    missing_iterations: int
    final_push: bool
    killed: bool
    summary: K6Summary | None


def find_lost_samples(status: RunStatus, evidence: Evidence) -> tuple[bool | None, str | None]:
    """Return whether figures are missing, and why; (None, None) when k6 failed before it counted anything."""
    if status is RunStatus.FAILED and not evidence.requests and not evidence.killed:
        return None, None
    if evidence.summary is not None and evidence.summary.requests > evidence.requests:
        missing = evidence.summary.requests - evidence.requests
        return (
            True,
            f"k6 counted {evidence.summary.requests} requests; {missing} of them are in no push that arrived",
        )
    if evidence.missing_iterations:
        return True, f"k6 ended {evidence.missing_iterations} more iterations than its pushes reported"
    if evidence.summary is not None and evidence.summary.requests == evidence.requests:
        return False, None
    if evidence.killed:
        return True, "k6 was killed; what it counted after its last push is lost"
    if not evidence.final_push:
        return True, "k6's final push never arrived"
    return False, None


def with_verdict(run: Run, results: Sequence[SloResult]) -> Run:
    """Return `run` with its verdict and the reason."""
    verdict, reason = decide_verdict(run, results)
    return replace(run, verdict=verdict, verdict_reason=reason)


def _with_thresholds(run: Run, verdict: Verdict, reason: str) -> tuple[Verdict, str]:
    """Combine the verdict of the SLOs with the thresholds of a custom script."""
    breached = [threshold.message for threshold in run.thresholds if not threshold.passed]
    if breached:
        reasons = [reason] if verdict is Verdict.FAIL else []
        return Verdict.FAIL, "; ".join(
            [*reasons, f"thresholds of the script failed: {join_messages(breached)}"]
        )
    if run.thresholds and verdict is Verdict.NONE:
        return Verdict.PASS, f"all thresholds of the script passed ({len(run.thresholds)})"
    return verdict, reason


def decide_verdict(run: Run, results: Sequence[SloResult]) -> tuple[Verdict, str]:
    """Return the verdict, and its reason with a note on steering. Only a finished, valid run can pass."""
    verdict, reason = _decide(run, results)
    note = run.steering_note
    return (
        verdict,
        f"{reason}; the run was {note}: its SLOs are evaluated for the load that ran" if note else reason,
    )


def _decide(run: Run, results: Sequence[SloResult]) -> tuple[Verdict, str]:
    if run.exit_code in SCRIPT_FAILED_CODES:
        return Verdict.FAIL, str(run.exit_reason)
    if run.slo_abort_reason:
        return Verdict.FAIL, run.slo_abort_reason
    verdict, reason = _with_thresholds(run, *verdict_of(results))
    invalid = run.invalid_reason
    if verdict is Verdict.FAIL:
        return verdict, f"{reason}; the run is also invalid: {invalid}" if invalid else reason
    if run.status is not RunStatus.FINISHED:
        if verdict is Verdict.NONE:
            return verdict, reason
        return Verdict.UNKNOWN, f"the run did not finish ({run.exit_reason})"
    return (Verdict.INVALID, invalid) if invalid else (verdict, reason)

"""What a run that ended amounts to: were samples lost, do the SLOs hold, can it be believed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dashboard.engine.summary import K6Summary
from dashboard.model.run import Run, RunStatus, Verdict
from dashboard.model.slo import SloResult, verdict_of

SCRIPT_FAILED_CODES = (99, 110)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was seen of the pipeline. `orderly`: the last push came, which sends every histogram once more and so
    makes up for any push that failed before it."""

    requests: int
    final_push: bool
    killed: bool
    summary: K6Summary | None


def lost_samples(status: RunStatus, evidence: Evidence) -> tuple[bool | None, str | None]:
    """Whether figures are missing, and why we think so; None when k6 never got to count."""
    if status is RunStatus.FAILED and not evidence.requests and not evidence.killed:
        return None, None
    if evidence.summary is not None and evidence.summary.requests > evidence.requests:
        missing = evidence.summary.requests - evidence.requests
        return True, f"k6 counted {evidence.summary.requests} requests, {missing} of them never arrived here"
    if evidence.summary is not None and evidence.summary.requests == evidence.requests:
        return False, None
    if evidence.killed:
        return True, "k6 was killed: what it counted after its last push is lost"
    if not evidence.final_push:
        return True, "k6's last figures never arrived"
    return False, None


def with_verdict(run: Run, results: Sequence[SloResult]) -> Run:
    """The run with its verdict and the reason for it."""
    verdict, reason = decide_verdict(run, results)
    return replace(run, verdict=verdict, verdict_reason=reason)


def decide_verdict(run: Run, results: Sequence[SloResult]) -> tuple[Verdict, str]:
    """The verdict and its reason. Only a run that came to its end, with a fit generator, can pass."""
    if run.exit_code in SCRIPT_FAILED_CODES:
        return Verdict.FAIL, str(run.exit_reason)
    if run.slo_abort_reason:
        return Verdict.FAIL, run.slo_abort_reason
    verdict, reason = verdict_of(results)
    invalid_reason = run.invalid_reason
    if verdict is Verdict.FAIL:
        return verdict, f"{reason}; beware: {unfit}" if invalid_reason else reason
    if run.status is not RunStatus.FINISHED:
        if verdict is Verdict.NONE:
            return verdict, reason
        return Verdict.UNKNOWN, f"the run did not come to its end ({run.exit_reason})"
    return (Verdict.INVALID, invalid_reason) if invalid_reason else (verdict, reason)

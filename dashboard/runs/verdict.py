"""What a run that ended amounts to: were samples lost, was the generator fit, do the SLOs hold."""

from dataclasses import dataclass

from dashboard.engine.summary import Summary
from dashboard.model.figures import Figures, RunTotals
from dashboard.model.run import Run, RunStatus, Verdict
from dashboard.model.slo import evaluate, verdict_of

MOST_DROPPED = 0.01
SATURATED = 0.9
SCRIPT_FAILED_CODES = (99, 110)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was seen of the pipeline. `orderly`: the last push came, which sends every histogram once more and so
    makes up for any push that failed before it."""

    requests: int
    orderly: bool
    killed: bool
    summary: Summary | None


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
    if not evidence.orderly:
        return True, "k6's last figures never arrived"
    return False, None


def judge(run: Run, figures: Figures, totals: RunTotals, generator_cpu: float | None) -> tuple[Verdict, str]:
    """The verdict and its reason. Only a run that came to its end, with a fit generator, can pass."""
    if run.exit_code in SCRIPT_FAILED_CODES:
        return Verdict.FAIL, str(run.exit_reason)
    known = {name: getattr(figures, name) for name in figures.__slots__}
    verdict, reason = verdict_of(evaluate(run.context.slos, known))
    if verdict is Verdict.FAIL:
        return verdict, reason
    if run.status is not RunStatus.FINISHED:
        if verdict is Verdict.NONE:
            return verdict, reason
        return Verdict.UNKNOWN, f"the run did not come to its end ({run.exit_reason})"
    unfit = _unfit(run, totals, generator_cpu)
    return (Verdict.INVALID, unfit) if unfit else (verdict, reason)


def _unfit(run: Run, totals: RunTotals, generator_cpu: float | None) -> str | None:
    """Why the load was not what was planned, None when it was."""
    if run.samples_lost:
        return f"figures are missing: {run.samples_lost_reason}"
    dropped, done = totals.dropped_iterations or 0, totals.iterations or 0
    if dropped and dropped / (dropped + done) > MOST_DROPPED:
        return f"k6 dropped {dropped} of {dropped + done} planned iterations: the load was not delivered"
    if generator_cpu is not None and generator_cpu >= SATURATED:
        return f"k6 used {generator_cpu:.0%} of its processor cores: it may have measured itself"
    return None

"""Only a run that came to its end, measured by a fit generator, may pass."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard.engine.summary import Summary
from dashboard.model.figures import RunTotals, figures_of
from dashboard.model.run import Run, RunStatus, Verdict
from dashboard.runs.verdict import Evidence, judge, lost_samples
from tests.factories import a_run, a_tally

FIGURES = figures_of(a_tally([0.1] * 100), 10, 500)


def a_summary(requests: int) -> Summary:
    return Summary(requests=requests, iterations=None, dropped_iterations=None, durations={})


def evidence(**changes: Any) -> Evidence:
    plain = Evidence(requests=100, orderly=True, killed=False, summary=None)
    return replace(plain, **changes)


@pytest.mark.parametrize(
    ("changes", "lost"),
    [
        ({}, False),
        ({"summary": a_summary(100)}, False),
        ({"summary": a_summary(103)}, True),
        ({"orderly": False}, True),
        ({"orderly": False, "summary": a_summary(100)}, False),
        ({"killed": True}, True),
    ],
)
def test_lost_samples(changes: dict[str, Any], lost: bool) -> None:
    found, why = lost_samples(RunStatus.FINISHED, evidence(**changes))
    assert found is lost
    assert bool(why) is lost


def test_a_k6_that_never_counted_lost_nothing() -> None:
    assert lost_samples(RunStatus.FAILED, evidence(requests=0, orderly=False)) == (None, None)


def ended(
    status: RunStatus = RunStatus.FINISHED, slos: dict[str, float] | None = None, **changes: Any
) -> Run:
    run = a_run(status=status, exit_reason="why", **changes)
    return replace(run, context=replace(run.context, slos={"p95_ms": 500} if slos is None else slos))


def totals(**changes: Any) -> RunTotals:
    blank = RunTotals(
        iterations=100,
        dropped_iterations=None,
        data_received_bytes=None,
        data_sent_bytes=None,
        connection_reuse_rate=None,
    )
    return replace(blank, **changes)


@pytest.mark.parametrize(
    ("run", "dropped", "cpu", "verdict"),
    [
        (ended(), None, 0.2, Verdict.PASS),
        (ended(slos={"p95_ms": 10}), None, 0.2, Verdict.FAIL),
        (ended(slos={}), None, 0.2, Verdict.NONE),
        (ended(slos={"checks_rate": 0.9, "p95_ms": 500}), None, 0.2, Verdict.PASS),
        (ended(), 1, 0.2, Verdict.PASS),
        (ended(), 5, 0.2, Verdict.INVALID),
        (ended(), None, 0.95, Verdict.INVALID),
        (ended(slos={}), 5, 0.2, Verdict.INVALID),
        (ended(slos={"p95_ms": 10}), 5, 0.95, Verdict.FAIL),
        (ended(samples_lost=True, samples_lost_reason="x"), None, 0.2, Verdict.INVALID),
        (ended(RunStatus.STOPPED), None, 0.2, Verdict.UNKNOWN),
        (ended(RunStatus.STOPPED, slos={}), None, 0.2, Verdict.NONE),
        (ended(RunStatus.STOPPED, slos={"p95_ms": 10}), None, 0.2, Verdict.FAIL),
        (ended(RunStatus.FAILED), None, None, Verdict.UNKNOWN),
        (ended(exit_code=99), None, 0.2, Verdict.FAIL),
    ],
)
def test_verdicts(run: Run, dropped: int | None, cpu: float | None, verdict: Verdict) -> None:
    found, reason = judge(run, FIGURES, totals(dropped_iterations=dropped), cpu)
    assert found is verdict
    assert reason


def test_a_figure_that_was_not_measured_is_unknown() -> None:
    nothing = figures_of(a_tally([]), None, 500)
    found, reason = judge(ended(), nothing, totals(), None)
    assert found is Verdict.UNKNOWN
    assert "not measured" in reason

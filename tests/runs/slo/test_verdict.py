"""Only a finished, valid run can pass."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard.engine.summary import K6Summary
from dashboard.model.run import Run, RunStatus, Verdict
from dashboard.model.slo import SloResult
from dashboard.model.snapshot import OVERALL
from dashboard.model.steered_load import LoadChange, load_after
from dashboard.model.tally import Tally
from dashboard.runs.slo.evaluate import SloInput, evaluate_slos
from dashboard.runs.slo.verdict import Evidence, decide_verdict, find_lost_samples
from tests.factories import a_run, a_tally


def a_summary(requests: int) -> K6Summary:
    return K6Summary(requests=requests, iterations=None, dropped_iterations=None, durations={})


def evidence(**changes: Any) -> Evidence:
    plain = Evidence(requests=100, missing_iterations=0, final_push=True, killed=False, summary=None)
    return replace(plain, **changes)


@pytest.mark.parametrize(
    ("changes", "lost"),
    [
        ({}, False),
        ({"summary": a_summary(100)}, False),
        ({"summary": a_summary(103)}, True),
        ({"final_push": False}, True),
        ({"final_push": False, "summary": a_summary(100)}, False),
        ({"killed": True}, True),
        ({"missing_iterations": 1}, True),
        ({"missing_iterations": 1, "summary": a_summary(100)}, True),
    ],
)
def test_lost_samples(changes: dict[str, Any], lost: bool) -> None:
    has_lost, why = find_lost_samples(RunStatus.FINISHED, evidence(**changes))
    assert has_lost is lost
    assert bool(why) is lost


def test_lost_samples_are_unknown_when_k6_failed_before_it_counted() -> None:
    assert find_lost_samples(RunStatus.FAILED, evidence(requests=0, final_push=False)) == (None, None)


def an_ended_run(
    status: RunStatus = RunStatus.FINISHED, slos: dict[str, float] | None = None, **changes: Any
) -> Run:
    run = a_run(status=status, exit_reason="why", **changes)
    return replace(run, context=replace(run.context, slos={"p95_ms": 500} if slos is None else slos))


def results(run: Run, tally: Tally) -> tuple[SloResult, ...]:
    return evaluate_slos(run.context.slo_set, SloInput(tallies={OVERALL: tally}, seconds=10), 500)


@pytest.mark.parametrize(
    ("run", "invalid_reason", "verdict"),
    [
        (an_ended_run(), None, Verdict.PASS),
        (an_ended_run(slos={"p95_ms": 10}), None, Verdict.FAIL),
        (an_ended_run(slos={}), None, Verdict.NONE),
        (an_ended_run(slos={"checks_rate": 0.9, "p95_ms": 500}), None, Verdict.PASS),
        (an_ended_run(), "dropped", Verdict.INVALID),
        (an_ended_run(slos={}), "dropped", Verdict.INVALID),
        (an_ended_run(slos={"p95_ms": 10}), "dropped", Verdict.FAIL),
        (an_ended_run(RunStatus.STOPPED), None, Verdict.UNKNOWN),
        (an_ended_run(RunStatus.STOPPED), "dropped", Verdict.UNKNOWN),
        (an_ended_run(RunStatus.STOPPED, slos={}), None, Verdict.NONE),
        (an_ended_run(RunStatus.STOPPED, slos={"p95_ms": 10}), None, Verdict.FAIL),
        (an_ended_run(RunStatus.STOPPED, slo_abort_reason="too slow"), None, Verdict.FAIL),
        (an_ended_run(RunStatus.FAILED), None, Verdict.UNKNOWN),
        (an_ended_run(exit_code=99), None, Verdict.FAIL),
    ],
)
def test_verdicts(run: Run, invalid_reason: str | None, verdict: Verdict) -> None:
    decided, reason = decide_verdict(
        replace(run, invalid_reason=invalid_reason), results(run, a_tally([0.1] * 100))
    )
    assert decided is verdict
    assert reason


def test_a_failed_verdict_names_the_reason_for_an_invalid_run() -> None:
    run = an_ended_run(slos={"p95_ms": 10}, invalid_reason="k6 dropped 5 of 10")
    _, reason = decide_verdict(run, results(run, a_tally([0.1] * 100)))
    assert reason.endswith("; the run is also invalid: k6 dropped 5 of 10")


def test_a_missing_figure_makes_the_verdict_unknown() -> None:
    run = an_ended_run()
    decided, reason = decide_verdict(run, results(run, a_tally([])))
    assert decided is Verdict.UNKNOWN
    assert "not measured" in reason


@pytest.mark.parametrize("slos", [{"p95_ms": 500}, {"p95_ms": 10}, {}, {"checks_rate": 0.9}])
@pytest.mark.parametrize("status", [RunStatus.FINISHED, RunStatus.STOPPED])
def test_every_verdict_says_that_the_run_was_steered(status: RunStatus, slos: dict[str, float]) -> None:
    paused = load_after([LoadChange(3, is_paused=True, is_reduced=False), LoadChange(8, False, True)], 10.0)
    run = an_ended_run(status, slos, steered=True, elapsed_s=10.0, steered_load=paused)
    before, reason_before = decide_verdict(replace(run, steered_load=None), results(run, a_tally([0.1])))
    verdict, reason = decide_verdict(run, results(run, a_tally([0.1])))
    note = (
        "the run was paused for 5 s and at reduced load for 2 s: its SLOs are evaluated for the load that ran"
    )
    assert (verdict, reason) == (before, f"{reason_before}; {note}")
    assert run.active_s == 5.0

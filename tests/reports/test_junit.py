"""JUnit results: one test case for the outcome and one for each limit. They fail exactly when the verdict does."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import xmlschema

from dashboard.model.account import account_of
from dashboard.model.run import Run, RunStatus, Verdict
from dashboard.model.slo_set import SloSet
from dashboard.model.snapshot import OpKey
from dashboard.model.tally import Tally
from dashboard.reports.junit import junit_of
from dashboard.reports.source import ReportSource
from dashboard.reports.xml_text import valid_xml
from dashboard.runs.slo.verdict import decide_verdict
from dashboard.terminal.run import exit_code
from tests.factories import a_run, a_tally, an_ended_run, an_interval
from tests.hostile import hostile_texts
from tests.reports.conftest import MakeSource

HOSTILE = hostile_texts()
JUNIT = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))
FAST, SLOW = OpKey("Fast", "catalog", ""), OpKey("Slow", "orders", "")
OPS = {FAST: a_tally((0.010, 0.010)), SLOW: a_tally((0.4, 0.4, 0.4, 0.4), failed=(0.5,))}


@dataclass(frozen=True, kw_only=True)
class Example:
    """A run with SLOs, and the results of its test cases by name: empty, failure, error or skipped."""

    slos: SloSet = field(default_factory=SloSet)
    run: Mapping[str, Any] = field(default_factory=dict)
    verdict: Verdict
    cases: Mapping[str, str]


EXAMPLES = {
    "no limits, though requests and checks failed": Example(
        verdict=Verdict.NONE, cases={"the run finished": ""}
    ),
    "all limits met, though a check failed": Example(
        slos=SloSet(run={"p95_ms": 900.0}, operations={"Slow": {"error_rate": 0.5}}),
        verdict=Verdict.PASS,
        cases={"the run finished": "", "p95_ms": "", "Slow: error_rate": ""},
    ),
    "a limit of the run": Example(
        slos=SloSet(run={"p95_ms": 50.0, "error_rate": 0.5}),
        verdict=Verdict.FAIL,
        cases={"the run finished": "", "p95_ms": "failure", "error_rate": ""},
    ),
    "a limit of one operation": Example(
        slos=SloSet(run={"error_rate": 0.5}, operations={"Fast": {"p95_ms": 50.0}, "Slow": {"p95_ms": 50.0}}),
        verdict=Verdict.FAIL,
        cases={"the run finished": "", "error_rate": "", "Fast: p95_ms": "", "Slow: p95_ms": "failure"},
    ),
    "a limit of a group": Example(
        slos=SloSet(groups={"catalog": {"checks_rate": 1.0}, "orders": {"checks_rate": 1.0}}),
        verdict=Verdict.FAIL,
        cases={"the run finished": "", "catalog: checks_rate": "", "orders: checks_rate": "failure"},
    ),
    "an operation that was never called": Example(
        slos=SloSet(operations={"Never": {"p95_ms": 50.0}}),
        verdict=Verdict.UNKNOWN,
        cases={"the run finished": "error", "Never: p95_ms": "skipped"},
    ),
    "an SLO that a part of the run breached, but the whole run met": Example(
        slos=SloSet(run={"error_rate": 0.5}),
        run={"status": RunStatus.STOPPED, "slo_abort_reason": "SLO breached: error rate 60% > 50%"},
        verdict=Verdict.FAIL,
        cases={"the run finished": "failure", "error_rate": ""},
    ),
    "a threshold of a custom script": Example(
        run={"exit_code": 99, "exit_reason": "a threshold failed"},
        verdict=Verdict.FAIL,
        cases={"the run finished": "failure"},
    ),
    "an invalid run with met limits": Example(
        slos=SloSet(run={"p95_ms": 900.0}),
        run={"invalid_reason": "k6 dropped 9 of 10 planned iterations"},
        verdict=Verdict.INVALID,
        cases={"the run finished": "error", "p95_ms": ""},
    ),
    "a stopped run without limits": Example(
        run={"status": RunStatus.STOPPED, "exit_reason": "stopped on request"},
        verdict=Verdict.NONE,
        cases={"the run finished": "error"},
    ),
    "a failed run with a breached limit": Example(
        slos=SloSet(run={"p95_ms": 50.0}),
        run={"status": RunStatus.FAILED, "exit_code": 107, "exit_reason": "the script failed: boom"},
        verdict=Verdict.FAIL,
        cases={"the run finished": "error", "p95_ms": "failure"},
    ),
}


def judged_source(make_source: MakeSource, example: Example) -> ReportSource:
    """Return the source of a run with the verdict that its results give."""
    run: Run = an_ended_run(**{"figures": None, **example.run})
    run = replace(run, context=replace(run.context, slos={}).with_slo_set(example.slos))
    unjudged = make_source(run, [an_interval(1, OPS)])
    verdict, reason = decide_verdict(run, unjudged.results)
    unjudged.run = replace(run, verdict=verdict, verdict_reason=reason)
    return unjudged


def cases_of(text: str) -> dict[str, ET.Element]:
    JUNIT.validate(text)
    return {str(case.get("name")): case for case in ET.fromstring(text).iter("testcase")}


def results_of(text: str) -> dict[str, str]:
    return {name: "".join(child.tag for child in case) for name, case in cases_of(text).items()}


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_cases_fail_exactly_when_the_verdict_does(make_source: MakeSource, example: Example) -> None:
    source = judged_source(make_source, example)
    text = junit_of(source)
    results = list(results_of(text).values())

    assert source.record["verdict"] == example.verdict.value
    assert results_of(text) == example.cases
    assert ("failure" in results) == (example.verdict is Verdict.FAIL)
    assert bool({"failure", "error"} & set(results)) == (exit_code(source.record) != 0)
    root = ET.fromstring(text).attrib
    assert [int(root[name]) for name in ("tests", "failures", "errors", "skipped")] == [
        len(results),
        *(results.count(result) for result in ("failure", "error", "skipped")),
    ]


def test_the_time_of_a_case_is_that_of_its_operation(make_source: MakeSource) -> None:
    slos = SloSet(
        run={"rps": 0.1}, operations={"Fast": {"rps": 0.1}, "Slow": {"rps": 0.1}, "Never": {"rps": 1.0}}
    )
    cases = cases_of(junit_of(judged_source(make_source, Example(slos=slos, verdict=Verdict.FAIL, cases={}))))

    times = {name: float(str(case.get("time"))) for name, case in cases.items()}
    assert times == {
        "the run finished": 30.0,
        "rps": pytest.approx(0.303, abs=0.001),
        "Fast: rps": pytest.approx(0.01, abs=0.001),
        "Slow: rps": pytest.approx(0.42, abs=0.001),
        "Never: rps": 0.0,
    }


def test_a_breached_limit_names_the_failed_checks_of_its_operation(make_source: MakeSource) -> None:
    slos = SloSet(operations={name: {"checks_rate": 1.0} for name in ("Fast", "Slow")})
    text = junit_of(judged_source(make_source, Example(slos=slos, verdict=Verdict.FAIL, cases={})))
    failure = cases_of(text)["Slow: checks_rate"].find("failure")

    assert failure is not None
    assert failure.text == "Slow: status is 200: failed 1 of 5"
    assert ET.fromstring(text).findtext("testsuite/system-out") == "Slow: status is 200: failed 1 of 5"


def test_counts_of_lost_work_are_properties(make_source: MakeSource) -> None:
    tally = a_tally()
    tally.add_fault(("skipped", "no value for id"), 2)
    source = make_source(an_ended_run(account=account_of(tally)), [an_interval(1, {FAST: tally})])
    found = {one.get("name"): one.get("value") for one in ET.fromstring(junit_of(source)).iter("property")}

    assert found["account of steps"] == "5 due = 3 sent + 2 skipped"
    assert [name for name in found if name and "iterations" in name] == ["account of iterations"]


def test_limits_of_a_live_run_are_not_judged(make_source: MakeSource) -> None:
    run = a_run()
    source = make_source(run, [an_interval(1, OPS)])

    assert results_of(junit_of(source)) == {"the run finished": "error", "p95_ms": "skipped"}


@pytest.mark.parametrize(
    "run",
    [
        an_ended_run(status=RunStatus.FAILED, verdict=Verdict.NONE, exit_reason=None, started_at=None),
        an_ended_run(verdict=Verdict.INVALID, verdict_reason="samples were lost"),
        an_ended_run(verdict=Verdict.UNKNOWN, figures=None, totals=None),
    ],
    ids=lambda run: str(run.verdict),
)
def test_a_run_without_a_valid_result_is_an_error(make_source: MakeSource, run: Run) -> None:
    assert results_of(junit_of(make_source(run, [])))["the run finished"] == "error"


def test_hostile_texts_stay_in_valid_files(make_source: MakeSource) -> None:
    tally = Tally()
    tally.add_check(HOSTILE[3], 1, 1)
    slos = SloSet(operations={text: {"p95_ms": 1.0} for text in HOSTILE})
    run = an_ended_run(
        label=HOSTILE[1], base_url=HOSTILE[0], verdict=Verdict.INVALID, verdict_reason=HOSTILE[2]
    )
    run = replace(run, context=run.context.with_slo_set(slos))
    ops = {OpKey(text, "", ""): a_tally() for text in HOSTILE} | {OpKey("checked", "", ""): tally}
    names = cases_of(junit_of(make_source(run, [an_interval(1, ops)])))

    assert set(names) >= {f"{valid_xml(text)}: p95_ms" for text in HOSTILE}

"""The terminal's tables: figures, SLOs and verdict. User-supplied text is never markup."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from dashboard.model.figures import figures_of
from dashboard.model.record import record_of
from dashboard.model.run import RunStatus, Verdict
from dashboard.terminal.report import (
    format_figure,
    format_share,
    print_comparison,
    print_failed_checks,
    print_result,
    progress_line,
    verdict_line,
)
from dashboard.terminal.run import exit_code
from tests.factories import a_run, a_tally

NO_SLO: dict[str, Any] = {"checks": {}, "operations": {}, "groups": {}}
FIGURES = figures_of(a_tally([0.1] * 99, failed=[0.2]), 10, 500)


def a_record(status: RunStatus = RunStatus.FINISHED, **changes: Any) -> dict[str, Any]:
    return record_of(a_run(status=status, figures=FIGURES, **changes))


def test_missing_figures_are_dashes() -> None:
    assert format_figure(None) == "—"
    assert format_share(None) == "—"


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (12_345, "12345"), (3.14159, "3.14"), (1234.56, "1235"), (999.6, "1000")]
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert format_figure(value) == text


def test_progress_shows_the_figures_so_far() -> None:
    assert progress_line(record_of(a_run(status=RunStatus.STARTING))) == "starting     0.0 s of 30 s"
    assert "100 requests" in progress_line(a_record(RunStatus.RUNNING))


def test_the_comparison_with_the_baseline_is_printed_if_there_is_one() -> None:
    out = StringIO()
    console = Console(file=out, width=200)
    print_comparison(console, {"run": None, "judgment": None})
    assert out.getvalue() == ""
    judgment = {"outcome": "worse", "headline": "This run is worse than the baseline: 1 operation slower"}
    print_comparison(console, {"run": {"run_id": "20261120-101500-aaaaaaaa"}, "judgment": judgment})
    assert out.getvalue() == f"  {judgment['headline']}\n  baseline 20261120-101500-aaaaaaaa\n"


def test_brackets_in_a_name_are_not_markup() -> None:
    out = StringIO()
    op = {"op": "[red]x[/red]", "group": "[g]", "total_reqs": 1, "errors": 0, "checks_rate": None}
    op |= dict.fromkeys(("avg_ms", "p50_ms", "p95_ms", "p99_ms"))
    print_result(Console(file=out, width=200), a_record(), [op], NO_SLO)
    assert "[red]x[/red]" in out.getvalue()


def test_a_long_name_is_not_cut_on_a_narrow_terminal() -> None:
    out = StringIO()
    name = "ListAllProductsOfTheSpringCollection"
    op = {"op": name, "group": "catalog", "total_reqs": 100_000, "errors": 0, "checks_rate": 0.999}
    op |= dict.fromkeys(("avg_ms", "p50_ms", "p95_ms", "p99_ms"), 123.4)
    print_result(Console(file=out, width=80), a_record(), [op], NO_SLO)
    assert "…" not in out.getvalue()


def test_slos_of_every_level_are_listed() -> None:
    out = StringIO()
    met = {"pass": True, "reason": "p95 382 ms < 500 ms"}
    breached = {"pass": False, "reason": "error rate 2.1% > 1%"}
    unknown = {"pass": None, "reason": "p99 was not measured (limit 1 ms)"}
    slo = {
        "checks": {"p95_ms": met},
        "operations": {"[red]List": {"error_rate": breached}},
        "groups": {"g": {"p99_ms": unknown}},
    }
    print_result(Console(file=out, width=100), a_record(), [], slo)
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert " ✓  p95 382 ms < 500 ms" in lines
    assert " ✗  error rate 2.1% > 1%               [red]List" in lines
    assert " ?  p99 was not measured (limit 1 ms)  group g" in lines


def test_failed_checks_are_listed() -> None:
    out = StringIO()
    checks = [
        {"op": "[red]Pay", "check": f"check {n}", "fails": fails, "passes": 5}
        for n, fails in ((1, 3), (2, 0))
    ]
    print_failed_checks(Console(file=out, width=100), checks)
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert " check 1  [red]Pay        3   8" in lines
    assert "check 2" not in out.getvalue()


def test_only_the_most_frequent_failed_checks_are_listed() -> None:
    out = StringIO()
    checks = [{"op": "Pay", "check": f"check {n}", "fails": 1, "passes": 0} for n in range(25)]
    print_failed_checks(Console(file=out, width=100), checks)
    assert "and 5 more failed checks" in out.getvalue()


def test_without_failed_checks_nothing_is_printed() -> None:
    out = StringIO()
    print_failed_checks(Console(file=out, width=100), [])
    assert out.getvalue() == ""


def test_the_verdict_is_printed_with_its_reason() -> None:
    line = verdict_line(a_record(verdict=Verdict.FAIL, verdict_reason="p95_ms 612 > 500"))
    assert "failed (p95_ms 612 > 500)" in line.plain


def test_a_failed_run_is_printed_with_its_reason() -> None:
    line = verdict_line(
        a_record(RunStatus.FAILED, verdict=Verdict.UNKNOWN, exit_reason="the script failed: boom")
    )
    assert "the script failed: boom" in line.plain


@pytest.mark.parametrize(
    ("status", "verdict", "code"),
    [
        (RunStatus.FINISHED, Verdict.PASS, 0),
        (RunStatus.FINISHED, Verdict.NONE, 0),
        (RunStatus.FINISHED, Verdict.FAIL, 99),
        (RunStatus.FINISHED, Verdict.UNKNOWN, 3),
        (RunStatus.FINISHED, Verdict.INVALID, 3),
        (RunStatus.STOPPED, Verdict.NONE, 4),
        (RunStatus.INTERRUPTED, Verdict.UNKNOWN, 4),
        (RunStatus.FAILED, Verdict.UNKNOWN, 1),
    ],
)
def test_exit_codes(status: RunStatus, verdict: Verdict, code: int) -> None:
    assert exit_code(a_record(status, verdict=verdict)) == code


def test_a_run_stopped_for_a_breached_slo_has_failed() -> None:
    record = a_record(
        RunStatus.STOPPED, verdict=Verdict.FAIL, slo_abort_reason="SLO breached: p95 9 ms > 1 ms"
    )
    assert exit_code(record) == 99

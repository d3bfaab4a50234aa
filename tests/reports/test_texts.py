"""Badge, JUnit, Markdown, CSV and summary: their content, and that user text stays text."""

import csv
import io
import json
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
from markdown_it import MarkdownIt

from dashboard.model.account import account_of
from dashboard.model.figures import figures_of
from dashboard.model.run import RunContext, RunStatus, Verdict
from dashboard.model.snapshot import OpKey
from dashboard.reports.badge import BADGE_METRICS, GREEN, RED, badge_of, render_badge
from dashboard.reports.counts import counts_of
from dashboard.reports.csv_text import OPERATION_COLUMNS, operation_rows, without_formula
from dashboard.reports.markdown import MAX_SUMMARY_BYTES, inline_code, markdown_of
from dashboard.reports.summary import summary_of, summary_schema
from dashboard.reports.texts import format_figure
from dashboard.reports.xml_text import valid_xml
from tests.factories import a_run, a_tally, an_ended_run, an_interval
from tests.hostile import hostile_texts
from tests.reports.conftest import MakeSource, intervals_of

HOSTILE = hostile_texts()
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def text_of(xml: str) -> str:
    return " ".join(ET.fromstring(xml).itertext())


def test_there_are_at_least_500_hostile_texts() -> None:
    assert len(HOSTILE) >= 500


@pytest.mark.parametrize(
    ("changes", "outcome", "color"),
    [
        ({}, "passed", GREEN),
        ({"verdict": Verdict.FAIL}, "failed", RED),
        ({"verdict": Verdict.INVALID}, "invalid", "#a84300"),
        ({"verdict": Verdict.NONE}, "no SLO", "#5f6368"),
        ({"status": RunStatus.FAILED, "verdict": Verdict.NONE}, "could not run", RED),
        ({"status": RunStatus.STOPPED, "verdict": Verdict.NONE}, "stopped", "#5f6368"),
        ({"status": RunStatus.INTERRUPTED, "verdict": Verdict.UNKNOWN}, "interrupted", "#5f6368"),
    ],
)
def test_a_badge_shows_the_outcome(
    make_source: MakeSource, changes: dict[str, Any], outcome: str, color: str
) -> None:
    svg = badge_of(make_source(an_ended_run(**changes)))

    assert f"performance: {outcome}" in text_of(svg)
    assert color in svg


def test_the_badge_of_a_figure_is_colored_by_its_slo(make_source: MakeSource) -> None:
    run = an_ended_run()
    slos = {"p95_ms": 1.0, "error_rate": 0.5}
    source = make_source(replace(run, context=replace(run.context, slos=slos)))

    assert RED in badge_of(source, "checkout", "p95_ms")
    assert GREEN in badge_of(source, "checkout", "error_rate")
    assert "checkout: 0%" in text_of(badge_of(source, "checkout", "error_rate"))
    assert all(badge_of(source, metric=metric) for metric in BADGE_METRICS)


def test_a_missing_figure_is_a_dash(make_source: MakeSource) -> None:
    source = make_source(an_ended_run(figures=figures_of(a_tally(()), None, 500)), [])

    assert "performance: —" in text_of(badge_of(source, metric="p95_ms"))


def test_a_badge_shows_hostile_labels_unchanged() -> None:
    for text in HOSTILE:
        assert f"{valid_xml(text)}: {valid_xml(text)}" in text_of(render_badge(text, text, GREEN))


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("p95_ms", 382.4, "382 ms"),
        ("error_rate", 0.021, "2.1%"),
        ("total_reqs", 1_234_567, "1,234,567"),
        ("rps", 41.234, "41.2/s"),
        ("apdex_score", None, "—"),
        ("avg_ms", 999.6, "1,000 ms"),
        ("avg_ms", 0.00001, "0.00001 ms"),
    ],
)
def test_figures_have_their_units(name: str, value: float | None, text: str) -> None:
    assert format_figure(name, value) == text


def test_hostile_texts_in_markdown_stay_text() -> None:
    for text in HOSTILE:
        cell = inline_code(text)
        html = MARKDOWN.render(f"| a | b |\n| --- | --- |\n| {cell} | x |\n\n- Label: {cell}\n")
        cells = re.findall(r"<td>(.*?)</td>", html, re.DOTALL)

        assert len(cells) == 2, text
        assert "<" not in re.sub(r"</?code>", "", cells[0]), text
        assert html.count("<li>") == 1


def test_the_markdown_summary_is_complete(make_source: MakeSource) -> None:
    text = markdown_of(make_source())

    assert text.startswith("## ✅ k6 `smoke`: passed")
    for part in (
        "| `p95_ms` | ✅ met |",
        "- Target: `http://127.0.0.1:8000`",
        "| Requests |",
        "`ListProducts`",
    ):
        assert part in text


def test_the_markdown_summary_stays_below_its_maximum_size(make_source: MakeSource) -> None:
    text = markdown_of(
        make_source(intervals=intervals_of(*(f"{'operation' * 20} {n}" for n in range(1_000))))
    )

    assert len(text.encode()) <= MAX_SUMMARY_BYTES
    shown_rows = text.count("operationoperation") // 20
    assert f"and {1_000 - text.count('| `operation')} more" in text
    assert shown_rows


def test_formulas_become_text_and_numbers_stay_numbers() -> None:
    assert [without_formula(cell) for cell in (-1.5, 0, None, "+1", "a=b")] == [-1.5, 0, None, "'+1", "a=b"]


INVISIBLE = (
    " ",
    "\x00",
    "\ufeff",
    "\u200b",
    "\xa0",
    "\u3000",
    "\x1b",
    "\u2060",
    "\x0b",
    "\x85",
    "\u2028",
    " \x00\ufeff ",
)


@pytest.mark.parametrize("before", INVISIBLE, ids=ascii)
@pytest.mark.parametrize("start", "=+-@＝＋－＠")
def test_a_formula_after_invisible_characters_becomes_text(before: str, start: str) -> None:
    cell = f"{before}{start}1+1"
    assert without_formula(cell) == f"'{cell}"
    assert without_formula(f"{before}1{start}1") == f"{before}1{start}1"


def test_no_hostile_text_becomes_a_formula(make_source: MakeSource) -> None:
    rows = list(
        csv.DictReader(
            io.StringIO("".join(operation_rows(make_source(intervals=intervals_of(*HOSTILE)))), newline="")
        )
    )

    assert {row["op"].removeprefix("'") for row in rows} == {text.removeprefix("'") for text in HOSTILE}
    assert not [row["op"] for row in rows if row["op"][0] in "=+-@\t\r\n＝＋－＠"]
    assert list(rows[0]) == list(OPERATION_COLUMNS)


@pytest.mark.parametrize(
    "run",
    [an_ended_run(), a_run(figures=None), an_ended_run(figures=None, totals=None, context=RunContext())],
)
def test_a_summary_is_valid_against_its_schema(make_source: MakeSource, run: Any) -> None:
    summary = summary_of(make_source(run)).model_dump_json()

    jsonschema_rs.validator_for(summary_schema()).validate(json.loads(summary))


def test_every_export_names_failed_checks_and_lost_work(make_source: MakeSource) -> None:
    tally = a_tally(failed=(0.2, 0.3))
    tally.add_fault(("skipped", "no value for id"), 4)
    tally.counters["dropped_iterations"] = 9.0
    totals = replace(an_ended_run().totals, dropped_iterations=9)  # type: ignore[type-var]
    source = make_source(
        an_ended_run(totals=totals, account=account_of(tally)),
        [an_interval(1, {OpKey("Pay", "", ""): tally})],
    )
    summary, markdown = summary_of(source), markdown_of(source)
    (row,) = csv.DictReader(io.StringIO("".join(operation_rows(source)), newline=""))

    assert summary.totals is not None
    assert (summary.totals.dropped_iterations, summary.totals.skipped_requests) == (9, 4)
    assert [(check.op, check.check, check.fails) for check in summary.checks] == [("Pay", "status is 200", 2)]
    assert "| `status is 200` | `Pay` | 2 of 5 |" in markdown
    assert "Dropped iterations | `9, which never began`" in markdown
    assert "4 skipped" in markdown
    assert row["failed_checks"] == "status is 200 (2 of 5)"


def test_exports_contain_the_account_of_the_run(
    make_source: MakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_source()
    source.record["account"] = {"iterations": {"thrown": 6}, "steps": {"skipped": 5}}
    monkeypatch.setattr(source, "ops", [row | {"skipped": 5, "thrown": 6} for row in source.ops])
    (row,) = csv.DictReader(io.StringIO("".join(operation_rows(source)), newline=""))

    assert counts_of(source) | {"iterations": 0} == {
        "iterations": 0,
        "dropped_iterations": 0,
        "thrown_iterations": 6,
        "skipped_requests": 5,
    }
    assert (row["skipped"], row["thrown"]) == ("5", "6")

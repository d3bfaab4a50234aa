"""summary.md: a run as Markdown for a pull request comment, at most 60 kB. User text is shown verbatim, as code."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from dashboard.model.account_text import account_rows
from dashboard.model.masking import mask_texts
from dashboard.reports.counts import share_text
from dashboard.reports.source import ReportSource
from dashboard.reports.texts import MISSING, OUTCOMES, format_clock, format_figure
from dashboard.templating import render

TEMPLATES = Path(__file__).with_name("templates")
MAX_SUMMARY_BYTES = 60_000
MAX_TEXT_CHARS = 200
ICONS = {"pass": "✅", "fail": "❌", "failed": "❌", "invalid": "⚠️", "unknown": "⚠️"}
SLO_STATES = {True: "✅ met", False: "❌ breached", None: "⚠️ not measured"}
FIGURES = (
    *(("Requests", "total_reqs"), ("Throughput", "rps"), ("Errors", "error_rate"), ("Average", "avg_ms")),
    *(("p50", "p50_ms"), ("p95", "p95_ms"), ("p99", "p99_ms")),
    *(("Apdex", "apdex_score"), ("Checks", "checks_rate")),
)
OPERATION_COLUMNS = ("Operation", "Requests", "Throughput", "Errors", "p50", "p95", "p99")
CHECK_COLUMNS = ("Check", "Operation", "Failed")
OPERATION_FIGURES = ("total_reqs", "rps", "error_rate", "p50_ms", "p95_ms", "p99_ms")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f\u2028\u2029]+")
_BACKTICKS = re.compile("`+")
_MARKUP = re.compile(r"[!-/:-@\[-`{-~]")


def markdown_of(source: ReportSource) -> str:
    """Return the whole summary. Operations and error messages that do not fit are only counted."""
    text = _head(source)
    operations = [_operation_cells(row) for row in slowest_first(source.ops)]
    text += _section("Operations", OPERATION_COLUMNS, operations, MAX_SUMMARY_BYTES - len(text.encode()))
    checks = [_check_cells(row) for row in source.failed_checks]
    text += _section("Failed checks", CHECK_COLUMNS, checks, MAX_SUMMARY_BYTES - len(text.encode()))
    messages = source.breakdown.get("error_messages", [])
    rows = [(inline_code(row["name"]), str(row["count"])) for row in messages]
    return text + _section("Errors", ("Message", "Requests"), rows, MAX_SUMMARY_BYTES - len(text.encode()))


def slowest_first(ops: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    """Sort operations by descending p95, those without requests last."""
    return sorted(ops, key=lambda row: -float(row["p95_ms"] or 0.0))  # type: ignore[arg-type]


def inline_code(text: str | None) -> str:
    """Format user text as inline code on one line, so that nothing in it becomes markup, a link or a mention."""
    line = _BLANK.sub(" ", text or "").strip()
    if not line:
        return MISSING
    if len(line) > MAX_TEXT_CHARS:
        line = line[:MAX_TEXT_CHARS] + "…"
    if "|" in line or "\\" in line:
        # A pipe ends a table cell even in code, and renderers differ on how to escape it there.
        return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", line)
    fence = "`" * (1 + max(map(len, _BACKTICKS.findall(line)), default=0))
    padding = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{padding}{line}{padding}{fence}"


def _head(source: ReportSource) -> str:
    record = source.record
    return render(
        TEMPLATES,
        "summary.md.j2",
        icon=ICONS.get(source.outcome, "ℹ️"),
        profile=inline_code(record["profile"]),
        outcome=OUTCOMES[source.outcome],
        reason=inline_code(_reason(record)),
        comparison=_comparison_text(source),
        properties=_properties(source),
        slos=[_slo_cells(row) for row in source.slos],
        thresholds=[
            (inline_code(threshold.message), SLO_STATES[threshold.passed])
            for threshold in source.run.thresholds
        ],
        figures=[(name, format_figure(key, record[key])) for name, key in FIGURES],
        account=[(name, inline_code(text)) for name, text in account_rows(record["account"])],
        missing=MISSING,
    )


def _reason(record: dict[str, Any]) -> str | None:
    finished = record["status"] == "finished"
    reason: str | None = record["verdict_reason" if finished else "exit_reason"]
    return reason if finished or reason else f"the run is {record['status']}"


def _comparison_text(source: ReportSource) -> str:
    """Return the sentence about the baseline; empty without one."""
    compared = source.baseline
    if compared is None:
        return ""
    sentence = mask_texts(compared.comparison.judgment.headline)
    return f"{inline_code(sentence)} ({inline_code(compared.baseline.run_id)})"


def _properties(source: ReportSource) -> list[tuple[str, str]]:
    record = source.record
    length = f"{format_clock(record['duration_s'])} of {format_clock(record['planned_s'])} planned"
    return [
        ("Run", inline_code(record["run_id"])),
        ("Target", inline_code(record["base_url"])),
        ("Label", inline_code(record["label"])),
        ("Environment", inline_code(record["env_profile"])),
        ("Started", record["started_at"] or MISSING),
        ("Load", f"{length}, up to {record['vus_max']} VUs"),
        *((inline_code(name), inline_code(value)) for name, value in source.description["meta"].items()),
    ]


def _slo_cells(row: dict[str, Any]) -> tuple[str, ...]:
    name = f"{row['level']} {inline_code(row['name'])} " if row["name"] else ""
    figures = (format_figure(row["key"], row[part]) for part in ("value", "limit"))
    return (f"{name}{inline_code(row['key'])}", SLO_STATES[row["passed"]], *figures)


def _operation_cells(row: dict[str, object]) -> tuple[str, ...]:
    return (inline_code(str(row["op"])), *(format_figure(name, row[name]) for name in OPERATION_FIGURES))


def _check_cells(row: dict[str, Any]) -> tuple[str, ...]:
    return (inline_code(row["check"]), inline_code(row["op"]), share_text(row))


def _section(title: str, columns: Sequence[str], rows: Sequence[tuple[str, ...]], max_bytes: int) -> str:
    """Return a heading and a table with as many `rows` as fit into `max_bytes`, at least one. Empty without rows."""
    if not rows:
        return ""
    empty = _render_section(title, columns, (), len(rows))
    count = max(1, _count_fitting(rows, max_bytes - len(empty.encode())))
    return _render_section(title, columns, rows[:count], len(rows) - count)


def _render_section(title: str, columns: Sequence[str], rows: Sequence[tuple[str, ...]], omitted: int) -> str:
    return render(TEMPLATES, "section.md.j2", title=title, columns=columns, rows=rows, omitted=omitted)


def _count_fitting(rows: Sequence[tuple[str, ...]], room: int) -> int:
    """Count how many of the first `rows` fit into `room` bytes as table rows."""
    for count, row in enumerate(rows):
        room -= len("|  |\n") + sum(len(cell.encode()) + len(" | ") for cell in row) - len(" | ")
        if room < 0:
            return count
    return len(rows)

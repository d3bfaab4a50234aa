"""The report for readers without scripts, such as the preview of a mail client: tables, and charts as SVG."""

from collections.abc import Iterator, Mapping
from typing import Any

from dashboard.model.account_text import account_rows
from dashboard.reports.facts import facts_of
from dashboard.reports.source import ReportSource
from dashboard.reports.svg_chart import TEMPLATES, Line, svg_chart
from dashboard.reports.texts import METRIC_NAMES, MISSING, OUTCOMES, format_figure
from dashboard.templating import render, trusted_html

MAX_OPERATIONS = 100
SLO_STATES = {True: "met", False: "breached", None: "not measured"}
FIGURES = (
    *(("Requests", "total_reqs"), ("Throughput", "rps"), ("Errors", "error_rate"), ("Average", "avg_ms")),
    *(("p50", "p50_ms"), ("p95", "p95_ms"), ("p99", "p99_ms"), ("Apdex", "apdex_score")),
    ("Checks", "checks_rate"),
)
OPERATION_FIGURES = ("total_reqs", "rps", "error_rate", "avg_ms", "p50_ms", "p95_ms", "p99_ms")
# Title, unit, factor, and the columns with their names and colors.
CHARTS: tuple[tuple[str, str, float, tuple[tuple[str, str, str], ...]], ...] = (
    ("Throughput", "requests per second", 1, (("RPS", "rps", "#0f766e"),)),
    (
        "Latency",
        "ms",
        1,
        (("p50", "p50_ms", "#a78bfa"), ("p95", "p95_ms", "#6d28d9"), ("p99", "p99_ms", "#be185d")),
    ),
    ("Errors", "% of requests", 100, (("errors", "error_rate", "#dc2626"),)),
    ("Virtual users", "VUs", 1, (("active", "vus", "#64748b"),)),
)


def static_body(source: ReportSource, data: Mapping[str, Any]) -> str:
    """Return the report as HTML without scripts or styles. `data` is the data of the page."""
    record = source.record
    return render(
        TEMPLATES,
        "report.html.j2",
        run=record,
        outcome=OUTCOMES[source.outcome],
        reason=record["verdict_reason"] or record["exit_reason"] or "",
        limits=[(SLO_STATES[result.passed], result.labeled_message) for result in source.results],
        thresholds=[(SLO_STATES[row.passed], row.message) for row in source.run.thresholds],
        charts=list(_charts(data["columns"])),
        figures=[(name, format_figure(key, record[key])) for name, key in FIGURES],
        failing=[
            (
                row["op"],
                row["cause"],
                format_figure("count", row["count"]),
                format_figure("error_rate", row["share"]),
            )
            for row in data["failing"]
        ],
        operations=[_cells(row) for row in data["ops"][:MAX_OPERATIONS]],
        more_operations=max(0, len(data["ops"]) - MAX_OPERATIONS),
        comparison=data["comparison"],
        differences=list(_differences(data["comparison"])),
        account=account_rows(record["account"]),
        facts=facts_of(source),
        missing=MISSING,
    )


def _charts(columns: Mapping[str, list[Any]]) -> Iterator[tuple[str, str, list[Line], object]]:
    """Yield title, unit, lines and drawing of each chart. Without windows there are none."""
    if not columns["elapsed_s"]:
        return
    for title, unit, factor, series in CHARTS:
        lines = [
            Line(name, [value and value * factor for value in columns[column]], color)
            for name, column, color in series
        ]
        yield title, unit, lines, trusted_html(svg_chart(title, columns["elapsed_s"], lines))


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (str(row["op"]), *(format_figure(name, row[name]) for name in OPERATION_FIGURES))


def _differences(comparison: Mapping[str, Any] | None) -> Iterator[tuple[str, ...]]:
    """Yield name, baseline, this run and direction of each figure that at least one of the two runs has."""
    for row in comparison["rows"] if comparison else ():
        if row["a"] is not None or row["b"] is not None:
            values = (format_figure(row["metric"], row[side]) for side in ("a", "b"))
            yield (
                METRIC_NAMES.get(row["metric"], row["metric"].removesuffix("_ms")),
                *values,
                "≈ same" if row["direction"] == "same" else row["direction"] or MISSING,
            )

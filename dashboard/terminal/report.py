"""Terminal output of a run: a progress line while k6 runs, tables at the end. User-supplied text is never markup."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dashboard.model.account_text import account_rows
from dashboard.model.number_text import format_number, setting_text
from dashboard.model.printable import printable_line

SYMBOLS = {"pass": ("✓", "green"), "fail": ("✗", "red"), "none": ("–", "dim")}
MISSING = "—"
OUTCOME_STYLES = {"better": "green", "worse": "red", "same": ""}
MAX_FAILED_CHECKS = 20
UNKNOWN = ("?", "yellow")
VERDICT_TEXTS = {
    "pass": "passed",
    "fail": "failed",
    "none": "no SLOs",
    "unknown": "verdict unknown",
    "invalid": "the run is invalid",
}


def progress_line(record: dict[str, Any]) -> str:
    """Return status, elapsed time and the figures so far in one line."""
    elapsed_s = record["elapsed_s"] or 0.0
    parts = [f"{record['status']:<9} {elapsed_s:6.1f} s of {setting_text(record['planned_s'])} s"]
    if record["total_reqs"] is not None:
        parts.append(f"{record['total_reqs']} requests")
        parts.append(f"{format_figure(record['rps'])}/s")
        parts.append(f"p95 {format_figure(record['p95_ms'])} ms")
        parts.append(f"errors {format_share(record['error_rate'])}")
    return " · ".join(parts)


def print_result(
    console: Console, record: dict[str, Any], ops: list[dict[str, Any]], slo: dict[str, Any]
) -> None:
    """Print the operations, the SLOs, the figures of the run, and the verdict."""
    if ops:
        console.print(_operation_table(ops))
    if rows := list(_slo_rows(slo)):
        console.print(_slo_table(rows))
    for threshold in record.get("thresholds", ()):
        symbol, style = SYMBOLS["pass" if threshold["passed"] else "fail"]
        text = printable_line(f"threshold {threshold['metric']}: {threshold['expression']}")
        console.print(Text(f"{symbol} {text}", style=style))
    console.print(_figure_table(record))
    console.print(verdict_line(record))


def print_failed_checks(console: Console, checks: list[dict[str, Any]]) -> None:
    """Print which checks failed and how often, most failures first."""
    failed = [check for check in checks if check["fails"]]
    if not failed:
        return
    table = Table(title="Failed checks", title_justify="left", box=None)
    for name in ("check", "operation"):
        table.add_column(name, overflow="fold")
    for name in ("failed", "of"):
        table.add_column(name, justify="right")
    for check in failed[:MAX_FAILED_CHECKS]:
        fails, evaluated = check["fails"], check["fails"] + check["passes"]
        table.add_row(Text(check["check"]), Text(check["op"]), str(fails), str(evaluated))
    console.print(table)
    if len(failed) > MAX_FAILED_CHECKS:
        console.print(f"and {len(failed) - MAX_FAILED_CHECKS} more failed checks")


def print_comparison(console: Console, baseline: dict[str, Any]) -> None:
    """Print the sentence about the baseline, if there is one."""
    judgment = baseline["judgment"]
    if judgment is None:
        return
    style = OUTCOME_STYLES.get(judgment["outcome"], "yellow")
    console.print(Text(f"  {printable_line(judgment['headline'])}", style=style))
    console.print(Text(f"  baseline {baseline['run']['run_id']}", style="dim"))


def verdict_line(record: dict[str, Any]) -> Text:
    """Return the status of the run, and the verdict with its reason."""
    verdict = record["verdict"]
    symbol, style = SYMBOLS.get(verdict, UNKNOWN)
    line = Text(f"{symbol} {record['profile']} {record['status']}: ", style=style)
    line.append(VERDICT_TEXTS.get(verdict, "no verdict"), style=f"bold {style}")
    if (verdict != "none" or record.get("steering_note")) and record["verdict_reason"]:
        line.append(f" ({record['verdict_reason']})")
    if record["status"] not in ("finished", "stopped"):
        line.append(f"\n  {record['exit_reason']}")
    line.append(f"\n  run {record['run_id']}", style="dim")
    return line


def _operation_table(ops: list[dict[str, Any]]) -> Table:
    table = Table(title="Operations", title_justify="left", box=None)
    for name in ("operation", "group"):
        table.add_column(name, overflow="fold")
    for name in ("requests", "errors", "avg ms", "p50 ms", "p95 ms", "p99 ms", "checks"):
        table.add_column(name, justify="right")
    for op in ops:
        latency = [format_figure(op[name]) for name in ("avg_ms", "p50_ms", "p95_ms", "p99_ms")]
        table.add_row(
            Text(op["op"]),
            Text(op["group"]),
            str(op["total_reqs"]),
            str(op["errors"]),
            *latency,
            format_share(op["checks_rate"]),
        )
    return table


def _slo_rows(slo: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every SLO with the name of its operation or group, which is empty for the run itself."""
    yield from (("", check) for check in slo["checks"].values())
    for name, checks in slo["operations"].items():
        yield from ((name, check) for check in checks.values())
    for name, checks in slo["groups"].items():
        yield from ((f"group {name}", check) for check in checks.values())


def _slo_table(rows: list[tuple[str, dict[str, Any]]]) -> Table:
    table = Table("", "SLO", "of", title="SLOs", title_justify="left", box=None)
    for name, check in rows:
        symbol, style = {True: SYMBOLS["pass"], False: SYMBOLS["fail"], None: UNKNOWN}[check["pass"]]
        table.add_row(Text(symbol, style=style), Text(check["reason"]), Text(name))
    return table


def _figure_table(record: dict[str, Any]) -> Table:
    table = Table(title="Run", title_justify="left", box=None, show_header=False)
    latency = " / ".join(format_figure(record[f"p{q}_ms"]) for q in (50, 75, 90, 95, 99))
    source = {"exact": "exact", "histogram": "from histograms"}.get(record["percentiles_from"] or "", "")
    table.add_row("requests", f"{format_figure(record['total_reqs'])} ({format_figure(record['rps'])}/s)")
    table.add_row("errors", f"{format_figure(record['errors'])} ({format_share(record['error_rate'])})")
    table.add_row("p50 / p75 / p90 / p95 / p99", f"{latency} ms {source}")
    table.add_row("Apdex", f"{format_figure(record['apdex_score'])} {record['apdex_grade'] or ''}")
    table.add_row("checks", format_share(record["checks_rate"]))
    for name, text in account_rows(record.get("account")):
        table.add_row(name.lower(), Text(printable_line(text)))
    return table


def format_figure(value: float | None) -> str:
    """Format a figure with three significant digits, or as a dash when it is missing."""
    return MISSING if value is None else format_number(value)


def format_share(value: float | None) -> str:
    """Format a ratio as a percentage, or as a dash when it is missing."""
    return MISSING if value is None else f"{format_number(value * 100)}%"

"""Figures and outcomes as text, the same in the badge, the Markdown summary and the test results."""

from dashboard.model.number_text import format_number

OUTCOMES = {
    "pass": "passed",
    "fail": "failed",
    "none": "no SLO",
    "unknown": "unknown",
    "invalid": "invalid",
    "failed": "could not run",
    "stopped": "stopped",
    "interrupted": "interrupted",
    "queued": "queued",
    "starting": "running",
    "running": "running",
    "stopping": "running",
}
# The names that the page uses in comparisons.
METRIC_NAMES = {
    "rps": "RPS, mean",
    "total_reqs": "Requests",
    "errors": "Failed requests",
    "error_rate": "Errors",
    "avg_ms": "Average",
    "min_ms": "Minimum",
    "max_ms": "Maximum",
    "success_avg_ms": "Average of successful requests",
    "success_p95_ms": "p95 of successful requests",
    "ttfb_ms": "Time to first byte, mean",
    "apdex_score": "Apdex",
    "checks_rate": "Checks passed",
    "iterations": "Iterations",
    "dropped_iterations": "Dropped iterations",
    "connection_reuse_rate": "Connection reuse",
    "data_received_bytes": "Data in",
    "data_sent_bytes": "Data out",
}
RATIOS = ("error_rate", "checks_rate", "connection_reuse_rate")
MISSING = "—"


def format_figure(name: str, value: object) -> str:
    """Format a figure with its unit, or as a dash when it is missing."""
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return MISSING
    if name in RATIOS:
        return f"{_format_grouped(value * 100)}%"
    if name.endswith("_ms"):
        return f"{_format_grouped(value)} ms"
    if name.endswith("_bytes"):
        return f"{value:,.0f} B"
    return f"{_format_grouped(value)}/s" if name == "rps" else _format_grouped(value)


def _format_grouped(value: float) -> str:
    """Format a number below 100 with three significant digits, and others as integers with separators."""
    return f"{value:,.0f}" if abs(value) >= 100 else format_number(value)


def format_clock(seconds: float | None) -> str:
    """Format a duration as `1:02:03`, or as `2:03` below an hour."""
    if seconds is None:
        return MISSING
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

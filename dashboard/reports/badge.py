"""An SVG badge: a label beside the outcome of a run or one of its figures."""

from pathlib import Path
from unicodedata import east_asian_width

from dashboard.reports.source import ReportSource
from dashboard.reports.texts import OUTCOMES, format_figure
from dashboard.reports.xml_text import valid_xml
from dashboard.templating import render

TEMPLATES = Path(__file__).with_name("templates")
DEFAULT_LABEL = "performance"
# White text has a contrast of at least 4.5:1 on each of these.
GREEN, RED, AMBER, BLUE, GRAY = "#2e7d32", "#c62828", "#a84300", "#1565c0", "#5f6368"
COLORS = {"pass": GREEN, "fail": RED, "failed": RED, "invalid": AMBER, "unknown": AMBER, "running": BLUE}
SLO_COLORS = {True: GREEN, False: RED, None: AMBER}
BADGE_METRICS = (
    *("p50_ms", "p75_ms", "p90_ms", "p95_ms", "p99_ms", "avg_ms", "ttfb_ms", "rps", "error_rate"),
    *("checks_rate", "apdex_score", "total_reqs"),
)
_NARROW = frozenset("fijlrtI.,:;|!'()[]{} /")
_WIDE = frozenset("mwMWOQ@%&")


def badge_of(source: ReportSource, label: str = DEFAULT_LABEL, metric: str | None = None) -> str:
    """Return the badge of a run. The color of a figure shows whether it meets its SLO, if it has one."""
    if metric is None:
        return render_badge(label, OUTCOMES[source.outcome], COLORS.get(source.outcome, GRAY))
    slo = next((row for row in source.slos if row["level"] == "run" and row["key"] == metric), None)
    color = BLUE if slo is None else SLO_COLORS[slo["passed"]]
    return render_badge(label, format_figure(metric, source.record[metric]), color)


def no_run_badge(label: str = DEFAULT_LABEL) -> str:
    """Return the badge of `latest` before any run has ended."""
    return render_badge(label, "no run yet", GRAY)


def render_badge(label: str, message: str, color: str) -> str:
    """Render the SVG. `textLength` fits both texts to their estimated widths in any font."""
    return render(
        TEMPLATES,
        "badge.svg.j2",
        label=valid_xml(label),
        message=valid_xml(message),
        label_width=text_width(label),
        message_width=text_width(message),
        color=color,
    )


def text_width(text: str) -> int:
    """Return the approximate width of `text` in Verdana at 11 px."""
    return max(1, round(sum(map(_character_width, text))))


def _character_width(character: str) -> float:
    if character in _NARROW:
        return 4.2
    if character in _WIDE or east_asian_width(character) in "WF":
        return 10.6
    return 7.6 if character.isupper() else 6.6

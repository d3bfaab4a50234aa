"""An SVG badge: what it is about, and how the run ended or what one figure was."""

from unicodedata import east_asian_width

from dashboard.reports.subject import Subject
from dashboard.reports.texts import OUTCOMES, shown
from dashboard.reports.xml_text import xml_text

LABEL = "performance"
# Each is readable in white: at least 4.5 : 1.
GREEN, RED, AMBER, BLUE, GREY = "#2e7d32", "#c62828", "#a84300", "#1565c0", "#5f6368"
COLOURS = {"pass": GREEN, "fail": RED, "failed": RED, "invalid": AMBER, "unknown": AMBER, "running": BLUE}
METRICS = (
    *("p50_ms", "p75_ms", "p90_ms", "p95_ms", "p99_ms", "avg_ms", "ttfb_ms", "rps", "error_rate"),
    *("checks_rate", "apdex_score", "total_reqs"),
)
_NARROW = frozenset("fijlrtI.,:;|!'()[]{} /")
_BROAD = frozenset("mwMWOQ@%&")
_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{label}: {message}">\
<title>{label}: {message}</title>\
<clipPath id="round"><rect width="{width}" height="20" rx="3"/></clipPath>\
<g clip-path="url(#round)"><rect width="{left}" height="20" fill="#444"/>\
<rect x="{left}" width="{right}" height="20" fill="{colour}"/></g>\
<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11" xml:space="preserve">\
<text x="6" y="14" textLength="{label_width}" lengthAdjust="spacingAndGlyphs">{label}</text>\
<text x="{message_x}" y="14" textLength="{message_width}" lengthAdjust="spacingAndGlyphs">{message}</text>\
</g></svg>
"""


def badge_of(subject: Subject, label: str = LABEL, metric: str | None = None) -> str:
    """The badge of a run. A figure is coloured by its own limit, when it has one."""
    if metric is None:
        outcome = subject.outcome
        return drawn(label, OUTCOMES[outcome], COLOURS.get(outcome, GREY))
    limit = next((row for row in subject.slos if row["level"] == "run" and row["key"] == metric), None)
    colour = BLUE if limit is None else {True: GREEN, False: RED, None: AMBER}[limit["passed"]]
    return drawn(label, shown(metric, subject.record[metric]), colour)


def no_badge(label: str = LABEL) -> str:
    """For `latest` before any run has ended."""
    return drawn(label, "no run yet", GREY)


def drawn(label: str, message: str, colour: str) -> str:
    """Two fields side by side; texts are stretched to the width that was reckoned, whatever the font."""
    label_width, message_width = width_of(label), width_of(message)
    left, right = label_width + 12, message_width + 12
    return _SVG.format(
        width=left + right,
        left=left,
        right=right,
        colour=colour,
        label=xml_text(label),
        message=xml_text(message),
        label_width=label_width,
        message_width=message_width,
        message_x=left + 6,
    )


def width_of(text: str) -> int:
    """About as wide as Verdana at 11 px."""
    return max(1, round(sum(map(_width, text))))


def _width(character: str) -> float:
    if character in _NARROW:
        return 4.2
    if character in _BROAD or east_asian_width(character) in "WF":
        return 10.6
    return 7.6 if character.isupper() else 6.6

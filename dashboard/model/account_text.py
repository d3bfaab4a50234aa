"""The account of a run as text, the same in the terminal, the Markdown summary and the test results."""

from collections.abc import Mapping, Sequence
from typing import Any

UNKNOWN = "unknown"
MAX_REASONS = 5
# Of each kind: the total with its verb, then the parts that add up to it. The first part is always shown.
ROWS = (
    ("Iterations", "iterations", "begun", ("completed", "thrown", "cut", "missing")),
    ("Steps", "steps", "due", ("sent", "skipped", "thrown")),
    ("Requests", "requests", "sent", ("answered", "unanswered")),
)
PART_NAMES = {
    "thrown": "with an exception",
    "missing": "not received",
}


def account_rows(account: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Return the account of a record as names and equations; empty for a run of an earlier version."""
    if account is None:
        return []
    rows = [
        (title, _equation(account[kind], total, parts))
        for title, kind, total, parts in ROWS
        if account[kind] is not None
    ]
    if dropped := account["iterations"]["dropped"]:
        rows.append(("Dropped iterations", f"{dropped:,}, which never began"))
    values = account["values"]
    if values is not None and (values["extracted"] or values["missing"]):
        rows.append(("Values to extract", f"{values['extracted']} extracted, {values['missing']} missing"))
    if reasons := _reasons(account):
        rows.append(("Reasons", reasons))
    return rows


def _equation(counts: Mapping[str, Any], total: str, parts: Sequence[str]) -> str:
    shown = [name for name in parts if name == parts[0] or counts[name] != 0]
    summands = (f"{_number(counts[name])} {PART_NAMES.get(name, name)}" for name in shown)
    return f"{_number(counts[total])} {total} = {' + '.join(summands)}"


def _reasons(account: Mapping[str, Any]) -> str:
    """Return the most frequent reasons of skipped and thrown steps and errors of unanswered requests."""
    steps = account["steps"] or {"skip_reasons": {}, "throw_reasons": {}}
    counts = (steps["skip_reasons"], steps["throw_reasons"], account["requests"]["errors"])
    ordered = sorted((item for part in counts for item in part.items()), key=lambda item: -int(item[1]))
    return ", ".join(f"{count} × {reason}" for reason, count in ordered[:MAX_REASONS])


def _number(count: int | None) -> str:
    return UNKNOWN if count is None else f"{count:,}"

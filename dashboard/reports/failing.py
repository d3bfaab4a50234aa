"""The failing operations of a run, most failures first, as the report shows them."""

from collections.abc import Iterable, Mapping
from typing import Any

from dashboard.model.masking import mask_text
from dashboard.model.printable import printable_line

MAX_FAILING = 50
CAUSES = {
    "status": "HTTP {}",
    "error": "{}",
    "check": "Check failed: {}",
    "thrown": "Exception: {}",
    "redirect": "Redirect not followed: {}",
    "extract": "No value to extract: {}",
    "skipped": "Not sent: {}",
    "empty": "{}",
}


def failing_rows(failures: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one row for each operation and cause."""
    rows = [_row(failure) for failure in failures]
    return sorted(rows, key=lambda row: -(row["count"] or 0))[:MAX_FAILING]


def _row(failure: Mapping[str, Any]) -> dict[str, Any]:
    cause = CAUSES[failure["kind"]].format(mask_text(printable_line(failure["name"])))
    return {name: failure[name] for name in ("op", "group", "phase", "count", "share")} | {"cause": cause}

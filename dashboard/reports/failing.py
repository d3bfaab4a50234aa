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


def failing_rows(
    failures: Iterable[Mapping[str, Any]], ops: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return one row for each operation and cause. `share` is that of the requests; None if none was sent."""
    requests = {_key(op): op["total_reqs"] for op in ops}
    rows = [_row(failure, requests.get(_key(failure))) for failure in failures]
    return sorted(rows, key=lambda row: -(row["count"] or 0))[:MAX_FAILING]


def _row(failure: Mapping[str, Any], requests: int | None) -> dict[str, Any]:
    count = failure["count"]
    was_sent = requests and count is not None and failure["kind"] != "skipped"
    return {
        "op": failure["op"],
        "group": failure["group"],
        "phase": failure["phase"],
        "cause": CAUSES[failure["kind"]].format(mask_text(printable_line(failure["name"]))),
        "count": count,
        "share": min(1.0, count / requests) if was_sent and requests else None,
    }


def _key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["op"], row["group"], row["phase"]

"""What went wrong in a run besides failed requests: counts for summary.json, and the texts of failed checks."""

from collections.abc import Mapping
from typing import Any

from dashboard.reports.source import ReportSource


def counts_of(source: ReportSource) -> dict[str, int | None]:
    """Return the counts of the whole run by name. None means not measured."""
    account = source.record.get("account") or {}
    return {
        "iterations": source.record["iterations"],
        "dropped_iterations": source.record["dropped_iterations"],
        "thrown_iterations": (account.get("iterations") or {}).get("thrown"),
        "skipped_requests": (account.get("steps") or {}).get("skipped"),
    }


def failed_check_text(check: Mapping[str, Any]) -> str:
    """Return which check of which operation failed and how often."""
    return f"{check['op']}: {check['check']}: failed {share_text(check)}"


def share_text(check: Mapping[str, Any]) -> str:
    """Return how often a check failed, for example "3 of 120"."""
    return f"{check['fails']:,} of {check['fails'] + check['passes']:,}"

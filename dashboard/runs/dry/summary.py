"""The result of a dry run in one sentence."""

from collections.abc import Sequence

from dashboard.engine.dry import DryRunEntry


def summarize_untried(entries: Sequence[DryRunEntry]) -> str | None:
    """Return what a dry run could not try, so that it failed; None if it tried everything that a load test sends."""
    thrown = [entry for entry in entries if entry.state == "thrown"]
    skipped = [entry for entry in entries if entry.state == "skipped"]
    parts = []
    if thrown:
        parts.append(f"{_count(thrown)} ended with an exception ({_first_reason(thrown)})")
    if skipped:
        verb = "was" if len(skipped) == 1 else "were"
        parts.append(f"{_count(skipped)} {verb} not sent ({_first_reason(skipped)})")
    if not parts and not any(entry.exchange for entry in entries):
        return "no request was sent"
    return "; ".join(parts) or None


def summarize(entries: Sequence[DryRunEntry]) -> str:
    """Return how the requests ended."""
    answered = [entry for entry in entries if entry.exchange is not None]
    failed = sum(entry.failed for entry in answered)
    errors = {entry.exchange.response.error for entry in answered if entry.exchange}
    if len(errors) == 1 and (error := next(iter(errors))):
        return f"the target does not respond: {error}"
    return f"{failed} of {len(answered)} requests failed" if failed else "every request passed"


def _count(entries: Sequence[DryRunEntry]) -> str:
    return "1 request" if len(entries) == 1 else f"{len(entries)} requests"


def _first_reason(entries: Sequence[DryRunEntry]) -> str:
    return f"{entries[0].op}: {entries[0].reason}"

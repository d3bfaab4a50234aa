"""The text exports of a run by file name: the same files in the archive and from the command line."""

from collections.abc import Callable, Iterable
from datetime import datetime

from dashboard.reports.badge import badge_of
from dashboard.reports.csv_text import operation_rows, snapshot_rows
from dashboard.reports.html_report import html_report
from dashboard.reports.junit import junit_of
from dashboard.reports.markdown import markdown_of
from dashboard.reports.page import REPORT, STATIC
from dashboard.reports.source import ReportSource
from dashboard.reports.summary import summary_of
from dashboard.store.store import Store

TEXT_EXPORTS: dict[str, Callable[[ReportSource, Store], Iterable[str]]] = {
    "summary.json": lambda source, _: [summary_of(source).model_dump_json(indent=2)],
    "summary.md": lambda source, _: [markdown_of(source)],
    "junit.xml": lambda source, _: [junit_of(source)],
    "badge.svg": lambda source, _: [badge_of(source)],
    "snapshots.csv": lambda source, store: snapshot_rows(store, source.run.run_id),
    "operations.csv": lambda source, _: operation_rows(source),
}


def export_chunks_of(name: str, source: ReportSource, store: Store, now: datetime) -> Iterable[bytes]:
    """Return the export called `name` in chunks. Raises Unavailable for a report whose page is not built."""
    if name == REPORT:
        return encoded([html_report(source, store, now, STATIC)])
    return encoded(TEXT_EXPORTS[name](source, store))


def encoded(parts: Iterable[str]) -> Iterable[bytes]:
    """Return the parts of a text as UTF-8. What UTF-8 cannot represent becomes a question mark."""
    return (part.encode("utf-8", "replace") for part in parts)

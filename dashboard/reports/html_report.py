"""The HTML report of a run: its page with data for scripts, and with a static version for readers without scripts."""

from datetime import datetime
from pathlib import Path

from dashboard.reports.page import report_page
from dashboard.reports.page_data import page_data
from dashboard.reports.source import ReportSource
from dashboard.reports.static_body import static_body
from dashboard.store.store import Store


def html_report(source: ReportSource, store: Store, now: datetime, static: Path) -> str:
    """Return the report. `static` is the folder of the built page. Raises Unavailable."""
    data = page_data(source, store, now)
    return report_page(static, data, static_body(source, data))

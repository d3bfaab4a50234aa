"""The HTML report: the built page with the run's data as JSON, which no browser executes."""

import re
from collections.abc import Mapping
from pathlib import Path

from dashboard.model.errors import Unavailable
from dashboard.templating import render_page, trusted_html

STATIC = Path(__file__).parents[1] / "static"  # where the setup builds the page
REPORT = "report.html"
_POLICY = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]+)"')


def is_built(static: Path) -> bool:
    """Return whether the report page exists in `static`, the folder of the built page."""
    return (static / REPORT).is_file()


def report_page(static: Path, data: Mapping[str, object], body: str = "") -> str:
    """Return the report of one run. `body` is its HTML for readers without scripts. Raises Unavailable."""
    try:
        return render_page(static, REPORT, data=data, body=trusted_html(body))
    except FileNotFoundError:
        raise Unavailable("The report page is not built yet. Run bin/dashboard, which builds it.") from None


def policy_of(page: str) -> str:
    """Return the Content-Security-Policy that the report page declares."""
    match = _POLICY.search(page)
    return match[1] if match else "default-src 'none'"

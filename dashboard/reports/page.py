"""The HTML report: the built page with the run's data in it as JSON, which nothing in a browser runs."""

import re
from collections.abc import Mapping
from pathlib import Path

from dashboard.model.errors import Unavailable
from dashboard.model.json_text import json_text

TEMPLATE = "report.html"
_PLACE = "%DATA%"
_POLICY = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]+)"')
# None of these means anything in JSON outside its strings, and inside they may be written so.
_ESCAPED = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})


def page_template(static: Path) -> str:
    """The built report without data. Raises Unavailable."""
    try:
        return (static / TEMPLATE).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Unavailable("The report is not built yet: bin/dashboard builds it with the page.") from None


def is_built(static: Path) -> bool:
    """Whether there is a report to fill."""
    return (static / TEMPLATE).is_file()


def report_page(template: str, data: Mapping[str, object]) -> str:
    """The report of one run."""
    head, _, tail = template.partition(_PLACE)
    return f"{head}{json_text(data).translate(_ESCAPED)}{tail}"


def policy_of(template: str) -> str:
    """What the report may do, as it says itself."""
    found = _POLICY.search(template)
    return found[1] if found else "default-src 'none'"

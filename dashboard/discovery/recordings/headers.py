"""Which headers of a recorded request become headers of an endpoint."""

import re
from collections.abc import Iterable
from typing import Final

from dashboard.discovery.recordings.requests import Template

_CONNECTION_NAMES: Final = (
    "accept-encoding connection content-length cookie cookie2 expect host keep-alive proxy-authorization "
    "proxy-connection te trailer transfer-encoding upgrade upgrade-insecure-requests user-agent"
)
_BROWSER_NAMES: Final = (
    "dnt if-modified-since if-none-match if-unmodified-since origin pragma cache-control priority purpose "
    "referer save-data traceparent tracestate x-client-data x-amzn-trace-id sentry-trace baggage"
)
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL: Final = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# k6, the connection or the authentication of the run sets these.
_DROPPED: Final = frozenset(_CONNECTION_NAMES.split())
# They describe the browser, its page or its cache, not the request.
_OF_BROWSER: Final = frozenset(_BROWSER_NAMES.split())
_PREFIXES_OF_BROWSER: Final = (":", "sec-", "x-b3-", "x-datadog-", "cf-")
_REQUEST_IDS: Final = frozenset(
    ["x-request-id", "x-correlation-id", "request-id", "correlation-id", "idempotency-key"]
)


def kept_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the headers that an endpoint sends. A repeated header becomes one with all values."""
    kept: dict[str, str] = {}
    names: dict[str, str] = {}
    for name, value in headers:
        lower = name.strip().lower()
        if not is_kept(lower) or _CONTROL.search(value):
            continue
        known = names.setdefault(lower, name.strip())
        kept[known] = f"{kept[known]}, {value}" if known in kept else value
    return {name: _unique(name, value) for name, value in kept.items()}


def is_kept(lower: str) -> bool:
    """Return whether a header with this name in lower case belongs to the request itself."""
    if lower in _DROPPED or lower in _OF_BROWSER or lower.startswith(_PREFIXES_OF_BROWSER):
        return False
    return _NAME.fullmatch(lower) is not None


def _unique(name: str, value: str) -> str:
    """Replace the id of one request, because every request needs its own."""
    return Template("${uuid}") if name.lower() in _REQUEST_IDS and _UUID.fullmatch(value) else value

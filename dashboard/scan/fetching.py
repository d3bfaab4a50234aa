"""Requests of a scan. Each hop of a redirect passes the same checks as the first request."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urljoin, urlsplit

from dashboard import __version__
from dashboard.model.errors import DashboardError
from dashboard.outbound.addresses import AddressGuard
from dashboard.outbound.route import Route

if TYPE_CHECKING:
    from dashboard.outbound.client import OutboundResponse

MAX_HOPS: Final = 5
REQUEST_TIMEOUT_S: Final = 5.0
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_ACCEPT: Final = "application/json, application/yaml;q=0.9, text/html;q=0.8, */*;q=0.5"


class ScanFailure(Exception):
    """A request of the scan got no usable response; the message gives the reason."""


@dataclass(frozen=True, slots=True)
class ScanResponse:
    """The last response of a chain of redirects, and its URL."""

    url: str
    status: int
    body: bytes
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanClient:
    """Sends the requests of one scan, until `deadline` (time.monotonic).

    check_url: checks a field and its URL, and raises DashboardError if no request may be sent there
    """

    check_url: Callable[[str, str], None]
    guard: AddressGuard
    max_body_bytes: int
    deadline: float

    def get(self, url: str) -> ScanResponse:
        """Get a URL and follow its redirects. Raises ScanFailure."""
        return self._follow(url, "GET", None)

    def post_json(self, url: str, body: bytes) -> ScanResponse:
        """Post JSON. Redirects that keep the method are followed. Raises ScanFailure."""
        return self._follow(url, "POST", body)

    def _follow(self, url: str, method: str, body: bytes | None) -> ScanResponse:
        for _ in range(MAX_HOPS + 1):
            response = self._send(url, method, body)
            if response.status not in _REDIRECTS or response.location is None:
                return ScanResponse(url, response.status, response.body, response.complete)
            if method == "POST" and response.status not in (307, 308):
                raise ScanFailure(f"It redirects to {response.location[:200]}.")
            url = urljoin(url, response.location)
        raise ScanFailure(f"It redirects more than {MAX_HOPS} times.")

    def _send(self, url: str, method: str, body: bytes | None) -> "OutboundResponse":
        from dashboard.outbound.client import fetch
        from dashboard.outbound.failures import NoResponse

        left = self.deadline - time.monotonic()
        if left <= 0:
            raise ScanFailure("The scan took too long.")
        headers = {"User-Agent": f"k6-dashboard/{__version__}", "Accept": _ACCEPT}
        if body is not None:
            headers |= {"Content-Type": "application/json", "Accept": "application/json"}
        try:
            return fetch(
                self._checked(url),
                self.guard,
                headers=headers,
                method=method,
                body=body,
                route=Route(timeout_s=min(REQUEST_TIMEOUT_S, left)),
                max_body_bytes=self.max_body_bytes,
            )
        except NoResponse as error:
            raise ScanFailure(str(error)) from None
        except DashboardError as error:
            raise ScanFailure(error.detail) from None

    def _checked(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            _ = parts.port
        except ValueError:
            raise ScanFailure("Its address is not valid.") from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ScanFailure("It is not an http or https address.")
        if parts.username is not None or parts.password is not None:
            raise ScanFailure("Its address contains a user or a password.")
        if any(ord(character) <= 32 for character in url):
            raise ScanFailure("Its address contains spaces.")
        self.check_url("url", url)
        return parts

"""Sends one guarded request, limited in time and size."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult

import requests
import urllib3

from dashboard.outbound.addresses import AddressGuard
from dashboard.outbound.connector import Connector
from dashboard.outbound.failures import NoResponse, reason_for
from dashboard.outbound.route import DEFAULT_TIMEOUT_S, DIRECT, Route
from dashboard.outbound.session import GuardedSession

MAX_BODY_BYTES = 1024 * 1024
_MAX_HOST_NAME_CHARACTERS = 253


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundResponse:
    """A response; `complete` is false when its body was cut at the size or time limit."""

    status: int
    retry_after: str | None = None
    location: str | None
    duration_ms: float
    body: bytes
    complete: bool


def fetch(
    url: SplitResult,
    guard: AddressGuard,
    *,
    headers: Mapping[str, str],
    method: str = "GET",
    body: bytes | None = None,
    route: Route = DIRECT,
    max_body_bytes: int = MAX_BODY_BYTES,
) -> OutboundResponse:
    """Send one request. Redirects are reported, not followed. Raises AddressRefused, NoResponse."""
    host, port = _encode_host(url.hostname or ""), url.port or (443 if url.scheme == "https" else 80)
    guard.check_name(host)
    connector = Connector(host, port, url.scheme == "https", guard, route)
    time_limit = threading.Timer(route.timeout_s, connector.abort)
    time_limit.daemon = True
    time_limit.start()
    try:
        with GuardedSession(connector) as session:
            request = _prepare(url, method, {**headers, **connector.proxy_headers()}, body)
            return _send(session, connector, request, max_body_bytes)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, UnicodeError) as error:
        cause = TimeoutError() if connector.aborted else error
        raise NoResponse(reason_for(cause, route.timeout_s)) from error
    finally:
        time_limit.cancel()
        connector.close()


def _encode_host(host: str) -> str:
    """Return the IDNA form of a host name. Raises NoResponse for an invalid name, before a proxy receives it."""
    try:
        encoded = host.encode("idna").decode("ascii")
        if len(encoded) > _MAX_HOST_NAME_CHARACTERS:
            raise UnicodeError("name too long")
    except UnicodeError as error:
        raise NoResponse(reason_for(error, DEFAULT_TIMEOUT_S)) from error
    return encoded


def _prepare(
    url: SplitResult, method: str, headers: Mapping[str, str], body: bytes | None
) -> requests.PreparedRequest:
    """Return the request, with headers in UTF-8 and its URL unchanged (`requests` would normalize it)."""
    request = requests.PreparedRequest()
    encoded = {name: value.encode() for name, value in headers.items()}
    request.prepare(method=method, url="http://localhost/", headers=encoded, data=body)
    query = f"?{url.query}" if url.query else ""
    request.url = f"{url.scheme}://{url.netloc}{url.path or '/'}{query}"
    return request


def _send(
    session: GuardedSession, connector: Connector, request: requests.PreparedRequest, max_body_bytes: int
) -> OutboundResponse:
    started = time.perf_counter()
    response = session.send(request, stream=True, allow_redirects=False, timeout=connector.timeout_s)
    duration_ms = (time.perf_counter() - started) * 1000
    if connector.aborted:
        raise TimeoutError
    body, complete = _read_body(response.raw, connector, max_body_bytes)
    return OutboundResponse(
        status=response.status_code,
        location=response.headers.get("Location"),
        retry_after=response.headers.get("Retry-After"),
        duration_ms=duration_ms,
        body=body,
        complete=complete,
    )


def _read_body(
    response: urllib3.HTTPResponse, connector: Connector, max_body_bytes: int
) -> tuple[bytes, bool]:
    """Return the body up to the size and time limits, and whether it is complete."""
    body = bytearray()
    try:
        while len(body) <= max_body_bytes and (data := response.read1(16_384)):
            body += data
    except (urllib3.exceptions.HTTPError, OSError):
        if not connector.aborted:
            raise
    complete = len(body) <= max_body_bytes and not connector.aborted
    del body[max_body_bytes:]
    return bytes(body), complete

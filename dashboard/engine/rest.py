"""A client of k6's REST API on loopback: cheap calls only, short time-outs, None when k6 does not answer."""

import http.client
import json
from dataclasses import dataclass

TIMEOUT_S = 1.0
MAX_BYTES = 1024 * 1024
RUNNING = 7


@dataclass(frozen=True, slots=True)
class K6Status:
    """`state` as k6 counts it (7 = running), active users, and whether a threshold is breached now."""

    state: int
    vus: int
    tainted: bool


def fetch(port: int, path: str, *, timeout_s: float = TIMEOUT_S) -> tuple[int, bytes] | None:
    """Status and body of a GET on 127.0.0.1:`port`; None when there is no answer in time or it is too large."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read(MAX_BYTES + 1)
        return None if len(body) > MAX_BYTES else (response.status, body)
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def status(port: int) -> K6Status | None:
    """State and users."""
    attributes = _attributes(fetch(port, "/v1/status"))
    if attributes is None:
        return None
    state, vus = attributes.get("status"), attributes.get("vus")
    if not isinstance(state, int) or not isinstance(vus, int):
        return None
    return K6Status(state, vus, attributes.get("tainted") is True)


def request_count(port: int) -> int | None:
    """Requests so far, until the first push tells them; None before the first one."""
    attributes = _attributes(fetch(port, "/v1/metrics/http_reqs"))
    sample = attributes.get("sample") if attributes else None
    count = sample.get("count") if isinstance(sample, dict) else None
    return int(count) if isinstance(count, int | float) else None


def _attributes(answer: tuple[int, bytes] | None) -> dict[str, object] | None:
    if answer is None or answer[0] != 200:
        return None
    try:
        attributes = json.loads(answer[1])["data"]["attributes"]
    except (ValueError, KeyError, TypeError):
        return None
    return attributes if isinstance(attributes, dict) else None

"""A client of k6's REST API on loopback, with a short timeout. Functions return None when k6 does not answer."""

import http.client
import json
from dataclasses import dataclass

from dashboard.model.script import ChecksByName

REQUEST_TIMEOUT_S = 1.0
MAX_RESPONSE_BYTES = 1024 * 1024
RUNNING_STATE = 7


@dataclass(frozen=True, slots=True)
class K6Status:
    """k6's state code (7 means running), its active users, the users that it has prepared so far, and whether a
    threshold is currently breached.
    """

    state: int
    vus: int
    prepared_vus: int
    tainted: bool


def fetch(port: int, path: str, *, timeout_s: float = REQUEST_TIMEOUT_S) -> tuple[int, bytes] | None:
    """GET `path` on 127.0.0.1 and return status and body; None on a timeout, an error or a body that is too large."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read(MAX_RESPONSE_BYTES + 1)
        return None if len(body) > MAX_RESPONSE_BYTES else (response.status, body)
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def fetch_status(port: int) -> K6Status | None:
    """Return k6's state and users; None when k6 does not answer."""
    attributes = _attributes(fetch(port, "/v1/status"))
    if attributes is None:
        return None
    state, vus, prepared = (attributes.get(name) for name in ("status", "vus", "vus-max"))
    if not isinstance(state, int) or not isinstance(vus, int) or not isinstance(prepared, int):
        return None
    return K6Status(state, vus, prepared, attributes.get("tainted") is True)


def fetch_request_count(port: int) -> int | None:
    """Return the number of requests so far; None before the first request."""
    attributes = _attributes(fetch(port, "/v1/metrics/http_reqs"))
    sample = attributes.get("sample") if attributes else None
    count = sample.get("count") if isinstance(sample, dict) else None
    return int(count) if isinstance(count, int | float) else None


def fetch_checks(port: int) -> ChecksByName | None:
    """Return passes and fails of k6's own checks so far, by path; None when k6 does not answer."""
    response = fetch(port, "/v1/groups")
    if response is None or response[0] != 200:
        return None
    try:
        groups = json.loads(response[1])["data"]
        checks = [check for group in groups for check in group["attributes"]["checks"] or ()]
        return {
            str(check["path"]).removeprefix("::"): (int(check["passes"]), int(check["fails"]))
            for check in checks
        }
    except (ValueError, KeyError, TypeError):
        return None


def _attributes(response: tuple[int, bytes] | None) -> dict[str, object] | None:
    if response is None or response[0] != 200:
        return None
    try:
        attributes = json.loads(response[1])["data"]["attributes"]
    except (ValueError, KeyError, TypeError):
        return None
    return attributes if isinstance(attributes, dict) else None

"""Requests and responses that the script writes to k6's console, each as one line with a Base64 payload."""

import base64
import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dashboard.model.account import EXTRACT_PREFIX

PAYLOAD_PREFIX = b'"msg":"k6-dashboard-'
FAILURE_PREFIX = b'"msg":"k6-dashboard-exchange:'  # as in k6/lib/report/failures.js
MAX_PREFIX_OFFSET = 64
MAX_TIMESTAMP_MS = 253_402_300_799_000  # the last millisecond of the year 9999
# The end of a payload line whose beginning was truncated with older lines.
_PAYLOAD_TAIL = re.compile(rb'[A-Za-z0-9+/=]{0,500000}","source":"console","time":"[^"]{0,40}"}\s*')

ShortText = Annotated[str, Field(max_length=4_096)]


class ScriptOutput(BaseModel):
    """Base of everything the script writes. Unknown fields, for example of a newer script, are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, json_schema_serialization_defaults_required=True)


class RecordedRequest(ScriptOutput):
    """A request as it was sent, with secrets masked. `omitted` is the reason why the body is missing."""

    method: str
    url: str
    headers: dict[str, str]
    body: str | None
    body_bytes: int | None
    cut: bool
    omitted: Literal["binary", "not_kept"] | None


class RecordedResponse(ScriptOutput):
    """A response as k6 received it, with secrets masked. Status 0 means no response; `error` is the reason."""

    status: int
    headers: dict[str, str]
    body: str | None
    body_bytes: int | None
    cut: bool
    omitted: Literal["binary", "not_kept"] | None
    duration_ms: float
    error: str | None


class CheckResult(ScriptOutput):
    """The result of one check of a response."""

    check: str
    passed: bool = Field(alias="pass", serialization_alias="pass")


class Exchange(ScriptOutput):
    """One request and its response. `vu` and `iteration` are null in setup() and teardown()."""

    op: ShortText
    group: ShortText
    phase: Literal["", "setup", "teardown"]
    at_ms: Annotated[int, Field(ge=0, le=MAX_TIMESTAMP_MS)]
    vu: int | None
    iteration: int | None
    expected: bool = Field(description="Whether the status was expected")
    request: RecordedRequest
    response: RecordedResponse
    checks: list[CheckResult]


def decode_payload(line: bytes, prefix: bytes) -> bytes | None:
    """Return the payload after `prefix` in a console line; None for any other line. Raises ValueError."""
    at = line.find(prefix, 0, MAX_PREFIX_OFFSET)
    if at < 0:
        return None
    start = at + len(prefix)
    return base64.b64decode(line[start : line.find(b'"', start)], validate=True)


def is_payload_line(line: bytes) -> bool:
    """Return whether a console line carries a payload instead of a log message."""
    has_prefix = line.find(PAYLOAD_PREFIX, 0, MAX_PREFIX_OFFSET) >= 0
    return has_prefix or (not line.startswith(b"{") and _PAYLOAD_TAIL.fullmatch(line) is not None)


def parse_failed_exchange(line: bytes) -> Exchange | None:
    """Return the failed request in a console line; None for any other line and for a damaged one."""
    try:
        payload = decode_payload(line, FAILURE_PREFIX)
        return None if payload is None else Exchange.model_validate_json(payload)
    except (ValueError, ValidationError):
        return None


def check_kind(check: str) -> tuple[str, str]:
    """Return the kind and name of a failed check. A missing value to extract is a kind of its own."""
    if check.startswith(EXTRACT_PREFIX):
        return "extract", check.removeprefix(EXTRACT_PREFIX)
    return "check", check


def failure_kinds(exchange: Exchange) -> list[tuple[str, str]]:
    """Return why a request failed as (kind, name): its error or status first, then each failed check."""
    kinds = [check_kind(result.check) for result in exchange.checks if not result.passed]
    if not exchange.expected:
        kinds.insert(0, _kind_of_response(exchange.response))
    return kinds


def _kind_of_response(response: RecordedResponse) -> tuple[str, str]:
    if not response.error:
        return "status", str(response.status)
    return ("redirect" if response.status else "error"), response.error

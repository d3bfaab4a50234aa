"""Requests and responses that our script shows, each as a line of k6's console: found, decoded, checked."""

import base64
import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

FAILED_MARK = b'"msg":"k6-dashboard-exchange:'
MARK_WITHIN = 64
MAX_TIMESTAMP_MS = 253_402_300_799_000
# what is left of such a line when its beginning was cut off with older lines
_REST = re.compile(rb'[A-Za-z0-9+/=]{0,500000}","source":"console","time":"[^"]{0,40}"}\s*')

Name = Annotated[str, Field(max_length=4_096)]


class ScriptOutput(BaseModel):
    """What the script wrote. What a newer script adds is left out."""

    model_config = ConfigDict(extra="ignore", frozen=True, json_schema_serialization_defaults_required=True)


class RecordedRequest(ScriptOutput):
    """A request as it was sent, without its secrets. `omitted` says why there is no body."""

    method: str
    url: str
    headers: dict[str, str]
    body: str | None
    body_bytes: int | None
    cut: bool
    omitted: Literal["binary", "not_kept"] | None


class RecordedResponse(ScriptOutput):
    """A response as k6 got it, without its secrets; status 0 is none, and `error` says why."""

    status: int
    headers: dict[str, str]
    body: str | None
    body_bytes: int | None
    cut: bool
    omitted: Literal["binary", "not_kept"] | None
    duration_ms: float
    error: str | None


class CheckResult(ScriptOutput):
    """What one check said of a response."""

    check: str
    passed: bool = Field(alias="pass", serialization_alias="pass")


class Exchange(ScriptOutput):
    """One request and its response. `vu` and `iteration` are null before and after the load."""

    op: Name
    group: Name
    phase: Literal["", "setup", "teardown"]
    at_ms: Annotated[int, Field(ge=0, le=MAX_TIMESTAMP_MS)]
    vu: int | None
    iteration: int | None
    expected: bool = Field(description="The status is not an error")
    request: RecordedRequest
    response: RecordedResponse
    checks: list[CheckResult]


def decode_payload(line: bytes, mark: bytes) -> bytes | None:
    """The text that a line of the console carries behind `mark`, None for any other line. Raises ValueError."""
    at = line.find(mark, 0, MARK_WITHIN)
    if at < 0:
        return None
    start = at + len(mark)
    return base64.b64decode(line[start : line.find(b'"', start)], validate=True)


def is_payload_line(line: bytes) -> bool:
    """Whether a line is there for us and not for people."""
    marked = line.find(b'"msg":"k6-dashboard-', 0, MARK_WITHIN) >= 0
    return marked or (not line.startswith(b"{") and _REST.fullmatch(line) is not None)


def parse_failed_exchange(line: bytes) -> Exchange | None:
    """The failed request that a line carries; None for any other line, and for one that was damaged."""
    try:
        payload = decode_payload(line, FAILED_MARK)
        return None if payload is None else Exchange.model_validate_json(payload)
    except (ValueError, ValidationError):
        return None


def failure_kinds(exchange: Exchange) -> list[tuple[str, str]]:
    """Why it failed, as (kind, name): how it was answered, and each check that did not hold."""
    kinds = [("check", result.check) for result in exchange.checks if not result.passed]
    if not exchange.expected:
        response = exchange.response
        kinds.insert(0, ("error", response.error) if response.error else ("status", str(response.status)))
    return kinds

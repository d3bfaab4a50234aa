"""Console lines of a dry run: each request as it starts and as it ends, and each request that was not sent."""

import json
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from dashboard.engine.exchanges import MAX_TIMESTAMP_MS, Exchange, ScriptOutput, ShortText, decode_payload

PREFIX = b'"msg":"k6-dashboard-dry:'  # as in k6/lib/report/dry-run.js
_STATES = {
    "began": "waiting",
    "exchange": "answered",
    "skipped": "skipped",
    "excluded": "excluded",
    "thrown": "thrown",
}
_COMMON_FIELDS = ("part", "scenario", "step", "op", "group", "phase")


class DataVariable(ScriptOutput):
    """A variable and its value; null when it has none."""

    name: ShortText
    value: str | None


class DryRunEntry(ScriptOutput):
    """One request of a dry run.

    It failed when its status was unexpected, one of its checks failed, or it ended with an exception.
    """

    state: Literal["waiting", "answered", "skipped", "excluded", "thrown"] = Field(
        description="skipped: not sent, although a load test would; excluded: load tests do not send it; "
        "thrown: it ended with an exception"
    )
    part: Literal["setup", "endpoint", "scenario", "teardown"]
    scenario: ShortText | None = Field(description="The scenario of the step")
    step: int | None = Field(description="The position of the step in its scenario, from 1")
    op: ShortText
    group: ShortText
    phase: Literal["", "setup", "teardown"]
    method: ShortText
    at_ms: Annotated[int, Field(ge=0, le=MAX_TIMESTAMP_MS)] | None
    reason: str | None = Field(description="Why the request was not sent, or the exception")
    failed: bool
    used: list[DataVariable] = Field(description="Variables that the request used")
    extracted: list[DataVariable] = Field(description="Variables extracted from the response")
    exchange: Exchange | None


def parse_dry_entry(line: bytes) -> DryRunEntry | None:
    """Return the dry run entry in a console line; None for any other line and for a damaged one."""
    try:
        payload = decode_payload(line, PREFIX)
        return None if payload is None else _entry(json.loads(payload))
    except (ValueError, ValidationError, KeyError, TypeError):
        return None


def _entry(data: dict[str, Any]) -> DryRunEntry:
    exchange = Exchange.model_validate(data) if data["kind"] == "exchange" else None
    return DryRunEntry.model_validate(
        {
            **{name: data[name] for name in _COMMON_FIELDS},
            "state": _STATES[data["kind"]],
            "method": exchange.request.method if exchange else data["method"],
            "at_ms": data.get("at_ms"),
            "reason": data.get("reason"),
            "failed": data["kind"] == "thrown" or (exchange is not None and _has_failed(exchange)),
            "used": data.get("used", []),
            "extracted": data.get("extracted", []),
            "exchange": exchange,
        }
    )


def _has_failed(exchange: Exchange) -> bool:
    return not exchange.expected or any(not result.passed for result in exchange.checks)

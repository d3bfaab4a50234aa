"""What the script tells of a dry run: each request as it begins and as it ends, and each that was left out."""

import json
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from dashboard.engine.exchanges import MAX_TIMESTAMP_MS, Exchange, Name, ScriptOutput, decode_payload

MARK = b'"msg":"k6-dashboard-dry:'
_STATES = {"began": "waiting", "exchange": "answered", "skipped": "skipped"}
_PLACE = ("part", "scenario", "step", "op", "group", "phase")


class DataVariable(ScriptOutput):
    """A value of the data; null when it is not there."""

    name: Name
    value: str | None


class DryEntry(ScriptOutput):
    """One request of a dry run. A failed one was answered otherwise than expected, or a check did not hold."""

    state: Literal["waiting", "answered", "skipped"]
    part: Literal["setup", "endpoint", "scenario", "teardown"]
    scenario: Name | None = Field(description="Of a step of a scenario")
    step: int | None = Field(description="Its place in the scenario, from 1")
    op: Name
    group: Name
    phase: Literal["", "setup", "teardown"]
    method: Name
    at_ms: Annotated[int, Field(ge=0, le=MAX_TIMESTAMP_MS)] | None
    reason: str | None = Field(description="Why it was skipped")
    failed: bool
    used: list[DataVariable] = Field(description="Data that the request needed")
    extracted: list[DataVariable] = Field(description="Data that its response gave")
    exchange: Exchange | None


def parse_dry_entry(line: bytes) -> DryEntry | None:
    """What a line of the console tells of a dry run; None for any other line, and for one that was damaged."""
    try:
        payload = decode_payload(line, MARK)
        return None if payload is None else _entry(json.loads(payload))
    except (ValueError, ValidationError, KeyError, TypeError):
        return None


def _entry(data: dict[str, Any]) -> DryEntry:
    exchange = Exchange.model_validate(data) if data["kind"] == "exchange" else None
    return DryEntry.model_validate(
        {
            **{name: data[name] for name in _PLACE},
            "state": _STATES[data["kind"]],
            "method": exchange.request.method if exchange else data["method"],
            "at_ms": data.get("at_ms"),
            "reason": data.get("reason"),
            "failed": exchange is not None and (not exchange.expected or _any_failed(exchange)),
            "used": data.get("used", []),
            "extracted": data.get("extracted", []),
            "exchange": exchange,
        }
    )


def _any_failed(exchange: Exchange) -> bool:
    return any(not result.passed for result in exchange.checks)

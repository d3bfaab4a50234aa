"""Runs and events as JSON text and back. What an older version did not write reads as its default."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any, TypeVar

from dashboard.model.events import Event, EventKind
from dashboard.model.figures import Figures, RunTotals
from dashboard.model.record import record_of
from dashboard.model.run import RetentionLevel, Run, RunConfig, RunContext, RunStatus, Verdict
from dashboard.model.slo_set import SloAbort

Measured = TypeVar("Measured", Figures, RunTotals)
MOMENTS = ("created_at", "started_at", "ended_at", "imported_at")


def to_json(value: object) -> str:
    """Compact ASCII JSON: any text survives, and the result can stand in an answer as it is."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def run_to_json(run: Run) -> str:
    """All of `run`."""
    body = asdict(run)
    for name in MOMENTS:
        body[name] = body[name] and body[name].isoformat()
    return to_json(body)


def record_to_json(run: Run) -> str:
    """The public record of `run`."""
    return to_json(record_of(run))


def run_from_json(text: str) -> Run:
    """The run that `run_to_json` wrote."""
    body = json.loads(text)
    known = _known(Run, body)
    for name in MOMENTS:
        known[name] = _moment(body.get(name))
    context = _known(RunContext, body["context"])
    context["stages"] = tuple((seconds, target) for seconds, target in context.get("stages", ()))
    abort = context.get("slo_abort")
    context["slo_abort"] = SloAbort(**_known(SloAbort, abort)) if abort else None
    known |= {
        "status": RunStatus(body["status"]),
        "verdict": Verdict(body["verdict"]) if body.get("verdict") else None,
        "config": RunConfig(**_known(RunConfig, body["config"])),
        "context": RunContext(**context),
        "retention_level": RetentionLevel(body.get("retention_level", RetentionLevel.FULL)),
        "figures": _measured(Figures, body.get("figures")),
        "totals": _measured(RunTotals, body.get("totals")),
        "tags": tuple(body.get("tags", ())),
        "control": None,
    }
    return Run(**known)


def event_to_json(event: Event) -> str:
    """All of `event`."""
    return to_json(asdict(event) | {"at": event.at.isoformat()})


def event_from_json(text: str) -> Event:
    """The event that `event_to_json` wrote."""
    body = json.loads(text)
    known = _known(Event, body) | {"kind": EventKind(body["kind"]), "at": _moment(body["at"])}
    return Event(**known)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _known(kind: type, body: Mapping[str, Any]) -> dict[str, Any]:
    """What `kind` has a field for: the rest was written by another version."""
    return {field.name: body[field.name] for field in fields(kind) if field.name in body}


def _measured(kind: type[Measured], body: Mapping[str, Any] | None) -> Measured | None:
    """Figures; one that is missing was not measured yet by the version that stored them."""
    if body is None:
        return None
    values: dict[str, Any] = {field.name: body.get(field.name) for field in fields(kind)}
    return kind(**values)

"""Runs and events as JSON text and back. A key that an older version did not write reads as its default."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any, TypeVar

from dashboard.model.account import (
    Account,
    IterationAccount,
    RequestAccount,
    StepAccount,
    ValueAccount,
)
from dashboard.model.events import Event, EventKind
from dashboard.model.exact import ExactLatencies
from dashboard.model.figures import Figures, RunTotals
from dashboard.model.record import record_of
from dashboard.model.run import RetentionLevel, Run, RunConfig, RunContext, RunStatus, Verdict
from dashboard.model.script import ScriptThreshold
from dashboard.model.slo_set import SloAbort
from dashboard.model.steered_load import SteeredLoad

FiguresType = TypeVar("FiguresType", Figures, RunTotals)
ACCOUNT_PARTS: dict[str, Any] = {
    "iterations": IterationAccount,
    "steps": StepAccount,
    "requests": RequestAccount,
    "values": ValueAccount,
}
TIME_FIELDS = ("created_at", "started_at", "load_started_at", "ended_at", "imported_at")


def to_json(value: object) -> str:
    """Return compact ASCII JSON. Any text can be read back unchanged, and responses can include the result as is."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def run_to_json(run: Run) -> str:
    """Return the whole run as JSON text."""
    body = asdict(run)
    for name in TIME_FIELDS:
        body[name] = body[name] and body[name].isoformat()
    return to_json(body)


def record_to_json(run: Run) -> str:
    """Return the public record of a run as JSON text."""
    return to_json(record_of(run))


def run_from_json(text: str) -> Run:
    """Return the run that `run_to_json` wrote. Raises ValueError, KeyError or TypeError for other text."""
    body = json.loads(text)
    known = _known_entries(Run, body)
    for name in TIME_FIELDS:
        known[name] = _parse_time(body.get(name))
    context = _known_entries(RunContext, body["context"])
    context["stages"] = tuple((seconds, target) for seconds, target in context.get("stages", ()))
    names = context.get("script_endpoints")
    context["script_endpoints"] = None if names is None else tuple(names)
    context["token_targets"] = tuple(context.get("token_targets", ()))
    abort = context.get("slo_abort")
    context["slo_abort"] = SloAbort(**_known_entries(SloAbort, abort)) if abort else None
    steered_load = body.get("steered_load")
    known |= {
        "exact": _exact(body.get("exact")),
        "steered_load": _steered_load(steered_load) if steered_load else None,
        "status": RunStatus(body["status"]),
        "verdict": Verdict(body["verdict"]) if body.get("verdict") else None,
        "config": RunConfig(**_known_entries(RunConfig, body["config"])),
        "context": RunContext(**context),
        "retention_level": RetentionLevel(body.get("retention_level", RetentionLevel.FULL)),
        "figures": _figures(Figures, body.get("figures")),
        "totals": _figures(RunTotals, body.get("totals")),
        "account": _account(body.get("account")),
        "thresholds": tuple(ScriptThreshold(**entry) for entry in body.get("thresholds", ())),
        "tags": tuple(body.get("tags", ())),
        "control": None,
    }
    return Run(**known)


def _exact(body: Mapping[str, Any] | None) -> ExactLatencies | None:
    return ExactLatencies(**_known_entries(ExactLatencies, body)) if body else None


def _steered_load(body: Mapping[str, Any]) -> SteeredLoad:
    known = _known_entries(SteeredLoad, body)
    return SteeredLoad(
        **known | {"pauses": tuple((from_s, to_s) for from_s, to_s in known.get("pauses", ()))}
    )


def event_to_json(event: Event) -> str:
    """Return the event as JSON text."""
    return to_json(asdict(event) | {"at": event.at.isoformat()})


def event_from_json(text: str) -> Event:
    """Return the event that `event_to_json` wrote."""
    body = json.loads(text)
    known = _known_entries(Event, body) | {"kind": EventKind(body["kind"]), "at": _parse_time(body["at"])}
    return Event(**known)


def _parse_time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _known_entries(kind: type, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries that `kind` has a field for. Other entries are from another version."""
    return {field.name: body[field.name] for field in fields(kind) if field.name in body}


def _account(body: Mapping[str, Any] | None) -> Account | None:
    if body is None:
        return None
    parts = {
        name: kind(**_known_entries(kind, body[name])) if body.get(name) is not None else None
        for name, kind in ACCOUNT_PARTS.items()
    }
    return Account(**_known_entries(Account, body) | parts)


def _figures(kind: type[FiguresType], body: Mapping[str, Any] | None) -> FiguresType | None:
    """Return the figures. A missing figure was not measured by the version that stored the run."""
    if body is None:
        return None
    values: dict[str, Any] = {field.name: body.get(field.name) for field in fields(kind)}
    return kind(**values)

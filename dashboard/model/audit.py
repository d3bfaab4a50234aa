"""Entries of the audit log: who changed what, from where."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.model.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of one object. `before` and `after` are JSON-ready."""

    action: str
    object: str = ""
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """A change, who made it, and from which address. `role` is None when nobody was signed in."""

    at: datetime
    who: str
    via: str
    role: str | None
    client: str
    change: Change
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries to return. None does not filter. An `action` such as `run` also matches `run.start`."""

    who: str | None = None
    action: str | None = None


def differing(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the entries of both that differ."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}


def describe_run(run: Run) -> dict[str, Any]:
    """Return what the audit log contains about a run."""
    config = run.config
    return {
        "status": run.status.value,
        "profile": config.profile,
        "base_url": config.base_url,
        "env_profile": config.env_profile,
        "label": config.label,
        "vus_max": run.vus_max,
        "variables": config.variables,
        "network": config.network,
    }

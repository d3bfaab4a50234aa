"""Changes the SLOs in the text of a document."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard.endpoints.edit import elements, members, set_member
from dashboard.endpoints.parse import invalid_document
from dashboard.endpoints.violations import Violation

SlosByKey = Mapping[str, Any]
_ORDER = ("$schema", "service", "slos", "slo_groups", "slo_profiles", "slo_options")


@dataclass(frozen=True, slots=True, kw_only=True)
class SloChanges:
    """Changed SLOs.

    run: changed key by key; null removes an SLO
    endpoints, groups, profiles: the SLOs of each name replace the old ones; null or an empty object removes them
    options: one object or null that replaces the old options; empty leaves them unchanged
    """

    run: SlosByKey = field(default_factory=dict)
    endpoints: Mapping[str, SlosByKey | None] = field(default_factory=dict)
    groups: Mapping[str, SlosByKey | None] = field(default_factory=dict)
    profiles: Mapping[str, SlosByKey | None] = field(default_factory=dict)
    options: tuple[SlosByKey | None, ...] = ()


def apply_slo_changes(text: str, changes: SloChanges) -> str:
    """Return `text` with the changed SLOs. Everything else stays as it was written."""
    merged = {**(_value(text, "slos") or {}), **changes.run}
    slos = {key: limit for key, limit in merged.items() if limit is not None or key not in changes.run}
    text = _set(text, "slos", slos)
    text = _set(text, "slo_groups", _merge_changes(_value(text, "slo_groups"), changes.groups))
    text = _set(text, "slo_profiles", _merge_changes(_value(text, "slo_profiles"), changes.profiles))
    for options in changes.options:
        text = _set(text, "slo_options", options)
    return _set_endpoint_slos(text, changes.endpoints)


def _set(text: str, name: str, value: SlosByKey | None) -> str:
    """Return `text` with a member set. An empty value removes it, but an existing null or empty member stays."""
    if not value and not _value(text, name):
        return text
    return set_member(text, 0, name, value or None, _ORDER[: _ORDER.index(name)])


def _value(text: str, name: str) -> dict[str, Any] | None:
    value: dict[str, Any] | None = json.loads(text).get(name)
    return value


def _merge_changes(before: SlosByKey | None, changes: Mapping[str, SlosByKey | None]) -> dict[str, Any]:
    after = {**(before or {}), **changes}
    return {name: slos for name, slos in after.items() if slos or name not in changes}


def _set_endpoint_slos(text: str, changes: Mapping[str, SlosByKey | None]) -> str:
    """Return `text` with changed SLOs of endpoints. The last endpoint comes first, so that positions stay valid."""
    remaining = dict(changes)
    endpoints = next((member.value for member in members(text) if member.name == "endpoints"), None)
    for at in reversed(elements(text, endpoints)) if remaining and endpoints is not None else ():
        name = _name_at(text, at)
        if name in remaining:
            slos = remaining.pop(name)
            text = set_member(text, at, "slos", slos or None)
    if remaining:
        message = "there is no endpoint of this name"
        raise invalid_document(Violation(f"endpoints.{name}", message) for name in remaining)
    return text


def _name_at(text: str, at: int) -> str | None:
    member = next((one for one in members(text, at) if one.name == "name"), None)
    return None if member is None else str(json.loads(text[member.value : member.end]))

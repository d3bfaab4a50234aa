"""The document's SLOs with some of them changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard.endpoints.edit import elements, members, with_member
from dashboard.endpoints.parse import invalid_document
from dashboard.endpoints.violations import Violation

Slos = Mapping[str, Any]
_ORDER = ("$schema", "service", "slos", "slo_groups", "slo_profiles", "slo_options")


@dataclass(frozen=True, slots=True, kw_only=True)
class SloChanges:
    """Limits of the run change key by key, null taking one away.

    What is named in the others is replaced whole, null or nothing in it taking it away; of `options` there is one
    or none.
    """

    run: Slos = field(default_factory=dict)
    endpoints: Mapping[str, Slos | None] = field(default_factory=dict)
    groups: Mapping[str, Slos | None] = field(default_factory=dict)
    profiles: Mapping[str, Slos | None] = field(default_factory=dict)
    options: tuple[Slos | None, ...] = ()


def with_slos(text: str, changes: SloChanges) -> str:
    """`text` with changed limits; where nothing changes it stays as it is."""
    merged = {**(_value(text, "slos") or {}), **changes.run}
    slos = {key: limit for key, limit in merged.items() if limit is not None or key not in changes.run}
    text = _set(text, "slos", slos)
    text = _set(text, "slo_groups", _changed(_value(text, "slo_groups"), changes.groups))
    text = _set(text, "slo_profiles", _changed(_value(text, "slo_profiles"), changes.profiles))
    for chosen in changes.options:
        text = _set(text, "slo_options", chosen)
    return _with_endpoints(text, changes.endpoints)


def _set(text: str, name: str, value: Slos | None) -> str:
    """Nothing of it is left when it is empty; what was null or empty already stays as it was."""
    if not value and not _value(text, name):
        return text
    return with_member(text, 0, name, value or None, _ORDER[: _ORDER.index(name)])


def _value(text: str, name: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = json.loads(text).get(name)
    return found


def _changed(before: Slos | None, changes: Mapping[str, Slos | None]) -> dict[str, Any]:
    after = {**(before or {}), **changes}
    return {name: slos for name, slos in after.items() if slos or name not in changes}


def _with_endpoints(text: str, changes: Mapping[str, Slos | None]) -> str:
    """Each endpoint's own member, from the last to the first, so that places stay true."""
    left = dict(changes)
    listed = next((member.value for member in members(text) if member.name == "endpoints"), None)
    for at in reversed(elements(text, listed)) if left and listed is not None else ():
        name = _name_at(text, at)
        if name in left:
            slos = left.pop(name)
            text = with_member(text, at, "slos", slos or None)
    if left:
        raise invalid_document(Violation(f"endpoints.{name}", "there is no endpoint of this name") for name in left)
    return text


def _name_at(text: str, at: int) -> str | None:
    found = next((member for member in members(text, at) if member.name == "name"), None)
    return None if found is None else str(json.loads(text[found.value : found.end]))

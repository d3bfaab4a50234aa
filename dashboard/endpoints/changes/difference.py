"""The difference of two documents: entries added, changed, removed and renamed, and changed settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dashboard.endpoints.changes.values import LISTS, FieldChange, Json, entries_of, field_changes

_NONE: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a list of the document, by the name of the list and its own name."""

    list: str
    name: str


@dataclass(frozen=True, slots=True)
class ChangedEntry:
    """An entry with changed fields. `old_name` differs from `name` if it was renamed."""

    list: str
    name: str
    old_name: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two documents."""

    added: tuple[Entry, ...] = ()
    changed: tuple[ChangedEntry, ...] = ()
    removed: tuple[Entry, ...] = ()
    settings: tuple[FieldChange, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return not (self.added or self.changed or self.removed or self.settings)


def difference_of(old: Json, new: Json, renames: Mapping[str, str] = _NONE) -> Difference:
    """Return what differs. `renames`: new names of endpoints, by their old names."""
    added: list[Entry] = []
    changed: list[ChangedEntry] = []
    removed: list[Entry] = []
    for name in LISTS:
        before, after = _by_name(old, name), _by_name(new, name)
        new_names = {one: renames.get(one, one) if name == "endpoints" else one for one in before}
        old_names = {new_name: one for one, new_name in new_names.items()}
        added += [Entry(name, one) for one in after if one not in old_names]
        removed += [Entry(name, one) for one, new_name in new_names.items() if new_name not in after]
        for one, entry in after.items():
            if one in old_names and (fields := tuple(field_changes(before[old_names[one]], entry))):
                changed.append(ChangedEntry(name, one, old_names[one], fields))
    settings = tuple(field_changes(_settings_of(old), _settings_of(new)))
    return Difference(tuple(added), tuple(changed), tuple(removed), settings)


def _settings_of(document: Json) -> Json:
    return {name: value for name, value in document.items() if name not in LISTS}


def _by_name(document: Json, name: str) -> dict[str, Json]:
    return {str(entry.get("name")): entry for entry in entries_of(document, name)}

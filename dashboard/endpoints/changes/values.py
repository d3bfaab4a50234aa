"""JSON values: equality, and the difference of two objects field by field."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]
LISTS: Final = ("endpoints", "setup", "teardown", "scenarios")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field with its old and its new value. None for a missing value. `field` is a path such as `checks.status`."""

    field: str
    old: Any
    new: Any


def is_same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal. Unlike in Python, true differs from 1."""
    if one != other:
        return False
    if isinstance(one, dict):
        return all(is_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return all(is_same(left, right) for left, right in zip(one, other, strict=True))
    return isinstance(one, bool) == isinstance(other, bool)


def field_changes(old: Json, new: Json, parent: str = "") -> Iterator[FieldChange]:
    """Yield the fields that differ. Objects are compared field by field, lists as a whole."""
    for name in dict.fromkeys((*old, *new)):
        before, after = old.get(name), new.get(name)
        path = f"{parent}.{name}" if parent else name
        if is_same(before, after):
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            yield from field_changes(before, after, path)
        else:
            yield FieldChange(path, before, after)


def entries_of(document: Json, name: str) -> list[Json]:
    """Return the entries of a list of the document, such as `endpoints`. A missing list has none."""
    entries = document.get(name)
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []

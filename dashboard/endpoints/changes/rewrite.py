"""Rewrites the text of a JSON object so that it has a new value. Only what differs is touched.

The order of members and elements, the spelling of unchanged values, spaces and line breaks stay as they were written.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dashboard.endpoints.changes.container import NO_RENAMES, ValuePlace, split
from dashboard.endpoints.changes.layout import LIST_LEVELS, ON_ONE_LINE, format_block, layout_of
from dashboard.endpoints.changes.values import LISTS, is_same
from dashboard.endpoints.edit import quoted


def rewrite(text: str, target: Mapping[str, Any], renames: Mapping[str, str] = NO_RENAMES) -> str:
    """Return the text of the object `target`, made from the text of another object.

    renames: new names of endpoints, by their old names, so that a renamed endpoint keeps its text
    """
    place = ValuePlace(layout_of(text), is_document=True, renames=renames)
    return _rewrite_object(text, json.loads(text), dict(target), place)


def _rewrite(text: str, old: Any, new: Any, place: ValuePlace, broken: int = 0) -> str:
    if is_same(old, new):
        return text
    if isinstance(old, dict) and isinstance(new, dict):
        return _rewrite_object(text, old, new, place)
    if isinstance(old, list) and isinstance(new, list) and new:
        return _rewrite_list(text, old, new, place, broken)
    return format_block(new, place.layout, place.indent, broken)


def _rewrite_object(text: str, old: dict[str, Any], new: dict[str, Any], place: ValuePlace) -> str:
    container = split(text)
    chosen: list[tuple[int | None, str]] = []
    for position, (name, item) in enumerate(zip(old, container.items, strict=True)):
        if name in new:
            inner = _place_of(name, container.indent_of(position, place), place)
            value = _rewrite(item.text[item.value :], old[name], new[name], inner, _levels(name, place))
            chosen.append((position, item.text[: item.value] + value))
    inner_layout = place.layout if container.is_broken(place) else ON_ONE_LINE
    for name in new:
        if name not in old:
            indent = container.indent_of(None, place)
            value = format_block(new[name], inner_layout, indent, _levels(name, place))
            chosen.append((None, f"{quoted(name)}: {value}"))
    return container.join(chosen, place)


def _rewrite_list(text: str, old: list[Any], new: list[Any], place: ValuePlace, broken: int) -> str:
    container = split(text)
    chosen: list[tuple[int | None, str]] = []
    is_broken = "\n" in container.items[-1].text if container.items else broken > 1
    layout = place.layout if container.is_broken(place) and is_broken else ON_ONE_LINE
    for item, position in zip(new, positions_of(old, new, place.renames), strict=True):
        indent = container.indent_of(position, place)
        if position is None:
            chosen.append((None, format_block(item, layout, indent, int(is_broken))))
        else:
            inner = replace(place, indent=indent, renames=NO_RENAMES, is_document=False)
            chosen.append((position, _rewrite(container.items[position].text, old[position], item, inner)))
    return container.join(chosen, place)


def positions_of(
    old: Sequence[Any], new: Sequence[Any], renames: Mapping[str, str] = NO_RENAMES
) -> list[int | None]:
    """Return which old element each new element continues: by name if all have one, otherwise by position."""
    old_names = [_name_of(item) for item in old]
    new_names = [_name_of(item) for item in new]
    if not (_is_unique(old_names) and _is_unique(new_names)):
        return _positions_by_place(old, new)
    by_name = {renames.get(str(name), name): index for index, name in enumerate(old_names)}
    return [by_name.get(name) for name in new_names]


def _positions_by_place(old: Sequence[Any], new: Sequence[Any]) -> list[int | None]:
    """Match the elements at the start and at the end of both lists. Lists of the same length match one by one."""
    if len(old) == len(new):
        return list(range(len(new)))
    shorter = min(len(old), len(new))
    start = next((i for i in range(shorter) if not is_same(old[i], new[i])), shorter)
    rest = shorter - start
    end = next((i for i in range(rest) if not is_same(old[-1 - i], new[-1 - i])), rest)
    middle: list[int | None] = [None] * (len(new) - start - end)
    return [*range(start), *middle, *range(len(old) - end, len(old))]


def _is_unique(names: Sequence[str | None]) -> bool:
    return None not in names and len(set(names)) == len(names)


def _name_of(item: Any) -> str | None:
    name = item.get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) else None


def _place_of(name: str, indent: str, place: ValuePlace) -> ValuePlace:
    renames = place.renames if place.is_document and name == "endpoints" else NO_RENAMES
    return replace(place, indent=indent, renames=renames, is_document=False)


def _levels(name: str, place: ValuePlace) -> int:
    return LIST_LEVELS if place.is_document and name in LISTS else 0

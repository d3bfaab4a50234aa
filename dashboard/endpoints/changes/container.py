"""An object or a list in a JSON text, split into its items with the spaces between them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple

from dashboard.endpoints.changes.layout import Layout
from dashboard.endpoints.edit import decode, skip

NO_RENAMES: Final[Mapping[str, str]] = MappingProxyType({})


class Item(NamedTuple):
    """A member or an element: the spaces before and after it, and its text. `value` is where its value starts."""

    lead: str
    text: str
    trail: str
    value: int


@dataclass(frozen=True, slots=True)
class ValuePlace:
    """Where a value is in the document: its indentation, the layout of the document, and whether it is the document.

    renames: new names of entries, by their old names
    """

    layout: Layout
    indent: str = ""
    is_document: bool = False
    renames: Mapping[str, str] = field(default_factory=lambda: NO_RENAMES)


@dataclass(frozen=True, slots=True)
class Container:
    """An object or a list, split into its items."""

    head: str
    items: tuple[Item, ...]
    tail: str

    def join(self, chosen: Sequence[tuple[int | None, str]], place: ValuePlace) -> str:
        """Return the text with the chosen items, each with its old position or None for a new one, and its text."""
        if not chosen:
            return self.head + self.tail
        last = len(chosen) - 1
        parts = []
        for index, (position, text) in enumerate(chosen):
            lead = self._first_lead(place) if not index else self._lead(position, place)
            trail = self._closing(place) if index == last else self._trail(position)
            parts.append(f"{lead}{text}{trail}")
        return f"{self.head}{','.join(parts)}{self.tail}"

    def indent_of(self, position: int | None, place: ValuePlace) -> str:
        """Return the indentation of the line on which an item starts."""
        lead = self._lead(position, place)
        return lead.rpartition("\n")[2] if "\n" in lead else place.indent

    def is_broken(self, place: ValuePlace) -> bool:
        """Return whether each item is on its own line."""
        return "\n" in self._lead(None, place)

    def _first_lead(self, place: ValuePlace) -> str:
        return self.items[0].lead if self.items else self._lead(None, place)

    def _lead(self, position: int | None, place: ValuePlace) -> str:
        if position is not None:
            return self.items[position].lead
        if not self.items:
            return place.layout.newline + place.indent + place.layout.unit if place.layout.newline else ""
        lead = self.items[-1].lead
        return lead if len(self.items) > 1 else lead or " "

    def _trail(self, position: int | None) -> str:
        if position is not None and position < len(self.items) - 1:
            return self.items[position].trail
        return self.items[0].trail if len(self.items) > 1 else ""

    def _closing(self, place: ValuePlace) -> str:
        if self.items:
            return self.items[-1].trail
        return place.layout.newline + place.indent if place.layout.newline else ""


def split(text: str) -> Container:
    """Split the object or list in `text`, which can have spaces around it."""
    start = skip(text, 0)
    items = tuple(_items(text, start))
    close = start + 1 + sum(len(one.lead) + len(one.text) + len(one.trail) + 1 for one in items)
    close = close - 1 if items else skip(text, close)
    return Container(text[: start + 1], items, text[close:])


def _items(text: str, start: int) -> Iterator[Item]:
    at = start + 1
    first = skip(text, at)
    while text[first] not in "]}":
        value = first
        if text[start] == "{":
            value = skip(text, skip(text, decode(text, first)[1]) + 1)
        end = decode(text, value)[1]
        comma = skip(text, end)
        yield Item(text[at:first], text[first:end], text[end:comma], value - first)
        if text[comma] != ",":
            return
        at = comma + 1
        first = skip(text, at)

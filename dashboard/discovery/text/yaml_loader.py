"""Loads YAML as the core schema of YAML 1.2 defines it. No tag creates an object, and no alias can fill the memory.

Values are built from the events of the parser, without the nodes of PyYAML, which take three times as long and as much
memory.
"""

from collections.abc import Iterator
from typing import Any

import yaml

from dashboard.discovery.discovered import Json, Remark, UnreadableDocument
from dashboard.discovery.text.parse import repeated_keys
from dashboard.discovery.text.yaml_scalars import plain_value, tagged_value

_MAX_EXPANDED = 3_000_000
_MAX_DEPTH = 200
_MAP, _SEQUENCE = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"


def load_yaml(text: str) -> tuple[Any, tuple[Remark, ...]]:
    """Return the first document of a YAML text, with remarks. Raises UnreadableDocument that names the line."""
    builder = _Builder()
    try:
        events = yaml.parse(text, Loader=yaml.CSafeLoader)
        data = builder.build(events)
        has_more = any(isinstance(event, yaml.DocumentStartEvent) for event in _next(events))
    except yaml.MarkedYAMLError as error:
        raise UnreadableDocument(_message(error)) from None
    except yaml.YAMLError as error:
        raise UnreadableDocument(f"The document is not valid YAML: {str(error)[:200]}.") from None
    except RecursionError:
        raise UnreadableDocument("The document is nested too deeply.") from None
    except ValueError as error:
        raise UnreadableDocument(f"The document contains a value that cannot be read: {error}.") from None
    _check_size(data)
    more = (Remark("note", "The file contains several documents. Only the first one was read."),)
    return data, (*repeated_keys(builder.repeated), *(more if has_more else ()))


def _next(events: Iterator[yaml.Event]) -> list[yaml.Event]:
    event = next(events, None)
    return [] if event is None else [event]


class _Level:
    """A mapping or sequence that is being built."""

    __slots__ = ("is_merge", "key", "merged", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.key: str | None = None
        self.is_merge = False  # the key is an unquoted <<
        self.merged: list[Any] = []

    def add(self, value: Any) -> None:
        """Add an item, or the value of the current key. The value of `<<` is merged."""
        if isinstance(self.value, list):
            self.value.append(value)
        elif self.is_merge:
            self.merged.append(value)  # not complete yet
            self.is_merge = False
        elif self.key is not None:
            self.value[self.key] = value
            self.key = None

    def finish(self) -> None:
        """Put what is merged before the members of the mapping itself, which win."""
        if not self.merged:
            return
        own, found = dict(self.value), Json()
        for value in self.merged:
            parts = value if isinstance(value, list) else [value]
            if not all(isinstance(part, dict) for part in parts):
                raise ValueError("<< needs a mapping or a list of mappings")
            for part in reversed(parts):
                found.update(part)
        self.value.clear()
        self.value.update(found | own)


class _Builder:
    """Builds the value of one document. Keys are texts; repeated ones are collected."""

    def __init__(self) -> None:
        self.repeated: list[str] = []
        self._anchors: dict[str, Any] = {}
        self._levels: list[_Level] = []
        self._last: Any = None
        self._data: Any = None

    def build(self, events: Iterator[yaml.Event]) -> Any:
        """Return the value of the first document."""
        for event in events:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._add_scalar(event)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._start(event, {} if kind is yaml.MappingStartEvent else [])
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self._levels.pop().finish()
            elif kind is yaml.AliasEvent:
                self._add_alias(event)
            elif kind is yaml.DocumentEndEvent:
                break
        return self._data

    def _add_scalar(self, event: Any) -> None:
        if self._expects_key():
            is_merge = event.value == "<<" and event.implicit[0] and event.tag is None
            if is_merge:
                self._levels[-1].is_merge = True
            else:
                self._set_key(event.value)
        elif event.tag is None or event.tag == "!":
            self._add(plain_value(event.value) if event.implicit[0] and event.tag is None else event.value)
        else:
            try:
                self._add(tagged_value(event.value, event.tag))
            except KeyError:
                raise _at(event, _tag_message(event.tag)) from None
        if event.anchor:
            self._anchors[event.anchor] = event.value if self._has_key() else self._last

    def _start(self, event: Any, value: Any) -> None:
        if self._expects_key():
            raise _at(event, "a key is not a text")
        if event.tag not in (None, "!", _MAP if isinstance(value, dict) else _SEQUENCE):
            raise _at(event, _tag_message(event.tag))
        if len(self._levels) >= _MAX_DEPTH:
            raise UnreadableDocument(f"The document is nested deeper than {_MAX_DEPTH} levels.")
        self._add(value)
        self._levels.append(_Level(value))
        if event.anchor:
            self._anchors[event.anchor] = value

    def _add_alias(self, event: Any) -> None:
        if event.anchor not in self._anchors:
            raise _at(event, f'undefined alias "{event.anchor[:60]}"')
        value = self._anchors[event.anchor]
        if not self._expects_key():
            self._add(value)
        elif isinstance(value, str):
            self._set_key(value)
        else:
            raise _at(event, "a key is not a text")

    def _expects_key(self) -> bool:
        level = self._levels[-1] if self._levels else None
        return (
            level is not None and isinstance(level.value, dict) and level.key is None and not level.is_merge
        )

    def _has_key(self) -> bool:
        return bool(self._levels) and self._levels[-1].key is not None

    def _set_key(self, key: str) -> None:
        level = self._levels[-1]
        if key in level.value:
            self.repeated.append(key)
        level.key = key

    def _add(self, value: Any) -> None:
        self._last = value
        if self._levels:
            self._levels[-1].add(value)
        else:
            self._data = value


def _message(error: yaml.MarkedYAMLError) -> str:
    if "nesting depth" in str(error.problem):
        return "The document is nested too deeply."
    mark = error.problem_mark or error.context_mark
    line = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    return f"The document is not valid YAML: {error.problem or error.context}{line}."


def _tag_message(tag: str) -> str:
    return f'the tag "{tag[:60]}" is not supported. Remove it'


def _at(event: Any, message: str) -> UnreadableDocument:
    return UnreadableDocument(f"The document cannot be read: {message} (line {event.start_mark.line + 1}).")


def _check_size(data: Any) -> None:
    """Refuse a document whose aliases contain themselves or expand to too many values."""
    sizes: dict[int, int] = {}
    open_values: set[int] = set()

    def size_of(value: Any, depth: int) -> int:
        if not isinstance(value, dict | list):
            return 1
        identity = id(value)
        if identity in open_values:
            raise UnreadableDocument(
                "An alias of the document refers to the value that contains it. Remove it."
            )
        if depth > _MAX_DEPTH:
            raise UnreadableDocument(f"The document is nested deeper than {_MAX_DEPTH} levels.")
        if identity not in sizes:
            open_values.add(identity)
            items = value.values() if isinstance(value, dict) else value
            sizes[identity] = 1 + sum(size_of(item, depth + 1) for item in items)
            open_values.remove(identity)
        return sizes[identity]

    if size_of(data, 0) > _MAX_EXPANDED:
        raise UnreadableDocument("The aliases of the document expand to too many values. Write them out.")

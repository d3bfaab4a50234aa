"""Loads YAML as the core schema of YAML 1.2 defines it. No tag creates an object, and no alias can fill the memory."""

import re
from collections.abc import Hashable
from typing import Any

import yaml

from dashboard.discovery.discovered import Remark, UnreadableDocument
from dashboard.discovery.text.parse import repeated_keys

_MAX_EXPANDED = 3_000_000
_MAX_DEPTH = 200
_RESOLVERS = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+0123456789.",
    ),
    ("merge", r"<<", "<"),
)


class _Loader(yaml.CSafeLoader):
    """A safe loader: keys are texts, timestamps and words such as `on` stay texts, repeated keys are collected."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.repeated: list[str] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        self.flatten_mapping(node)
        data: dict[Hashable, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _at(key_node, "a key is not a text")
            if key_node.value in data:
                self.repeated.append(key_node.value)
            data[key_node.value] = self.construct_object(value_node, deep=deep)
        return data


def _construct_int(_loader: _Loader, node: yaml.ScalarNode) -> int:
    text = str(node.value)
    try:
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    except ValueError:
        raise _at(node, "a number has too many digits") from None


def _construct_map(loader: _Loader, node: yaml.MappingNode) -> Any:
    data: dict[Hashable, Any] = {}
    yield data
    data.update(loader.construct_mapping(node))


def _refuse_tag(_loader: _Loader, node: yaml.Node) -> Any:
    raise _at(node, f'the tag "{str(node.tag)[:60]}" is not supported. Remove it')


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in _RESOLVERS:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})$"), list(_first))
_Loader.add_constructor("tag:yaml.org,2002:int", _construct_int)
_Loader.add_constructor("tag:yaml.org,2002:map", _construct_map)
_Loader.add_constructor(None, _refuse_tag)


def load_yaml(text: str) -> tuple[Any, tuple[Remark, ...]]:
    """Return the first document of a YAML text, with remarks. Raises UnreadableDocument that names the line."""
    try:
        loader = _Loader(text)
        try:
            data = loader.get_data()
            has_more = bool(loader.check_data())  # type: ignore[no-untyped-call]
        finally:
            loader.dispose()
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
    return data, (*repeated_keys(loader.repeated), *(more if has_more else ()))


def _message(error: yaml.MarkedYAMLError) -> str:
    if "nesting depth" in str(error.problem):
        return "The document is nested too deeply."
    mark = error.problem_mark or error.context_mark
    line = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    return f"The document is not valid YAML: {error.problem or error.context}{line}."


def _at(node: yaml.Node, message: str) -> UnreadableDocument:
    return UnreadableDocument(f"The document cannot be read: {message} (line {node.start_mark.line + 1}).")


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

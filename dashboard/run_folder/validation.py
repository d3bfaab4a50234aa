"""Validates the JSON files of a run folder when they are read."""

import json
from types import UnionType
from typing import Any, Final, get_args, get_origin

FORMAT: Final = 1


class UnreadableFile(Exception):
    """A JSON file of the run folder exists but is invalid; the message gives the reason."""


class NewerFormat(UnreadableFile):
    """A newer version of the program wrote the file, so the folder must not be changed."""


def validate(name: str, text: bytes, hints: dict[str, Any]) -> dict[str, Any]:
    """Return the typed fields of a JSON file. Raises UnreadableFile, NewerFormat."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise UnreadableFile(f"{name} is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise UnreadableFile(f"{name} is not a JSON object")
    version = data.get("format")
    if not isinstance(version, int):
        raise UnreadableFile(f'{name} has no "format"')
    if version > FORMAT:
        raise NewerFormat(f"{name} has format {version}; this program reads formats up to {FORMAT}")
    return {key: _check_type(name, key, data.get(key), hint) for key, hint in hints.items()}


def _check_type(name: str, key: str, value: object, hint: Any) -> object:
    expected = get_origin(hint) or hint
    if expected is tuple and isinstance(value, list) and _all_strings(value):
        return tuple(value)
    if expected is dict and isinstance(value, dict) and _all_strings([*value, *value.values()]):
        return value
    types = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    if float in types and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    # the exact type, because bool is a subclass of int in Python but not in JSON
    if type(value) in types:
        return value
    is_missing = value is None
    raise UnreadableFile(f'{name} has no "{key}"' if is_missing else f'{name}: "{key}" has the wrong type')


def _all_strings(values: list[object]) -> bool:
    return all(isinstance(value, str) for value in values)

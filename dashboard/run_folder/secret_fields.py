"""Finds the fields of a run folder's JSON files that hold secrets, and removes their values."""

import json
import os
from functools import cache
from typing import Any, Final, get_type_hints

# Marks a field of a shape that holds secrets: Annotated[str, SECRET].
SECRET: Final = "secret"


@cache
def secret_fields(shape: type) -> frozenset[str]:
    """Return the fields of a shape that hold secrets."""
    hints = get_type_hints(shape, include_extras=True)
    return frozenset(name for name, hint in hints.items() if SECRET in getattr(hint, "__metadata__", ()))


def without_secrets(text: bytes, shape: type) -> dict[str, Any] | None:
    """Return the content of a JSON file without its secrets; None if it is not a JSON object.

    A string becomes random, because an empty one could be accepted as a key. Lists and objects become empty.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    return data | {name: _replace_secret(data[name]) for name in secret_fields(shape) if name in data}


def _replace_secret(value: object) -> object:
    if value is None or isinstance(value, list | dict):
        return value and type(value)()
    return os.urandom(16).hex()


def field_types(shape: type) -> dict[str, Any]:
    """Return the type of each field, without the SECRET annotation."""
    return _field_types(shape)


@cache
def _field_types(shape: type) -> dict[str, Any]:
    return get_type_hints(shape)

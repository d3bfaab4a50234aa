"""Which fields of a run folder's JSON files hold secrets, and a file without them."""

import json
import os
from functools import cache
from typing import Any, Final, get_type_hints

# Marks a field of a shape that holds secrets: Annotated[str, SECRET].
SECRET: Final = "secret"


@cache
def secret_fields(shape: type) -> frozenset[str]:
    """The fields of a shape that hold secrets."""
    hints = get_type_hints(shape, include_extras=True)
    return frozenset(name for name, hint in hints.items() if SECRET in getattr(hint, "__metadata__", ()))


def without_secrets(text: bytes, shape: type) -> dict[str, Any] | None:
    """The content of a JSON file with secrets removed; None if it is not a JSON object.

    A text becomes random, because an empty one could be accepted as a key. Lists and objects become empty.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    return data | {name: _emptied(data[name]) for name in secret_fields(shape) if name in data}


def _emptied(value: object) -> object:
    if value is None or isinstance(value, list | dict):
        return value and type(value)()
    return os.urandom(16).hex()


def field_types(shape: type) -> dict[str, Any]:
    """The type of each field, without the mark of a secret."""
    return _field_types(shape)


@cache
def _field_types(shape: type) -> dict[str, Any]:
    return get_type_hints(shape)

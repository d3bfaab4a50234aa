"""Recognizes GraphQL schemas without the GraphQL library."""

import re
from typing import Any, Final

_DEFINITION: Final = re.compile(
    r"^[ \t]*(?:extend[ \t]+)?(?:type|interface|union|enum|input|scalar|schema|directive)\b[^\n:]*(?:[{@=(\n]|$)",
    re.MULTILINE,
)
_ROOT: Final = re.compile(r"^[ \t]*(?:extend[ \t]+)?(?:schema\b|type[ \t]+\w+[^\n]*\{)", re.MULTILINE)


def introspection_of(data: Any) -> Any:
    """Return the object with `__schema` in the result of an introspection, None for anything else."""
    for value in (data, data.get("data") if isinstance(data, dict) else None):
        if isinstance(value, dict) and isinstance(value.get("__schema"), dict):
            return value
    return None


def is_schema_text(text: str) -> bool:
    """Return whether a text looks like a schema file."""
    return _DEFINITION.search(text) is not None and _ROOT.search(text) is not None

"""Writes literal text and references in the fields of endpoints.json that are templates."""

import re
import sys
from typing import Any

_NOT_IN_DOCUMENTS = re.compile("[\ud800-\udfff\0]")


def escaped(text: str) -> str:
    """Return the text as a template that stands for exactly this text."""
    return text.replace("${", "$${")


def escaped_value(value: Any) -> Any:
    """Return a scalar or a list of scalars for a template field."""
    if isinstance(value, list):
        return [escaped_value(one) for one in value]
    return escaped(value) if isinstance(value, str) else value


def env_reference(name: str) -> str:
    """Return the template that stands for an environment variable."""
    return f"${{env.{name}}}"


def data_reference(key: str) -> str:
    """Return the template that stands for a value of an earlier response."""
    return f"${{data.{key}}}"


def without_surrogates(value: Any) -> Any:
    """Return the value without what endpoints.json must not contain: unpaired surrogates, NUL, endless numbers."""
    if isinstance(value, str):
        return _NOT_IN_DOCUMENTS.sub("\ufffd", value)
    if isinstance(value, list):
        return [without_surrogates(one) for one in value]
    if isinstance(value, dict):
        return {without_surrogates(str(name)): without_surrogates(one) for name, one in value.items()}
    is_number = isinstance(value, int | float)
    return value if not is_number or abs(value) <= sys.float_info.max else None

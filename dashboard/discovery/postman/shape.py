"""Reads the parts of a collection, whatever their types are."""

import json
from typing import Any

from dashboard.discovery.discovered import Json


def is_collection(data: Any) -> bool:
    """Return whether a value is a Postman collection of any version, or a report that contains one."""
    value = unwrapped(data)
    if not isinstance(value, dict) or "openapi" in value or "swagger" in value:
        return False
    if is_version_1(value):
        return True
    info = value.get("info")
    is_named = isinstance(info, dict) and "postman" in str(info.get("schema") or info.get("_postman_schema"))
    return is_named or any("request" in one or "item" in one for one in objects(value.get("item")))


def is_version_1(value: Json) -> bool:
    """Return whether a value is a collection of the format 1."""
    return isinstance(value.get("requests"), list) and "order" in value and "item" not in value


def unwrapped(data: Any) -> Any:
    """Return the collection of a Newman report or of an answer of the Postman API."""
    inner = data.get("collection") if isinstance(data, dict) else None
    return inner if isinstance(inner, dict) else data


def objects(value: Any) -> list[Json]:
    """Return the objects of a list, or of a single object."""
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, dict)]


def enabled(value: Any) -> list[Json]:
    """Return the objects of a list that are not disabled."""
    return [one for one in objects(value) if one.get("disabled") is not True]


def text_of(value: Any) -> str:
    """Return a value as text: empty for null, and JSON for what is no text."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def pairs_of(value: Any) -> list[tuple[str, str]]:
    """Return the names and values of a list that are not disabled, or of lines `name: value`."""
    if isinstance(value, str):
        lines = (line.partition(":") for line in value.splitlines() if ":" in line)
        return [(name.strip(), text.strip()) for name, _, text in lines]
    return [(text_of(one.get("key")), text_of(one.get("value"))) for one in enabled(value) if one.get("key")]


def members_of(value: Any) -> dict[str, str]:
    """Return the settings of an authentication: a list in format 2.1, an object in 2.0."""
    if isinstance(value, dict):
        return {str(key): text_of(one) for key, one in value.items()}
    return dict(pairs_of(value))

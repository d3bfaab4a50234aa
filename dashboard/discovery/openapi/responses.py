"""Finds values in the responses of operations that other requests can send."""

import re
from collections.abc import Iterator
from typing import Any

from dashboard.discovery.discovered import Json
from dashboard.discovery.openapi.media_types import kind_of
from dashboard.discovery.openapi.operations import examples_of
from dashboard.discovery.openapi.references import References
from dashboard.discovery.openapi.schemas import CHOICES, Schemas
from dashboard.discovery.openapi.versions import members

_MAX_DEPTH = 4
_MAX_PROPERTIES = 100
_LISTS = ("data", "items", "results", "content", "entries", "records", "list", "values", "rows")
_PATH_NAME = re.compile(r"[^.\[\]\s]+")
_SCALARS = ("string", "integer", "number")
_MISSING = object()


class Responses:
    """The successful responses of operations."""

    def __init__(self, references: References, schemas: Schemas) -> None:
        self._references = references
        self._schemas = schemas

    def success(self, operation: Json) -> Json:
        """Return the response with the lowest successful status; an empty object if there is none."""
        given = [(status.upper(), one) for status, one in members(operation.get("responses"))]
        found = [(status, one) for status, one in given if re.fullmatch("2[0-9X]{2}", status)]
        return self._references.follow(min(found, key=lambda pair: pair[0])[1]) if found else {}

    def values(self, operation: Json, names: list[str], resource: str) -> Iterator[tuple[str, Any]]:
        """Yield the paths in the JSON body, with their schemas, of properties with one of the names, best first."""
        response = self.success(operation)
        for media_type, given in members(response.get("content")):
            media = self._references.follow(given)
            if kind_of(media_type) != "json" or "schema" not in media:
                continue
            examples = list(examples_of(media, self._references))[:1]
            for name in names:
                for path, schema in self._search(media["schema"], name, resource, 0):
                    if all(_at(example, path) not in (_MISSING, None) for example in examples):
                        yield path, schema
            return

    def checked_path(self, operation: Json, path: str) -> str | None:
        """Return the path of a value in the JSON body if the schema of the response contains it.

        A path that leaves out the index of a list gets the first one. Without a schema, every path is accepted.
        """
        for media_type, given in members(self.success(operation).get("content")):
            media = self._references.follow(given)
            if kind_of(media_type) == "json" and "schema" in media:
                return self._checked(media["schema"], re.findall(r"[^.\[\]]+|\[\d+\]", path), "", 0)
        return path

    def _checked(self, schema: Any, parts: list[str], done: str, depth: int) -> str | None:
        combined = self._schemas.combined(schema)
        if not parts or depth > _MAX_DEPTH * 4:
            return done
        if "array" in combined["type"] or ("items" in combined and not combined["type"]):
            rest = parts[1:] if parts[0].startswith("[") else parts
            return self._checked(combined.get("items", {}), rest, done + "[0]", depth + 1)
        properties = dict(members(combined.get("properties")))
        if parts[0] not in properties and properties and not combined[CHOICES]:
            return None
        name = f".{parts[0]}" if done else parts[0]
        return self._checked(properties.get(parts[0], {}), parts[1:], done + name, depth + 1)

    def _search(self, schema: Any, name: str, resource: str, depth: int) -> Iterator[tuple[str, Any]]:
        """Yield the paths of a property: in the object or the items of a list, then in what it contains."""
        if depth > _MAX_DEPTH:
            return
        combined = self._schemas.combined(schema)
        if "items" in combined and (not combined["type"] or "array" in combined["type"]):
            for path, found in self._search(combined["items"], name, resource, depth + 1):
                yield _joined("[0]", path), found
            return
        properties = dict(members(combined.get("properties")))
        example = combined.get("example")
        if isinstance(example, dict):
            properties = {key: part for key, part in properties.items() if example.get(key) is not None}
        for key, part in list(properties.items())[:_MAX_PROPERTIES]:
            if normal(key) == name and _PATH_NAME.fullmatch(key) and self._is_scalar(part):
                yield key, part
        wrappers = [key for key in properties if _is_wrapper(key, resource)]
        for key in wrappers[:5]:
            if _PATH_NAME.fullmatch(key):
                for path, found in self._search(properties[key], name, resource, depth + 2):
                    yield _joined(key, path), found

    def _is_scalar(self, schema: Any) -> bool:
        combined = self._schemas.combined(schema)
        types = [one for one in combined["type"] if one != "null"]
        return bool(types) and all(one in _SCALARS for one in types) and not combined[CHOICES]


def _is_wrapper(key: str, resource: str) -> bool:
    name = normal(key)
    return (
        name in _LISTS
        or name in (resource, singular(resource))
        or (bool(resource) and singular(name) == singular(resource))
    )


def normal(name: str) -> str:
    """Return a name without its punctuation and case."""
    return re.sub(r"[\W_]+", "", name).lower()


def singular(name: str) -> str:
    """Return the singular of an English plural."""
    for ending, replacement in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh")):
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return name[: -len(ending)] + replacement
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def _joined(first: str, rest: str) -> str:
    return f"{first}{rest}" if rest.startswith("[") else f"{first}.{rest}"


def _at(value: Any, path: str) -> Any:
    """Return the value at a path such as `items[0].id`; _MISSING if there is none."""
    for key, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        if key and isinstance(value, dict):
            value = value.get(key, _MISSING)
        elif index and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        else:
            return _MISSING
    return value

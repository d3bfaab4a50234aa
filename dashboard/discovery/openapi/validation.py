"""Checks a value against a schema of a document, as a server that validates requests does."""

import math
import re
import sys
from functools import lru_cache
from typing import Any, TypeGuard

from dashboard.discovery.discovered import Json
from dashboard.discovery.openapi.formats import fits_format
from dashboard.discovery.openapi.patterns import to_python
from dashboard.discovery.openapi.schemas import CHOICES, Schemas

_MAX_DEPTH = 60
_MAX_TEXT = 20_000
_MAX_PARTS = 500
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "object": dict,
    "array": list,
    "null": type(None),
}


class Validator:
    """Checks of values in requests: required properties that are read-only may be absent."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._is_exact = False

    def fits_exactly(self, value: Any, schema: Any) -> bool:
        """Return whether the value also fits no more than one of the schemas of each `oneOf`.

        Often no value does, because the schemas differ only in optional properties. Few servers insist on it.
        """
        self._is_exact = True
        try:
            return self.is_valid(value, schema)
        finally:
            self._is_exact = False

    def is_valid(self, value: Any, schema: Any, depth: int = 0) -> bool:
        """Return whether the value fits the schema."""
        if depth > _MAX_DEPTH:
            return True
        combined = self._schemas.combined(schema)
        return (
            _fits_type(value, combined["type"])
            and _fits_fixed_values(value, combined)
            and self._fits_kind(value, combined, depth)
            and self._fits_choices(value, combined, depth)
            and self._fits_conditions(value, combined, depth)
        )

    def _fits_kind(self, value: Any, schema: Json, depth: int) -> bool:
        if isinstance(value, str):
            return _fits_text(value, schema)
        if isinstance(value, bool) or value is None:
            return True
        if isinstance(value, int | float):
            return is_number(value) and _fits_number(value, schema)
        if isinstance(value, list):
            return self._fits_list(value, schema, depth)
        return not isinstance(value, dict) or self._fits_object(value, schema, depth)

    def _fits_list(self, value: list[Any], schema: Json, depth: int) -> bool:
        if not _within(len(value), schema, "minItems", "maxItems"):
            return False
        if schema.get("uniqueItems") is True and any(
            one in value[:index] for index, one in enumerate(value[:200])
        ):
            return False
        first = schema.get("prefixItems")
        first = first if isinstance(first, list) else []
        if not all(self.is_valid(one, part, depth + 1) for one, part in zip(value, first, strict=False)):
            return False
        rest = value[len(first) :]
        if schema.get("items") is False and rest:
            return False
        items = schema.get("items")
        return not isinstance(items, dict) or all(self.is_valid(one, items, depth + 1) for one in rest)

    def _fits_object(self, value: Json, schema: Json, depth: int) -> bool:
        properties = schema.get("properties", {})
        missing = [name for name in schema["required"] if name not in value]
        if any(not self.is_read_only(properties.get(name)) for name in missing):
            return False
        if not _within(len(value), schema, "minProperties", "maxProperties"):
            return False
        return all(self._fits_member(name, one, schema, depth) for name, one in value.items())

    def _fits_member(self, name: str, value: Any, schema: Json, depth: int) -> bool:
        properties = schema.get("properties", {})
        if name in properties:
            return self.is_valid(value, properties[name], depth + 1)
        patterns = schema.get("patternProperties")
        matching = [
            part
            for pattern, part in (patterns.items() if isinstance(patterns, dict) else ())
            if matches(str(name), pattern)
        ]
        if matching:
            return all(self.is_valid(value, part, depth + 1) for part in matching)
        additional = schema.get("additionalProperties")
        if additional is False:
            return False
        return not isinstance(additional, dict) or self.is_valid(value, additional, depth + 1)

    def _fits_choices(self, value: Any, schema: Json, depth: int) -> bool:
        for is_exclusive, parts in schema[CHOICES]:
            fitting = [part for part in parts[:_MAX_PARTS] if self.is_valid(value, part, depth + 1)]
            if not fitting:
                return False
            if is_exclusive and self._is_exact and len(fitting) > 1:
                return False
        return True

    def _fits_conditions(self, value: Any, schema: Json, depth: int) -> bool:
        if "not" in schema and self.is_valid(value, schema["not"], depth + 1):
            return False
        if "if" in schema:
            branch = "then" if self.is_valid(value, schema["if"], depth + 1) else "else"
            if branch in schema and not self.is_valid(value, schema[branch], depth + 1):
                return False
        dependent = schema.get("dependentRequired")
        if not isinstance(dependent, dict) or not isinstance(value, dict):
            return True
        return all(set(names) <= set(value) for name, names in dependent.items() if name in value)

    def is_read_only(self, schema: Any) -> bool:
        """Return whether only responses have the property."""
        return schema is not None and self._schemas.combined(schema).get("readOnly") is True

    def without_read_only(self, value: Any, schema: Any, depth: int = 0) -> Any:
        """Return the value without the properties that only responses have."""
        if depth > _MAX_DEPTH or not isinstance(value, dict | list):
            return value
        combined = self._schemas.combined(schema)
        if isinstance(value, list):
            return [self.without_read_only(one, combined.get("items"), depth + 1) for one in value]
        properties = combined.get("properties", {})
        return {
            name: self.without_read_only(one, properties.get(name), depth + 1)
            for name, one in value.items()
            if not self.is_read_only(properties.get(name))
        }


def matches(text: str, pattern: Any) -> bool:
    """Return whether a text contains a match of the pattern. A pattern that cannot be read matches everything."""
    compiled = _compiled(pattern) if isinstance(pattern, str) else None
    return compiled is None or len(text) > _MAX_TEXT or bool(compiled.search(text))


@lru_cache(maxsize=500)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(to_python(pattern))
    except (re.error, OverflowError, RecursionError):
        return None


def discriminator_name(schema: Json) -> str | None:
    """Return the property that tells alternatives apart; OpenAPI 2.0 has only its name."""
    given = schema.get("discriminator")
    name = given.get("propertyName") if isinstance(given, dict) else given
    return name if isinstance(name, str) else None


def discriminator_value(schema: Json, reference: str) -> str:
    """Return the value of the discriminator for a schema: by the mapping, otherwise its name."""
    given, name = schema.get("discriminator"), reference.rsplit("/", 1)[-1]
    mapping = given.get("mapping") if isinstance(given, dict) else None
    for key, target in (mapping if isinstance(mapping, dict) else {}).items():
        if target in (reference, name):
            return str(key)
    return name


def _fits_type(value: Any, types: list[str]) -> bool:
    return not types or any(_is_of(value, one) for one in types)


def _is_of(value: Any, name: str) -> bool:
    if name in ("integer", "number"):
        return is_number(value) and (name == "number" or float(value).is_integer())
    return name not in _TYPES or isinstance(value, _TYPES[name])


def _fits_fixed_values(value: Any, schema: Json) -> bool:
    if "const" in schema and not same(value, schema["const"]):
        return False
    return "enum" not in schema or any(same(value, one) for one in schema["enum"])


def same(first: Any, second: Any) -> bool:
    """Return whether two values are equal in JSON, where true is not 1."""
    return isinstance(first, bool) == isinstance(second, bool) and bool(first == second)


def _fits_text(value: str, schema: Json) -> bool:
    return (
        _within(len(value), schema, "minLength", "maxLength")
        and ("pattern" not in schema or matches(value, schema["pattern"]))
        and fits_format(value, schema.get("format"))
    )


def _fits_number(value: float, schema: Json) -> bool:
    if not _within(value, schema, "minimum", "maximum"):
        return False
    lower, upper, step = (schema.get(name) for name in ("exclusiveMinimum", "exclusiveMaximum", "multipleOf"))
    if (is_number(lower) and value <= lower) or (is_number(upper) and value >= upper):
        return False
    if is_number(step) and step > 0:
        quotient = value / step
        return math.isclose(quotient, round(quotient), rel_tol=1e-9, abs_tol=1e-9)
    return schema.get("format") != "int32" or -(2**31) <= value < 2**31


def is_number(value: Any) -> TypeGuard[int | float]:
    """Return whether a value is a number within the range of a double, and no boolean."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _within(size: float, schema: Json, lower: str, upper: str) -> bool:
    minimum, maximum = schema.get(lower), schema.get(upper)
    return not (is_number(minimum) and size < minimum) and not (is_number(maximum) and size > maximum)

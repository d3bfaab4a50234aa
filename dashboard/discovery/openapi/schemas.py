"""Reads schemas: follows references, combines `allOf`, and brings the dialects of all versions into one form.

A combined schema has `type` as a list, no `$ref` and no `allOf`. Its `oneOf` and `anyOf` are in `CHOICES`, a list of
pairs: whether a value must fit exactly one of the schemas, and the schemas.
"""

from collections.abc import Callable
from typing import Any, Final

from dashboard.discovery.discovered import Json
from dashboard.discovery.openapi.references import References

CHOICES: Final = "choices"
_MAX_DEPTH = 60
_NOT_COMBINED = ("$ref", "allOf", "oneOf", "anyOf", "nullable", "type", CHOICES)


class CombinedSchema(dict[str, Any]):
    """A schema in the combined form."""


ANYTHING: Final = CombinedSchema({"type": [], "required": [], CHOICES: []})
NOTHING: Final = CombinedSchema({**ANYTHING, "not": {}})


class Schemas:
    """The combined schemas of a document, each made once."""

    def __init__(self, references: References) -> None:
        self._references = references
        self._combined: dict[int, tuple[Any, CombinedSchema]] = {}
        self._unfinished: set[int] = set()

    def combined(self, schema: Any) -> CombinedSchema:
        """Return the combined form of a schema, which can be of any type in a broken document."""
        if isinstance(schema, CombinedSchema):
            return schema
        key = id(schema)
        known = self._combined.get(key)
        if known is not None:
            return known[1]
        if key in self._unfinished or len(self._unfinished) > _MAX_DEPTH:
            return ANYTHING  # a schema that consists of itself
        self._unfinished.add(key)
        try:
            result = self._combine(schema)
        finally:
            self._unfinished.discard(key)
        self._combined[key] = (schema, result)  # keeps the schema, so that its id stays its own
        return result

    def reference_of(self, schema: Any) -> str:
        """Return the reference that a schema consists of, or an empty text."""
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        return reference if isinstance(reference, str) else ""

    def _combine(self, schema: Any) -> CombinedSchema:
        if schema is False:
            return NOTHING
        if not isinstance(schema, dict):
            return ANYTHING
        parts = []
        if "$ref" in schema:
            parts.append(self.combined(self._references.target(schema["$ref"])))
        all_of = schema.get("allOf")
        if isinstance(all_of, list):
            parts += [self.combined(part) for part in all_of[:100]]
        result = _own_part(schema)
        for part in parts:
            result = both(part, result)
        return result


def _own_part(schema: Json) -> CombinedSchema:
    own = CombinedSchema({name: value for name, value in schema.items() if name not in _NOT_COMBINED})
    own["type"] = _types_of(schema)
    own[CHOICES] = [
        (name == "oneOf", value)
        for name in ("oneOf", "anyOf")
        if isinstance(value := schema.get(name), list) and value
    ]
    for name in ("minimum", "maximum"):
        exclusive = f"exclusive{name.capitalize()}"
        if schema.get(exclusive) is True and name in own:
            own[exclusive] = own.pop(name)
        elif isinstance(schema.get(exclusive), bool):
            own.pop(exclusive)
    if not isinstance(own.get("properties", {}), dict):
        own.pop("properties")
    if not isinstance(own.get("enum", []), list):
        own.pop("enum")
    own["required"] = [name for name in _list_of(schema.get("required")) if isinstance(name, str)]
    return own


def _types_of(schema: Json) -> list[str]:
    """Return the types that a schema allows; an empty list allows any. `nullable` adds null."""
    given = schema.get("type")
    types = [given] if isinstance(given, str) else [one for one in _list_of(given) if isinstance(one, str)]
    types = ["string" if one == "file" else one for one in types if one != "any"]
    if types and schema.get("nullable") is True and "null" not in types:
        types.append("null")
    return types


def _list_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def both(first: CombinedSchema, second: CombinedSchema) -> CombinedSchema:
    """Return a schema that allows what both allow. Descriptive members of the second one win."""
    result = CombinedSchema({**first, **second})
    for name, combine in _COMBINERS.items():
        if name in first and name in second:
            result[name] = combine(first[name], second[name])
    return result


def _both_types(first: list[str], second: list[str]) -> list[str]:
    if not first or not second:
        return first or second
    numeric = ["integer"] if "integer" in first + second and "number" in first + second else []
    return [one for one in first if one in second] or numeric or second


def _both_properties(first: Json, second: Json) -> Json:
    result = {**first, **second}
    for name in first.keys() & second.keys():
        if first[name] is not second[name]:
            result[name] = {"allOf": [first[name], second[name]]}
    return {name: result[name] for name in [*first, *second]}


def _both_additional(first: Any, second: Any) -> Any:
    if first is False or second is False:
        return False
    return {"allOf": [one for one in (first, second) if isinstance(one, dict)]}


def _larger(first: Any, second: Any) -> Any:
    return max(first, second) if _are_numbers(first, second) else second


def _smaller(first: Any, second: Any) -> Any:
    return min(first, second) if _are_numbers(first, second) else second


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(value, int | float) for value in values)


_COMBINERS: dict[str, Callable[[Any, Any], Any]] = {
    "type": _both_types,
    "properties": _both_properties,
    "additionalProperties": _both_additional,
    "required": lambda first, second: list(dict.fromkeys([*first, *second])),
    "enum": lambda first, second: [one for one in first if one in second] or second,
    "items": lambda first, second: first if first is second else {"allOf": [first, second]},
    CHOICES: lambda first, second: [
        *first,
        *(one for one in second if all(one[1] is not other[1] for other in first)),
    ],
    "readOnly": lambda first, second: bool(first or second),
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), _larger),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), _smaller),
}

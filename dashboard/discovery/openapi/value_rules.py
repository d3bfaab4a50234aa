"""What a schema gives and hints at: its own values, the types to make, and values that differ from others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.discovery.discovered import Json
from dashboard.discovery.openapi.schemas import CombinedSchema

_MAX_GIVEN = 12
_HINTS = {
    "object": ("properties", "additionalProperties", "patternProperties", "minProperties"),
    "array": ("items", "prefixItems", "minItems", "uniqueItems"),
    "string": ("pattern", "minLength", "maxLength", "format"),
    "number": ("minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"),
}


class NoValue(Exception):
    """No value fits, or it would have to contain itself."""


@dataclass(frozen=True, slots=True)
class MadeValue:
    """A value, and whether the document gives it or it was made from the rules of the schema."""

    value: Any
    is_given: bool


def given_values(schema: Json) -> list[Any]:
    """Return the values that a schema gives: examples, then the default, then the constant or the enum values."""
    values = [schema[name] for name in ("example", "x-example") if name in schema]
    examples = schema.get("examples")
    if isinstance(examples, list):
        values += examples[:_MAX_GIVEN]
    values += [schema["default"]] if schema.get("default") is not None else []
    values += [schema["const"]] if "const" in schema else []
    return values + [one for one in schema.get("enum", [])[:_MAX_GIVEN] if one is not None]


def without_examples(schema: CombinedSchema, rest: CombinedSchema) -> CombinedSchema:
    """Return an alternative with the examples of its own only, not those of the schema that contains it."""
    own = CombinedSchema(schema)
    for name in ("example", "examples", "default"):
        if name in rest and own.get(name) is rest[name]:
            del own[name]
    return own


def types_to_make(schema: Json) -> Sequence[str]:
    """Return the types of values to try. A schema without a type is recognized by its other rules."""
    types = [one for one in schema["type"] if one != "null"]
    if types or schema["type"]:
        return types or ["null"]
    hinted = [name for name, hints in _HINTS.items() if any(hint in schema for hint in hints)]
    return hinted or (["object"] if schema["required"] else ["string", "object"])


def variations_of(value: Any, number: int) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value + number]
    if isinstance(value, str):
        return [
            f"{value}{number}",
            f"{number}{value[len(str(number)) :]}",
            value[: -len(str(number))] + str(number),
        ]
    if isinstance(value, dict):
        return [
            {**value, name: changed}
            for name, one in value.items()
            if isinstance(one, str | int | float)
            for changed in variations_of(one, number)
        ]
    return []

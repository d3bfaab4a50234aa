"""Values that are made from schemas, checked by an independent validator."""

from contextlib import suppress
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.discovery.openapi.references import References
from dashboard.discovery.openapi.schemas import Schemas
from dashboard.discovery.openapi.validation import Validator
from dashboard.discovery.openapi.value_rules import NoValue
from dashboard.discovery.openapi.values import ValueMaker

DEFINITIONS: dict[str, Any] = {
    "Node": {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}, "next": {"$ref": "#/definitions/Node"}},
    },
    "Tree": {
        "type": "object",
        "required": ["children"],
        "properties": {"children": {"type": "array", "items": {"$ref": "#/definitions/Tree"}}},
    },
    "Cat": {
        "type": "object",
        "required": ["kind", "lives"],
        "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}},
    },
    "Dog": {
        "type": "object",
        "required": ["kind", "bark"],
        "properties": {"kind": {"type": "string"}, "bark": {"type": "boolean"}},
    },
    "a/b~c ü": {"type": "integer", "minimum": 7},
}
SCHEMAS: list[Any] = [
    {"type": "string", "minLength": 30, "maxLength": 40},
    {"type": "string", "maxLength": 2},
    {"type": "string", "pattern": "^[A-Z]{3}-[0-9]+$", "minLength": 9},
    *(
        {"type": "string", "format": name}
        for name in ("date", "date-time", "time", "email", "uuid", "uri", "ipv4")
    ),
    *(
        {"type": "string", "format": name}
        for name in ("ipv6", "hostname", "duration", "json-pointer", "regex")
    ),
    {"type": "integer", "minimum": 5},
    {"type": "integer", "maximum": -5},
    {"type": "integer", "exclusiveMinimum": 2, "exclusiveMaximum": 4},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5},
    {"type": "number", "multipleOf": 0.25, "minimum": 0.3},
    {"type": "integer", "multipleOf": 7, "minimum": 8, "maximum": 20},
    {"type": "boolean"},
    {"type": "null"},
    {"type": ["null", "integer"], "minimum": 3},
    {"enum": ["a", 1, None]},
    {"const": {"a": [1]}},
    {"type": "array", "items": {"type": "integer"}, "minItems": 3, "uniqueItems": True},
    {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 3, "uniqueItems": True},
    {"type": "array", "items": {"$ref": "#/definitions/Node"}, "minItems": 2, "uniqueItems": True},
    {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "boolean"}], "items": False},
    {"type": "array", "prefixItems": [{"const": 1}], "items": {"type": "string"}, "minItems": 3},
    {"type": "object", "minProperties": 3, "additionalProperties": {"type": "integer"}},
    {"type": "object", "required": ["a"], "additionalProperties": {"type": "integer"}},
    {"type": "object", "properties": {"a": {"type": "string"}}, "minProperties": 1},
    {"required": ["a"], "properties": {"a": {"minimum": 5}}},
    {"$ref": "#/definitions/Node"},
    {"$ref": "#/definitions/Tree"},
    {"$ref": "#/definitions/a~1b~0c%20%C3%BC"},
    {
        "allOf": [
            {"$ref": "#/definitions/Cat"},
            {"required": ["extra"], "properties": {"extra": {"const": 5}}},
        ]
    },
    {"allOf": [{"type": "integer", "minimum": 3}, {"maximum": 9}, {"multipleOf": 4}]},
    {"oneOf": [{"$ref": "#/definitions/Cat"}, {"$ref": "#/definitions/Dog"}]},
    {"anyOf": [{"type": "null"}, {"type": "string", "minLength": 5}]},
    {"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 0.5}]},
    {"anyOf": [{"required": ["b"]}, {"required": ["c"]}], "properties": {"b": {"type": "integer"}}},
    {
        "type": "object",
        "properties": {"a": {"const": 1}},
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
    },
    {
        "type": "object",
        "oneOf": [{"$ref": "#/definitions/Tree"}, {"type": "object", "properties": {"x": {}}}],
    },
    {"type": "object", "patternProperties": {"^x": {"type": "integer"}}, "additionalProperties": False},
    {"type": "string", "not": {"const": "text"}, "enum": ["text", "other"]},
    {
        "type": "object",
        "dependentRequired": {"a": ["b"]},
        "required": ["a"],
        "properties": {"b": {"const": 2}},
    },
    True,
    {},
]


def maker(definitions: Any = None) -> tuple[ValueMaker, Validator]:
    schemas = Schemas(References({"definitions": DEFINITIONS if definitions is None else definitions}))
    validator = Validator(schemas)
    return ValueMaker(schemas, validator), validator


def standalone(schema: Any) -> Any:
    return {**schema, "definitions": DEFINITIONS} if isinstance(schema, dict) else schema


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_values_fit_their_schemas(schema: Any) -> None:
    made = maker()[0].make(schema).value

    jsonschema_rs.validate(standalone(schema), made, validate_formats=True)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer", "example": 7, "default": 8, "enum": [9, 7, 8]}, 7),
        ({"type": "integer", "examples": [3]}, 3),
        ({"type": "integer", "default": 8, "enum": [9, 8]}, 8),
        ({"type": "integer", "enum": [9, 8]}, 9),
        ({"type": "integer", "example": "no number", "minimum": 4}, 4),
    ],
)
def test_examples_come_before_defaults_and_enums(schema: Any, value: Any) -> None:
    assert maker()[0].make(schema).value == value


def test_only_required_properties_and_those_with_examples_are_made() -> None:
    schema = {
        "type": "object",
        "required": ["a", "gone"],
        "properties": {
            "a": {"type": "integer"},
            "b": {"type": "string"},
            "c": {"type": "string", "example": "c"},
            "gone": {"type": "string", "readOnly": True},
        },
    }

    assert maker()[0].make(schema).value == {"a": 1, "c": "c"}


def test_an_object_without_required_properties_is_not_empty() -> None:
    schema = {"properties": {"a": {"type": "integer"}, "b": {"type": "string", "deprecated": True}}}

    assert maker()[0].make(schema).value == {"a": 1}


def test_read_only_properties_are_removed_from_examples() -> None:
    schema = {
        "properties": {"id": {"readOnly": True}, "name": {"type": "string"}},
        "example": {"id": 1, "name": "x"},
    }

    assert maker()[0].make(schema).value == {"name": "x"}


def test_discriminator_names_the_schema() -> None:
    schema = {
        "oneOf": [{"$ref": "#/definitions/Cat"}, {"$ref": "#/definitions/Dog"}],
        "discriminator": {"propertyName": "kind", "mapping": {"puss": "#/definitions/Cat"}},
    }

    assert maker()[0].make(schema).value == {"kind": "puss", "lives": 1}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 1, "nullable": True},
        {"type": "number", "minimum": 1, "exclusiveMinimum": True},
        {"type": "string", "format": "binary"},
        {"type": "file"},
    ],
    ids=str,
)
def test_dialect_of_older_versions(schema: Any) -> None:
    made, validator = maker()

    assert validator.is_valid(made.make(schema).value, schema)


@pytest.mark.parametrize(
    "definitions",
    [
        {"A": {"$ref": "#/definitions/A"}},
        {"A": {"$ref": "#/definitions/B"}, "B": {"$ref": "#/definitions/A"}},
        {"A": {"allOf": [{"$ref": "#/definitions/A"}, {"$ref": "#/definitions/A"}]}},
        {"A": {"anyOf": [{"$ref": "#/definitions/A"}, {"$ref": "#/definitions/A"}]}},
        {"A": {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/definitions/A"}}}},
        {"A": {"items": {"$ref": "#/definitions/A"}, "minItems": 1, "type": "array"}},
        {"A": False},
        {"A": {"$ref": "http://example.invalid/a"}},
        {"A": {"$ref": 5}},
    ],
    ids=str,
)
def test_schemas_without_end_end(definitions: Any) -> None:
    values, validator = maker(definitions)
    schema = {"$ref": "#/definitions/A"}
    with suppress(NoValue):
        validator.is_valid(values.make(schema).value, schema)


_scalars = st.sampled_from(
    [
        {"type": "integer", "minimum": -3, "maximum": 4},
        {"type": "string", "minLength": 2},
        {"type": "number", "multipleOf": 0.5},
        {"enum": [1, "a"]},
        {"type": "boolean"},
        {"type": ["string", "null"], "maxLength": 3},
    ]
)
_trees = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.builds(
            lambda items, count: {"type": "array", "items": items, "minItems": count},
            inner,
            st.integers(0, 3),
        ),
        st.builds(
            lambda properties, required: {
                "type": "object",
                "properties": properties,
                "required": [name for name in required if name in properties],
            },
            st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
            st.lists(st.sampled_from("abc"), unique=True),
        ),
        st.builds(lambda parts: {"anyOf": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"allOf": [part]}, inner),
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(_trees)
def test_values_of_nested_schemas_fit(schema: Any) -> None:
    jsonschema_rs.validate(schema, maker()[0].make(schema).value)

"""Makes a value for a schema: its example, default or first enum value, otherwise one that fits its rules."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from dashboard.discovery.discovered import Json
from dashboard.discovery.openapi.scalars import numbers_for, texts_for_schema
from dashboard.discovery.openapi.schemas import CHOICES, CombinedSchema, Schemas, both
from dashboard.discovery.openapi.validation import (
    Validator,
    discriminator_name,
    discriminator_value,
    is_number,
)
from dashboard.discovery.openapi.value_rules import (
    MadeValue,
    NoValue,
    given_values,
    types_to_make,
    variations_of,
    without_examples,
)

_MAX_DEPTH = 24
_MAX_STEPS = 20_000
_MAX_ITEMS = 100
_MAX_CHOICES = 12


class ValueMaker:
    """Makes values for requests. The work for one value is bounded."""

    def __init__(self, schemas: Schemas, validator: Validator) -> None:
        self.schemas = schemas
        self._validator = validator
        self._made: dict[int, tuple[Any, MadeValue]] = {}
        self._steps = 0
        self._cuts = 0

    def make(self, schema: Any) -> MadeValue:
        """Return a value; an object with optional properties if it would be empty without. Raises NoValue."""
        self._steps = 0
        made = self._make(schema, ())
        return self._with_optional_properties(schema, made) if made.value == {} else made

    def _with_optional_properties(self, schema: Any, empty: MadeValue) -> MadeValue:
        combined = self.schemas.combined(schema)
        names = [name for name in combined.get("properties", {}) if name not in ("", None)]
        value: Json = {}
        for name in names[:_MAX_ITEMS]:
            part = combined["properties"][name]
            if self._validator.is_read_only(part) or self.schemas.combined(part).get("deprecated") is True:
                continue
            try:
                value[name] = self._make(part, (id(combined),)).value
            except NoValue:
                continue
            if not self._validator.fits_exactly(value, combined):
                del value[name]
        return MadeValue(value, False) if value else empty

    def _make(self, schema: Any, above: tuple[int, ...]) -> MadeValue:
        known = self._made.get(id(schema))
        if known is not None:
            return known[1]
        combined = self.schemas.combined(schema)
        if len(above) > _MAX_DEPTH or id(combined) in above:
            self._cuts += 1
            raise NoValue
        cuts = self._cuts
        made = self._make_anew(combined, (*above, id(combined)))
        if cuts == self._cuts:
            self._made[id(schema)] = (schema, made)
        return made

    def _make_anew(self, combined: CombinedSchema, above: tuple[int, ...]) -> MadeValue:
        self._steps += 1
        if self._steps > _MAX_STEPS:
            self._cuts += 1
            raise NoValue
        for value in given_values(combined):
            clean = self._validator.without_read_only(value, combined)
            if clean is not None and self._validator.is_valid(clean, combined):
                return MadeValue(clean, True)
        fallback: list[Any] = []
        for value in self._built(combined, above):
            if not self._validator.is_valid(value, combined):
                fallback.append(value)
            elif self._validator.fits_exactly(value, combined):
                return MadeValue(value, False)
            else:
                fallback.insert(0, value)
        if not fallback:
            raise NoValue
        return MadeValue(fallback[0], False)

    def _built(self, schema: CombinedSchema, above: tuple[int, ...]) -> Iterator[Any]:
        """Yield values that probably fit, best first."""
        yield from (schema["const"],) if "const" in schema else schema.get("enum", ())
        if schema[CHOICES]:
            yield from self._from_choices(schema, above)
            if "properties" not in schema and not schema["type"]:
                return
        for name in types_to_make(schema):
            yield from self._of_type(name, schema, above)

    def _of_type(self, name: str, schema: CombinedSchema, above: tuple[int, ...]) -> Iterator[Any]:
        if name == "object":
            yield from self._objects(schema, above)
        elif name == "array":
            yield from self._lists(schema, above)
        elif name in ("integer", "number"):
            yield from numbers_for(schema, is_integer=name == "integer")
        elif name == "boolean":
            yield from (True, False)
        elif name == "null":
            yield None
        else:
            yield from texts_for_schema(schema)

    def _from_choices(self, schema: CombinedSchema, above: tuple[int, ...]) -> Iterator[Any]:
        """Yield values of each alternative together with the rest of the schema."""
        _, parts = schema[CHOICES][0]
        rest = CombinedSchema({**schema, CHOICES: schema[CHOICES][1:]})
        for part in sorted(
            parts[:_MAX_CHOICES], key=lambda part: self.schemas.combined(part)["type"] == ["null"]
        ):
            whole = both(self.schemas.combined(part), rest)
            path = (*above, id(self.schemas.combined(part)))
            if path[-1] in above:
                self._cuts += 1
                continue
            own = without_examples(whole, rest)
            try:
                for value in (
                    self._make_anew(own, path).value,
                    *islice(self._built(own, path), _MAX_CHOICES),
                ):
                    yield self._discriminated(value, part, schema)
                    yield value
            except NoValue:
                continue

    def _discriminated(self, value: Any, part: Any, schema: Json) -> Any:
        """Return the object with the name of its schema in the property that tells the alternatives apart."""
        name, reference = discriminator_name(schema), self.schemas.reference_of(part)
        if name is None or not isinstance(value, dict) or not reference:
            return value
        return {**value, name: discriminator_value(schema, reference)}

    def _objects(self, schema: CombinedSchema, above: tuple[int, ...]) -> Iterator[Json]:
        properties = schema.get("properties", {})
        value: Json = {}
        for name, part in properties.items():
            is_required = name in schema["required"]
            if self._validator.is_read_only(part) or not (is_required or self._has_example(part)):
                continue
            try:
                value[name] = self._make(part, above).value
            except NoValue:
                if is_required:
                    raise
        for name in schema["required"]:
            if name not in properties and name not in value:
                value[name] = self._additional_value(schema, above)
        self._set_base_discriminator(value, schema)
        yield value
        yield {name: value[name] for name in schema["required"] if name in value}
        yield from self._larger_objects(value, schema, above)

    def _set_base_discriminator(self, value: Json, schema: Json) -> None:
        discriminator = schema.get("discriminator")
        if not isinstance(discriminator, dict) or not isinstance(discriminator.get("mapping"), dict):
            return
        name, names = discriminator.get("propertyName"), list(discriminator["mapping"])
        part = schema.get("properties", {}).get(name)
        if (
            name in value
            and names
            and value[name] not in names
            and self._validator.is_valid(names[0], part or {})
        ):
            value[name] = names[0]

    def _has_example(self, part: Any) -> bool:
        combined = self.schemas.combined(part)
        examples = combined.get("examples")
        return "example" in combined or (isinstance(examples, list) and bool(examples))

    def _larger_objects(self, value: Json, schema: CombinedSchema, above: tuple[int, ...]) -> Iterator[Json]:
        """Yield objects with more properties, for `minProperties` and for alternatives that require some."""
        larger, minimum = dict(value), schema.get("minProperties")
        for name, part in list(schema.get("properties", {}).items())[:_MAX_ITEMS]:
            if name in larger or self._validator.is_read_only(part) or self._steps > _MAX_STEPS:
                continue
            try:
                larger[name] = self._make(part, above).value
            except NoValue:
                continue
            yield {**value, name: larger[name]}
            yield dict(larger)
        missing = min(int(minimum), _MAX_ITEMS) - len(larger) if is_number(minimum) else 0
        for number in range(1, missing + 1):
            larger[f"key{number}"] = self._additional_value(schema, above)
        if missing > 0:
            yield larger

    def _additional_value(self, schema: CombinedSchema, above: tuple[int, ...]) -> Any:
        additional = schema.get("additionalProperties")
        return self._make(additional, above).value if isinstance(additional, dict) else "text"

    def _lists(self, schema: CombinedSchema, above: tuple[int, ...]) -> Iterator[list[Any]]:
        minimum, first = schema.get("minItems"), schema.get("prefixItems")
        first = first if isinstance(first, list) else []
        count = max(min(int(minimum), _MAX_ITEMS) if is_number(minimum) else 1, 1) - len(first)
        try:
            start = [self._make(part, above).value for part in first]
            items = schema.get("items")
            if items is False or (first and items is None):
                yield start
                return
            yield start + self._items(items, count, above)
        except NoValue:
            if not is_number(minimum) or minimum <= 0:
                yield []
                return
            raise
        yield []

    def _items(self, items: Any, count: int, above: tuple[int, ...]) -> list[Any]:
        """Return `count` items, different ones if the schema allows more than one value."""
        first = self._make(items if isinstance(items, dict) else {"type": "string"}, above).value
        found = [first]
        for value in self._variations(first, items):
            if len(found) >= count:
                break
            if value not in found:
                found.append(value)
        return (found + [first] * count)[: max(count, 0)]

    def _variations(self, first: Any, items: Any) -> Iterator[Any]:
        combined = self.schemas.combined(items)
        yield from combined.get("enum", ())
        for number in range(1, _MAX_ITEMS):
            for value in variations_of(first, number):
                if self._validator.is_valid(value, combined):
                    yield value

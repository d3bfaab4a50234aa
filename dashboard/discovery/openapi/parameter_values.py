"""Chooses the value of a parameter: an example that fits, otherwise one that is made from the schema."""

import json
from collections.abc import Iterator
from typing import Any

from dashboard.discovery.openapi.parameters import Parameter
from dashboard.discovery.openapi.responses import normal
from dashboard.discovery.openapi.schemas import Schemas
from dashboard.discovery.openapi.validation import Validator
from dashboard.discovery.openapi.value_rules import MadeValue, NoValue, given_values
from dashboard.discovery.openapi.values import ValueMaker
from dashboard.model.secret_names import is_secret_name

_EMPTY: tuple[Any, ...] = ("", None, [], {})


class ParameterValues:
    """The values of the parameters of a document."""

    def __init__(self, schemas: Schemas, maker: ValueMaker, validator: Validator) -> None:
        self._schemas = schemas
        self._maker = maker
        self._validator = validator

    def is_sent(self, parameter: Parameter) -> bool:
        """Return whether a request contains the parameter: a required one, or one with a usable example."""
        if parameter.is_required or self._is_structured_header(parameter):
            return True
        if parameter.place == "header" and parameter.name.lower() == "content-type":
            return bool(given_values(self._schemas.combined(parameter.schema)))
        if parameter.is_deprecated or is_secret_name(parameter.name.lower()):
            return False
        return next(self._examples(parameter), None) is not None

    def _is_structured_header(self, parameter: Parameter) -> bool:
        """Return whether it is a header with a list or an object, without which servers such as Prism crash."""
        types = self._schemas.combined(parameter.schema)["type"]
        return parameter.place == "header" and bool({"array", "object"} & {*types})

    def of(self, parameter: Parameter, *, is_needed: bool = False) -> MadeValue:
        """Return the value. One for a path (`is_needed`) is never empty."""
        for value in self._examples(parameter):
            return MadeValue(value, True)
        try:
            made = self._maker.make(parameter.schema)
        except NoValue:
            return MadeValue("1", False)
        if is_needed and any(made.value == one for one in _EMPTY):
            return MadeValue("1", False)
        if parameter.schema in ({}, True) and not made.is_given:
            return MadeValue(
                "1" if normal(parameter.name).endswith(("id", "number", "no")) else "text", False
            )
        return made

    def _examples(self, parameter: Parameter) -> Iterator[Any]:
        """Yield the examples that fit the schema and are not empty."""
        combined = self._schemas.combined(parameter.schema)
        own = [
            one for one in given_values({**combined, "default": None, "enum": []}) if "const" not in combined
        ]
        for value in [*parameter.examples, *own]:
            for typed in _typed(value):
                if all(typed != one for one in _EMPTY) and self._validator.is_valid(typed, combined):
                    yield typed
                    break


def _typed(value: Any) -> Iterator[Any]:
    """Yield the value, and the JSON value that its text may stand for."""
    yield value
    if isinstance(value, str):
        try:
            yield json.loads(value)
        except (ValueError, RecursionError):
            return
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)

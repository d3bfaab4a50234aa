"""Response shapes derived from domain types, so that a field has one definition.

`@with_fields(Figures)` adds the fields of a dataclass to a shape, with their types. Descriptions for the API document
are keyword arguments. For a type checker the shape has only its own fields: build it from data or attributes with
`model_validate`.
"""

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel, Field, create_model

Shape = TypeVar("Shape", bound=BaseModel)


def with_fields(
    source: type, names: Iterable[str] | None = None, *, nullable: bool = False, **descriptions: str
) -> Callable[[type[Shape]], type[Shape]]:
    """Add the fields of the dataclass `source` to a shape: all of them, or only `names`.

    `nullable` permits null for every field. A field that the shape declares itself keeps its own type. Raises
    LookupError for a name that is not a field.
    """
    types = get_type_hints(source)
    available = [field.name for field in fields(source)]
    chosen = available if names is None else list(names)
    if unknown := {*chosen, *descriptions} - set(available):
        raise LookupError(f"{source.__name__} has no field {', '.join(sorted(unknown))}")

    def extend(shape: type[Shape]) -> type[Shape]:
        definitions: dict[str, Any] = {
            name: (types[name] | None if nullable else types[name], Field(description=descriptions.get(name)))
            for name in chosen
            if name not in shape.model_fields
        }
        return create_model(
            shape.__name__,
            __base__=shape,
            __module__=shape.__module__,
            __doc__=shape.__doc__,
            **definitions,
        )

    return extend

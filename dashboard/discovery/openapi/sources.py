"""Decides which parameter values come from an earlier response: by the links of the document, then by its resources."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.discovery.chains import Link
from dashboard.discovery.discovered import Remark
from dashboard.discovery.openapi.link_objects import LinkReader
from dashboard.discovery.openapi.operations import Operation
from dashboard.discovery.openapi.parameters import Parameter
from dashboard.discovery.openapi.responses import Responses, normal, singular
from dashboard.discovery.openapi.validation import Validator
from dashboard.discovery.openapi.value_rules import NoValue
from dashboard.discovery.openapi.values import ValueMaker

# The key of an operation, and the place and name of its parameter.
LinkKey = tuple[str, str, str]
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_SUFFIXES = ("id", "uuid", "guid", "key", "slug", "code", "name", "number", "sid")
_SAMPLES = (0, "string")
_WRITES = ("PUT", "PATCH", "DELETE")
_NOT_IN_KEYS = re.compile(r"[^A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True)
class _Place:
    """A placeholder whose segment follows a collection: `/users` for `{id}` in `/users/{id}/orders`."""

    name: str
    collection: str
    is_last: bool


class Sources:
    """The links between the operations of a document. No operation depends on itself."""

    def __init__(
        self, responses: Responses, reader: LinkReader, maker: ValueMaker, validator: Validator
    ) -> None:
        self._responses = responses
        self._reader = reader
        self._maker = maker
        self._validator = validator
        self._links: dict[LinkKey, Link] = {}
        self._sources: dict[str, set[str]] = {}
        self._keys: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}

    def find(self, operations: Sequence[Operation], usable: Sequence[Operation]) -> Mapping[LinkKey, Link]:
        """Return the links by the key of the target, and the place and name of its parameter.

        Only operations in `usable` provide values.
        """
        keys = {one.key for one in usable}
        for target in operations:
            for place, name, source, extract, title in self._reader.links_to(target, keys):
                remark = f'The value comes from the response of "{title}", by a link of the document.'
                self._add(source, target, place, name, extract, Remark("note", remark, _field_of(place)))
        collections: dict[str, list[Operation]] = {}
        for one in usable:
            collections.setdefault(_shape(one.path), []).append(one)
        for target in operations:
            self._guess(target, collections)
        return self._links

    def _guess(self, target: Operation, collections: Mapping[str, list[Operation]]) -> None:
        parameters = {one.name: one for one in target.parameters if one.place == "path"}
        for place in _places(target.path):
            parameter = parameters.get(place.name)
            if (target.key, "path", place.name) in self._links or self.has_example(parameter):
                continue
            for source in _candidates(collections.get(place.collection, ()), place, target):
                path = self._value_path(source, place, parameter)
                if path is None:
                    continue
                message = (
                    f'{{{place.name}}} is a guess: the value at {path} of the response of "{source.title}", '
                    "which the document does not link to it."
                )
                remark = Remark("guess", message, "path")
                if self._add(source, target, "path", place.name, {"body_path": path}, remark):
                    break

    def has_example(self, parameter: Parameter | None) -> bool:
        """Return whether the document gives a value for the parameter."""
        if parameter is None:
            return False
        if any(self._validator.is_valid(one, parameter.schema) for one in parameter.examples):
            return True
        try:
            return self._maker.make(parameter.schema).is_given
        except NoValue:
            return False

    def _value_path(self, source: Operation, place: _Place, parameter: Parameter | None) -> str | None:
        resource = normal(_last_segment(place.collection))
        for path, schema in self._responses.values(
            source.raw, _property_names(place.name, resource), resource
        ):
            if parameter is None:
                return path
            if all(self._validator.is_valid(value, parameter.schema) for value in self._samples(schema)):
                return path
        return None

    def _samples(self, schema: Any) -> list[Any]:
        """Return values of a property. What accepts all of them probably accepts every value of it."""
        try:
            made = [self._maker.make(schema).value]
        except NoValue:
            return [None]
        return made + [value for value in _SAMPLES if self._validator.is_valid(value, schema)]

    def _add(
        self,
        source: Operation,
        target: Operation,
        place: str,
        name: str,
        extract: Mapping[str, str],
        remark: Remark,
    ) -> bool:
        """Add a link, unless the source depends on the target."""
        if (target.key, place, name) in self._links or self._depends(source.key, target.key):
            return False
        self._links[(target.key, place, name)] = Link(
            source.key, target.key, self._key(source, name, extract), extract, remark
        )
        self._sources.setdefault(target.key, set()).add(source.key)
        return True

    def _depends(self, source: str, target: str) -> bool:
        """Return whether `source` is the target or needs a value of it."""
        found, waiting = {source}, [source]
        while waiting and target not in found:
            above = self._sources.get(waiting.pop(), set()) - found
            found |= above
            waiting += above
        return target in found

    def _key(self, source: Operation, name: str, extract: Mapping[str, str]) -> str:
        """Return a key of the data that no other source provides."""
        identity = (source.key, str(sorted(extract.items())))
        if identity not in self._keys:
            resource = singular(_NOT_IN_KEYS.sub("_", _last_segment(_shape(source.path))).strip("_"))
            base = _NOT_IN_KEYS.sub("_", name).strip("_") or "value"
            if normal(base) in _SUFFIXES and resource:
                base = f"{resource}_{base}"
            base = base if not base[0].isdigit() else f"_{base}"
            number = self._counts[base[:50]] = self._counts.get(base[:50], 0) + 1
            self._keys[identity] = base[:50] if number == 1 else f"{base[:50]}_{number}"
        return self._keys[identity]


def _candidates(operations: Iterable[Operation], place: _Place, target: Operation) -> list[Operation]:
    """Return the list and the create operation of a collection. What changes a resource creates its own first."""
    order = ("POST", "GET") if place.is_last and target.method in _WRITES else ("GET", "POST")
    return sorted((one for one in operations if one.method in order), key=lambda one: order.index(one.method))


def _places(path: str) -> Iterator[_Place]:
    segments = re.split("[?#]", path)[0].strip("/").split("/")
    for index, segment in enumerate(segments):
        match = PLACEHOLDER.fullmatch(segment)
        if match and index:
            yield _Place(match[1], _shape("/".join(segments[:index])), index == len(segments) - 1)


def _shape(path: str) -> str:
    """Return a path without the names of its placeholders."""
    return PLACEHOLDER.sub("{}", re.split("[?#]", path)[0].strip("/"))


def _last_segment(path: str) -> str:
    return next((part for part in reversed(path.split("/")) if part and "{" not in part), "")


def _property_names(name: str, resource: str) -> list[str]:
    """Return the names of properties that may hold the value of a parameter, best first."""
    plain, stem = normal(name), singular(resource)
    names = [plain]
    for suffix in _SUFFIXES:
        words = re.split(r"[\W_]+|(?<=[a-z0-9])(?=[A-Z])", name)
        is_suffix = words[-1].lower() == suffix or plain == stem + suffix
        if is_suffix and (plain != suffix):
            names.append(suffix)
    if plain == stem:
        names += ["id", "slug", "name"]
    if plain == "id":
        names += [f"{stem}id", "uuid"]
    return list(dict.fromkeys(names))


def _field_of(place: str) -> str:
    return "headers" if place in ("header", "cookie") else "path"

"""Reads the `links` of responses: which response values later operations send."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from dashboard.discovery.openapi.operations import Operation
from dashboard.discovery.openapi.references import References
from dashboard.discovery.openapi.responses import Responses
from dashboard.discovery.openapi.versions import members

LinkedValue = tuple[str, str, Operation, Mapping[str, str], str]
_BODY, _HEADER = "$response.body", "$response.header."


class LinkReader:
    """The links of a document by the operation that they lead to."""

    def __init__(self, operations: Sequence[Operation], references: References, responses: Responses) -> None:
        self._operations = operations
        self._references = references
        self._responses = responses
        self._by_target: dict[str, list[LinkedValue]] | None = None

    def links_to(self, target: Operation, usable: Collection[str]) -> Iterator[LinkedValue]:
        """Yield place and name of a parameter, the source, what to extract from it, and its title.

        `usable` are the keys of the operations that may be sources.
        """
        if self._by_target is None:
            self._by_target = self._read()
        yield from (link for link in self._by_target.get(target.key, ()) if link[2].key in usable)

    def _read(self) -> dict[str, list[LinkedValue]]:
        found: dict[str, list[LinkedValue]] = {}
        by_id: dict[Any, Operation] = {}
        for one in self._operations:
            operation_id = one.raw.get("operationId")
            if isinstance(operation_id, str):
                by_id.setdefault(operation_id, one)
        for source in self._operations:
            for _, given in members(self._responses.success(source.raw).get("links")):
                link = self._references.follow(given)
                operation_id = link.get("operationId")
                target = by_id.get(operation_id) if isinstance(operation_id, str) else None
                target = target or self._by_reference(link.get("operationRef"))
                for name, expression in members(link.get("parameters")) if target else ():
                    assert target is not None  # noqa: S101 - narrows the type
                    place, bare = _place_of(name, target)
                    extract = self._checked(source, _extract_of(expression))
                    if place and extract:
                        found.setdefault(target.key, []).append((place, bare, source, extract, source.title))
        return found

    def _checked(self, source: Operation, extract: Mapping[str, str] | None) -> Mapping[str, str] | None:
        """Return what to extract; None if the response does not contain it."""
        if extract is None or "body_path" not in extract:
            return extract
        path = self._responses.checked_path(source.raw, extract["body_path"])
        return {"body_path": path} if path else None

    def _by_reference(self, reference: Any) -> Operation | None:
        """Return the operation of a reference such as `#/paths/~1users~1{id}/get`."""
        if not isinstance(reference, str) or not reference.startswith("#/paths/"):
            return None
        raw = self._references.target(reference)
        return next((one for one in self._operations if one.raw is raw), None)


def _place_of(name: str, target: Operation) -> tuple[str, str]:
    prefix, _, rest = name.partition(".")
    for parameter in target.parameters:
        if parameter.name == name or (parameter.place == prefix and parameter.name == rest):
            return parameter.place, parameter.name
    return "", ""


def _extract_of(expression: Any) -> Mapping[str, str] | None:
    """Return the source of a value as in endpoints.json; None if it is not in the response."""
    if not isinstance(expression, str):
        return None
    if expression.startswith(_HEADER):
        return {"header": expression[len(_HEADER) :]}
    if not expression.startswith(f"{_BODY}#/"):
        return None
    path = ""
    for part in expression[len(_BODY) + 2 :].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if not name or any(character in name for character in ".[]"):
            return None
        path += f"[{name}]" if name.isdecimal() else f".{name}" if path else name
    return {"body_path": path}

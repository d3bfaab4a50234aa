"""Lists the operations of a document, with what was left out and why."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dashboard.discovery.discovered import Json, LeftOut
from dashboard.discovery.openapi.parameters import Parameter, style_of
from dashboard.discovery.openapi.references import References
from dashboard.discovery.openapi.versions import members, to_version_3
from dashboard.endpoints.texts import METHODS

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation in the form of OpenAPI 3. `raw` has no references at its first level."""

    path: str
    method: str
    raw: Json
    parameters: tuple[Parameter, ...]
    servers: Any = None

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def title(self) -> str:
        """The operationId, otherwise method and path."""
        operation_id = self.raw.get("operationId")
        return operation_id if isinstance(operation_id, str) and operation_id.strip() else self.key


@dataclass(slots=True)
class Operations:
    """The operations that can be imported, and what cannot."""

    found: list[Operation] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


def list_operations(root: Json, major: int, references: References, limit: int) -> Operations:
    """Return the operations in the order of the document, at most `limit`."""
    result, more = Operations(), 0
    for path, item in members(root.get("paths")):
        if path.startswith("x-"):
            continue
        followed = _followed_item(path, item, references, result)
        for method, given in _methods_of(followed):
            raw = references.follow(given)
            if not raw and given:
                result.left_out.append(LeftOut(f"{method.upper()} {path}", _elsewhere(given)))
            elif method.upper() not in METHODS:
                reason = f"A load test cannot send {method.upper()} requests."
                result.left_out.append(LeftOut(f"{method.upper()} {path}", reason))
            elif len(result.found) >= limit:
                more += 1
            else:
                result.found.append(_operation(path, method.upper(), raw, followed, root, major, references))
    if more:
        reason = f"An endpoints file has at most {limit:,} endpoints. Import a part of the document."
        result.left_out.append(LeftOut("Further operations", reason, more))
    callbacks = sum(len(members(one.raw.get("callbacks"))) for one in result.found)
    if callbacks:
        reason = "A callback is a request that the service sends, not one that it receives."
        result.left_out.append(LeftOut("Callbacks", reason, callbacks))
    for name in ("webhooks", "x-webhooks"):
        for webhook, _ in members(root.get(name)):
            reason = "A webhook is a request that the service sends, not one that it receives."
            result.left_out.append(LeftOut(f"Webhook {webhook}", reason))
    return result


def _followed_item(path: str, item: Any, references: References, result: Operations) -> Json:
    followed = references.follow(item)
    reference = item.get("$ref") if isinstance(item, dict) else None
    if isinstance(reference, str) and not followed:
        result.left_out.append(LeftOut(path, _elsewhere(item)))
    elif not any(name in _METHODS for name in followed) and "additionalOperations" not in followed:
        result.left_out.append(LeftOut(path, "It has no operations."))
    if isinstance(reference, str) and isinstance(item, dict):
        return {**followed, **{name: one for name, one in item.items() if name != "$ref"}}
    return followed


def _elsewhere(node: Any) -> str:
    reference = str(node.get("$ref"))[:200]
    return f"It is defined elsewhere: {reference}. Bundle the document into one file and import that."


def _methods_of(item: Json) -> Iterator[tuple[str, Json]]:
    for method, raw in members(item):
        if method.lower() in _METHODS and isinstance(raw, dict):
            yield method, raw
    for method, raw in members(item.get("additionalOperations")):
        if isinstance(raw, dict):
            yield method, raw


def _operation(
    path: str, method: str, raw: Json, item: Json, root: Json, major: int, references: References
) -> Operation:
    given = _merged_parameters(item.get("parameters"), raw.get("parameters"), references)
    if major == 2:
        raw = to_version_3(raw, given, root, references)
        given = raw["parameters"]
    parameters = [made for one in given if (made := _parameter(one, references))]
    servers = raw.get("servers") or item.get("servers")
    return Operation(path, method, raw, tuple(parameters), servers)


def _merged_parameters(of_item: Any, of_operation: Any, references: References) -> list[Json]:
    """Return the parameters of the path and of the operation, which replace those with the same name and place."""
    merged: dict[tuple[Any, Any], Json] = {}
    for given in (of_item, of_operation):
        for one in given if isinstance(given, list) else []:
            followed = references.follow(one)
            place, name = followed.get("in"), followed.get("name")
            if isinstance(place, str):
                merged[(place, "" if place == "body" else str(name))] = followed
    return list(merged.values())


def _parameter(given: Json, references: References) -> Parameter | None:
    name, place = given.get("name"), given.get("in")
    if not isinstance(name, str) or not isinstance(place, str) or not name:
        return None
    style, explode = style_of(given, place)
    media_type, media = next(iter(members(given.get("content"))), (None, None))
    source = references.follow(media) if media_type is not None else given
    return Parameter(
        name,
        place,
        source.get("schema", {}),
        style,
        explode,
        is_required=given.get("required") is True or place == "path",
        is_deprecated=given.get("deprecated") is True,
        allows_reserved=given.get("allowReserved") is True,
        media_type=media_type,
        examples=(*examples_of(given, references), *(examples_of(source, references) if media_type else ())),
    )


def examples_of(given: Json, references: References) -> Iterator[Any]:
    """Yield the examples of a parameter or media type."""
    if "example" in given:
        yield given["example"]
    for _, one in members(given.get("examples")):
        example = references.follow(one)
        for name in ("value", "dataValue"):
            if name in example:
                yield example[name]
    if "x-example" in given:
        yield given["x-example"]

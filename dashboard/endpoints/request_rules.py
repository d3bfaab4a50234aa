"""Rules of one request: what excludes what, the parts of its body, and the templates in it with what they need."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from dashboard.endpoints.shape import FilePart, RequestSpec
from dashboard.endpoints.template import columns_in, references_in
from dashboard.endpoints.violations import Violation, violations_of

BODIES = ("body", "body_template", "form", "multipart")
VARIABLES = ("variables", "variables_template", "variables_from_data", "variables_from_data_file")
GRAPHQL = ("query", "operation_name")
VARIABLES_IN_BODY = ("POST", "PUT", "PATCH")


def request_violations(request: RequestSpec, place: str) -> Iterator[Violation]:
    """Everything in a well-shaped request that cannot be meant."""
    if request.type == "graphql":
        yield from _graphql(request, place)
    else:
        yield from _rest(request, place)
    if request.close_connection and any(name.lower() == "connection" for name in request.headers or {}):
        yield Violation(f"{place}.close_connection", "cannot go together with a Connection header")
    yield from _form(request.form or {}, f"{place}.form")
    yield from _multipart(request.multipart or {}, f"{place}.multipart")
    for at, text in _templates(request, place):
        try:
            references_in(text)
        except ValueError as error:
            yield Violation(at, str(error))


def required_references(request: RequestSpec) -> list[str]:
    """The references into the data without which the request is not sent."""
    needs = [*(request.requires or ()), *(request.variables_from_data or {}).values()]
    return needs + [reference for _, text in _templates(request, "") for reference in references_in(text)]


def columns_of(request: RequestSpec) -> list[str]:
    """The columns of a data file that the request is filled with."""
    named = [name.strip() for name in (getattr(request, "variables_from_data_file", None) or {}).values()]
    return named + [column for _, text in _templates(request, "") for column in columns_in(text)]


def _rest(request: RequestSpec, place: str) -> Iterator[Violation]:
    for field in GRAPHQL:
        if getattr(request, field) is not None:
            yield Violation(f"{place}.{field}", 'is for endpoints of the type "graphql"')
    kinds = [field for field in BODIES if getattr(request, field) is not None]
    with_variables = any(getattr(request, field, None) for field in VARIABLES)
    if len(kinds) > 1:
        yield Violation(f"{place}.{kinds[1]}", f"cannot go out together with {kinds[0]}")
    elif (
        kinds and with_variables and request.method in VARIABLES_IN_BODY and not _is_object(request, kinds[0])
    ):
        words = f'of a {request.method} request with variables must be a "body" that is an object'
        yield Violation(f"{place}.{kinds[0]}", words)


def _is_object(request: RequestSpec, kind: str) -> bool:
    return kind == "body" and isinstance(request.body, dict)


def _graphql(request: RequestSpec, place: str) -> Iterator[Violation]:
    for field in BODIES:
        if getattr(request, field) is not None:
            yield Violation(f"{place}.{field}", 'is for endpoints of the type "rest"')
    if request.method not in (None, "POST"):
        yield Violation(f"{place}.method", "GraphQL goes out as POST")
    if request.query is None:
        yield Violation(f"{place}.query", "is missing")


def _form(fields: dict[str, Any], place: str) -> Iterator[Violation]:
    for name, value in fields.items():
        for at, one in _each(value, f"{place}.{name}"):
            if not isinstance(one, str | int | float):
                yield Violation(at, "must be a text, a number, true or false")


def _multipart(parts: dict[str, Any], place: str) -> Iterator[Violation]:
    for name, value in parts.items():
        if not isinstance(value, dict):
            yield from _form({name: value}, place)
            continue
        at = f"{place}.{name}"
        try:
            part = FilePart.model_validate(value)
        except ValidationError as error:
            yield from violations_of(error, at)
            continue
        if (part.content is None) == (part.content_base64 is None):
            yield Violation(at, "must have either content or content_base64")


def _templates(request: RequestSpec, place: str) -> Iterator[tuple[str, str]]:
    """Every text that may hold templates, with its place."""
    yield f"{place}.path", request.path
    for name, value in (request.headers or {}).items():
        yield f"{place}.headers.{name}", value
    for field in ("body_template", "variables_template", "form"):
        yield from _texts(getattr(request, field), f"{place}.{field}")
    for name, value in (request.multipart or {}).items():
        at = f"{place}.multipart.{name}"
        if not isinstance(value, dict):
            yield from _texts(value, at)
        elif isinstance(value.get("content"), str):
            yield f"{at}.content", value["content"]


def _texts(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, f"{place}.{key}")
    elif isinstance(value, list):
        for at, item in _each(value, place):
            yield from _texts(item, at)


def _each(value: Any, place: str) -> list[tuple[str, Any]]:
    if isinstance(value, list):
        return [(f"{place}[{index}]", item) for index, item in enumerate(value)]
    return [(place, value)]

"""Rules for one request: fields that exclude each other, form and multipart bodies, and the templates in it."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from dashboard.endpoints.shape import FilePart, RequestSpec
from dashboard.endpoints.template import columns_in, references_in
from dashboard.endpoints.violations import Violation, violations_of
from dashboard.model.k6_config import ALLOWED

BODY_FIELDS = ("body", "body_template", "form", "multipart")
VARIABLE_FIELDS = ("variables", "variables_template", "variables_from_data", "variables_from_data_file")
GRAPHQL_FIELDS = ("query", "operation_name")
METHODS_WITH_VARIABLES_IN_BODY: tuple[str, ...] = tuple(ALLOWED["methods_with_variables_in_body"])


def request_violations(request: RequestSpec, path: str) -> Iterator[Violation]:
    """Yield every violation in a request of the correct shape."""
    if request.type == "graphql":
        yield from _graphql_violations(request, path)
    else:
        yield from _rest_violations(request, path)
    if request.close_connection and any(name.lower() == "connection" for name in request.headers or {}):
        yield Violation(f"{path}.close_connection", "cannot be combined with a Connection header")
    yield from _form_violations(request.form or {}, f"{path}.form")
    yield from _multipart_violations(request.multipart or {}, f"{path}.multipart")
    for template_path, text in _templates(request, path):
        try:
            references_in(text)
        except ValueError as error:
            yield Violation(template_path, str(error))


def required_references(request: RequestSpec) -> list[str]:
    """Return the references to data that must exist. If one is missing, the request is not sent."""
    references = [*(request.requires or ()), *(request.variables_from_data or {}).values()]
    in_templates = [ref for _, text in _templates(request, "") for ref in references_in(text)]
    return references + in_templates


def columns_of(request: RequestSpec) -> list[str]:
    """Return the columns of a data file that the request uses."""
    variables = getattr(request, "variables_from_data_file", None) or {}
    columns = [name.strip() for name in variables.values()]
    return columns + [column for _, text in _templates(request, "") for column in columns_in(text)]


def _rest_violations(request: RequestSpec, path: str) -> Iterator[Violation]:
    for field in GRAPHQL_FIELDS:
        if getattr(request, field) is not None:
            yield Violation(f"{path}.{field}", 'requires the type "graphql"')
    bodies = [field for field in BODY_FIELDS if getattr(request, field) is not None]
    if len(bodies) > 1:
        yield Violation(f"{path}.{bodies[1]}", f"cannot be combined with {bodies[0]}")
    elif bodies and _has_variables_in_body(request) and not _is_object_body(request, bodies[0]):
        message = f'must be a "body" that is an object, because this {request.method} request has variables'
        yield Violation(f"{path}.{bodies[0]}", message)


def _has_variables_in_body(request: RequestSpec) -> bool:
    has_variables = any(getattr(request, field, None) for field in VARIABLE_FIELDS)
    return has_variables and request.method in METHODS_WITH_VARIABLES_IN_BODY


def _is_object_body(request: RequestSpec, field: str) -> bool:
    return field == "body" and isinstance(request.body, dict)


def _graphql_violations(request: RequestSpec, path: str) -> Iterator[Violation]:
    for field in BODY_FIELDS:
        if getattr(request, field) is not None:
            yield Violation(f"{path}.{field}", 'requires the type "rest"')
    if request.method not in (None, "POST"):
        yield Violation(f"{path}.method", "must be POST for GraphQL")
    if request.query is None:
        yield Violation(f"{path}.query", "is missing")


def _form_violations(fields: dict[str, Any], path: str) -> Iterator[Violation]:
    for name, value in fields.items():
        for item_path, item in _items(value, f"{path}.{name}"):
            if not isinstance(item, str | int | float):
                yield Violation(item_path, "must be a string, a number, true or false")


def _multipart_violations(parts: dict[str, Any], path: str) -> Iterator[Violation]:
    for name, value in parts.items():
        if not isinstance(value, dict):
            yield from _form_violations({name: value}, path)
            continue
        part_path = f"{path}.{name}"
        try:
            part = FilePart.model_validate(value)
        except ValidationError as error:
            yield from violations_of(error, part_path)
            continue
        if (part.content is None) == (part.content_base64 is None):
            yield Violation(part_path, "must have either content or content_base64")


def _templates(request: RequestSpec, path: str) -> Iterator[tuple[str, str]]:
    """Yield every string that can contain templates, with its path."""
    yield f"{path}.path", request.path
    for name, value in (request.headers or {}).items():
        yield f"{path}.headers.{name}", value
    for field in ("body_template", "variables_template", "form"):
        yield from _strings(getattr(request, field), f"{path}.{field}")
    for name, value in (request.multipart or {}).items():
        part_path = f"{path}.multipart.{name}"
        if not isinstance(value, dict):
            yield from _strings(value, part_path)
        elif isinstance(value.get("content"), str):
            yield f"{part_path}.content", value["content"]


def _strings(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _strings(item, f"{path}.{key}")
    elif isinstance(value, list):
        for item_path, item in _items(value, path):
            yield from _strings(item, item_path)


def _items(value: Any, path: str) -> list[tuple[str, Any]]:
    """Return the items of a list, or the value itself, with their paths."""
    if isinstance(value, list):
        return [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    return [(path, value)]

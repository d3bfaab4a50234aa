"""Bodies of recorded requests: JSON, GraphQL, forms, multipart and text."""

import json
import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import parse_qsl

from dashboard.discovery.discovered import Json, Remark
from dashboard.discovery.recordings.requests import EndpointDraft, ImportedRequest, Part, Template
from dashboard.discovery.templates import escaped

FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
_MAX_FIELDS: Final = 2_000
_GRAPHQL_FIELDS: Final = {"query", "variables", "operationName", "extensions"}
_GRAPHQL: Final = re.compile(r"\s*(?:#[^\n]*\n\s*)*(?:query\b|mutation\b|fragment\b|\{)")
_MUTATION: Final = re.compile(r"(?:^|[}\n])\s*mutation\b")
_DISPOSITION: Final = re.compile(r'(name|filename)="((?:[^"\\\r\n]|\\.)*)"')


def add_body(draft: EndpointDraft, request: ImportedRequest) -> None:
    """Add the body of `request` to the draft, with the headers that it needs."""
    if request.parts is not None:
        _drop_content_type(draft)
        draft.body_kind, draft.body = "multipart", _multipart(request.parts, draft.remarks)
    elif request.form is not None:
        _drop_content_type(draft)
        draft.body_kind, draft.body = "form", form_of(request.form)
    elif request.text:
        _add_text(draft, request.text, (request.header("content-type") or "").lower())


def _add_text(draft: EndpointDraft, text: str, content_type: str) -> None:
    value = faithful_json(text) if "json" in content_type or not content_type else None
    if isinstance(value, dict) and _is_graphql(value) and draft.method == "POST":
        draft.body_kind, draft.body = "graphql", value
        _drop_content_type(draft)
    elif isinstance(value, dict | list):
        draft.body_kind, draft.body = "json", value
        if content_type.partition(";")[0].strip() == "application/json":
            _drop_content_type(draft)
    else:
        draft.body_kind, draft.body = "text", text


def _drop_content_type(draft: EndpointDraft) -> None:
    """Drop the header that k6 sets for this kind of body."""
    draft.headers = {name: value for name, value in draft.headers.items() if name.lower() != "content-type"}


def form_of(fields: Iterable[tuple[str, str]]) -> Json:
    """Return the fields of a form; a repeated field becomes a list."""
    form: Json = {}
    for name, value in fields:
        known = form.get(name)
        if known is None:
            form[name] = value
        else:
            form[name] = [*known, value] if isinstance(known, list) else [known, value]
    return form


def _multipart(parts: Iterable[Part], remarks: list[Remark]) -> Json:
    body: Json = {}
    for part in parts:
        if part.filename is None:
            body.update(form_of([*_as_pairs(part.name, body.get(part.name)), (part.name, part.value)]))
        elif part.name in body:
            message = f'"{part.name}" occurs more than once. Only its first file is sent.'
            remarks.append(Remark("problem", message, f"multipart.{part.name}"))
        else:
            body[part.name] = _file(part)
    return body


def _as_pairs(name: str, value: Any) -> list[tuple[str, str]]:
    values = value if isinstance(value, list) else [value]
    return [(name, item) for item in values if isinstance(item, str)]


def _file(part: Part) -> Json:
    content = {"content_base64": part.value} if part.is_base64 else {"content": part.value}
    named = {"filename": part.filename, "content_type": part.content_type}
    one_line = {key: re.sub(r"[\x00-\x1f\x7f\s]+", " ", value or "").strip() for key, value in named.items()}
    return {**content, **{key: value for key, value in one_line.items() if value}}


def parse_form(text: str) -> tuple[tuple[str, str], ...] | None:
    """Return the fields of a URL-encoded form; None if `text` is something else."""
    try:
        return tuple(parse_qsl(text.strip(), keep_blank_values=True, max_num_fields=_MAX_FIELDS))
    except ValueError:
        return None


def parse_multipart(text: str, content_type: str) -> tuple[Part, ...] | None:
    """Return the parts of a multipart body; None if its boundary is missing."""
    match = re.search(r'boundary="?([^";,\s]+)', content_type, re.IGNORECASE)
    if match is None or f"--{match[1]}" not in text:
        return None
    pieces = text.replace("\r\n", "\n").split(f"--{match[1]}")[1:_MAX_FIELDS]
    return tuple(part for piece in pieces if (part := _parse_part(piece)) is not None)


def _parse_part(piece: str) -> Part | None:
    head, blank, content = piece.lstrip("\n").partition("\n\n")
    fields = dict(_DISPOSITION.findall(head))
    if not blank or "name" not in fields:
        return None
    kind = re.search(r"^content-type:\s*([^\n]+)$", head, re.IGNORECASE | re.MULTILINE)
    return Part(
        name=fields["name"],
        value=content.removesuffix("\n"),
        filename=fields.get("filename"),
        content_type=kind[1].strip() if kind else None,
    )


def faithful_json(text: str) -> Any:
    """Return the value of a JSON text; None if it is no JSON or would be sent with other digits or keys."""
    try:
        return json.loads(
            text, parse_float=_exact_float, parse_constant=_refuse, object_pairs_hook=_unique_keys
        )
    except (ValueError, RecursionError):
        return None


def _exact_float(text: str) -> float:
    number = float(text)
    if json.dumps(number) != text:
        raise ValueError(text)
    return number


def _refuse(text: str) -> None:
    raise ValueError(text)


def _unique_keys(pairs: list[tuple[str, Any]]) -> Json:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key occurs twice")
    return value


def _is_graphql(value: Json) -> bool:
    query = value.get("query")
    has_variables = isinstance(value.get("variables") or {}, dict)
    is_operation = isinstance(query, str) and _GRAPHQL.match(query) is not None
    return is_operation and has_variables and value.keys() <= _GRAPHQL_FIELDS


def is_mutation(draft: EndpointDraft) -> bool:
    """Return whether the draft sends a GraphQL mutation."""
    return draft.body_kind == "graphql" and _MUTATION.search(str(draft.body["query"])) is not None


def as_templates(value: Any) -> Any:
    """Return a value in which every literal text is a template for itself, and every template a plain text."""
    if isinstance(value, Template):
        return str(value)
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, list):
        return [as_templates(item) for item in value]
    if isinstance(value, dict):
        return {key: as_templates(item) for key, item in value.items()}
    return value


def has_template(value: Any) -> bool:
    """Return whether a value contains a template."""
    if isinstance(value, list):
        return any(has_template(item) for item in value)
    if isinstance(value, dict):
        return any(has_template(item) for item in value.values())
    return isinstance(value, Template)

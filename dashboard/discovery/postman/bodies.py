"""Reads the body of a request: raw, forms, files and GraphQL."""

import json
import re
from typing import Any, Final

from dashboard.discovery.discovered import Json, Remark
from dashboard.discovery.postman.shape import enabled, pairs_of, text_of
from dashboard.discovery.postman.variables import CollectionVariables, filled
from dashboard.discovery.recordings.bodies import faithful_json, form_of, has_template, parse_form
from dashboard.discovery.recordings.requests import EndpointDraft

_TYPES: Final = {
    "json": "application/json",
    "xml": "application/xml",
    "html": "text/html",
    "text": "text/plain",
}
_PLACEHOLDER: Final = "Placeholder for a file"


def add_postman_body(draft: EndpointDraft, body: Any, variables: CollectionVariables) -> None:
    """Add the body to the draft."""
    if not isinstance(body, dict) or body.get("disabled") is True or draft.method in ("GET", "HEAD"):
        return
    mode = body.get("mode")
    content = body.get(mode) if isinstance(mode, str) else None
    if mode == "raw":
        _add_raw(draft, text_of(content), body, variables)
    elif mode == "urlencoded":
        pairs = parse_form(content) or () if isinstance(content, str) else pairs_of(content)
        _add_form(
            draft, "form", form_of([(variables.fill(name), variables.fill(one)) for name, one in pairs])
        )
    elif mode == "formdata":
        _add_form(draft, "multipart", _multipart(draft, enabled(content), variables))
    elif mode == "graphql":
        _add_graphql(draft, content if isinstance(content, dict) else {}, variables)
    elif mode == "file":
        _add_file(draft, content if isinstance(content, dict) else {})


def _add_raw(draft: EndpointDraft, text: str, body: Json, variables: CollectionVariables) -> None:
    if not text.strip():
        return
    options = body.get("options")
    raw = options.get("raw") if isinstance(options, dict) else None
    language = raw.get("language") if isinstance(raw, dict) else None
    given = next((value for name, value in draft.headers.items() if name.lower() == "content-type"), None)
    content_type = (
        given
        or _TYPES.get(str(language))
        or ("application/json" if text.lstrip()[0] in "{[" else "text/plain")
    )
    value = faithful_json(text) if "json" in content_type.lower() else None
    draft.body_kind, draft.body = "text", variables.fill(text)
    if isinstance(value, dict | list):
        draft.body_kind, draft.body = "json", filled(value, variables)
    if given is None:
        draft.headers["Content-Type"] = content_type


def _add_form(draft: EndpointDraft, kind: Any, fields: Json) -> None:
    if fields:
        draft.headers = {name: one for name, one in draft.headers.items() if name.lower() != "content-type"}
        draft.body_kind, draft.body = kind, fields


def _multipart(draft: EndpointDraft, parts: list[Json], variables: CollectionVariables) -> Json:
    fields: Json = {}
    for part in parts:
        name = variables.fill(text_of(part.get("key")))
        if part.get("type") == "file":
            fields[name] = _file_part(draft, name, part)
        elif isinstance(fields.get(name), dict):
            draft.remarks.append(
                Remark("problem", f'"{name}" occurs more than once. Only its file is sent.', "multipart")
            )
        elif name:
            value = variables.fill(text_of(part.get("value")))
            known = fields.get(name)
            fields[name] = (
                value if known is None else [*(known if isinstance(known, list) else [known]), value]
            )
    return fields


def _file_part(draft: EndpointDraft, name: str, part: Json) -> Json:
    source = part.get("src")
    first = source[0] if isinstance(source, list) and source else source
    filename = re.split(r"[/\\]", text_of(first))[-1]
    message = f'The collection does not contain the file "{filename or name}". A placeholder is sent.'
    draft.remarks.append(Remark("guess", message, f"multipart.{name}"))
    clean = re.sub(r"[\x00-\x1f\x7f]+", " ", filename).strip() or "file.txt"
    content_type = re.sub(r"[\x00-\x1f\x7f]+", " ", text_of(part.get("contentType"))).strip()
    return {
        "content": _PLACEHOLDER,
        "filename": clean,
        **({"content_type": content_type} if content_type else {}),
    }


def _add_graphql(draft: EndpointDraft, content: Json, variables: CollectionVariables) -> None:
    query = variables.fill(text_of(content.get("query")))
    values = content.get("variables")
    if isinstance(values, str):
        try:
            values = json.loads(values) if values.strip() else None
        except (ValueError, RecursionError):
            draft.remarks.append(
                Remark("problem", "The variables of the query are not valid JSON.", "variables")
            )
            values = None
    body: Json = {"query": query}
    if isinstance(values, dict) and values:
        body["variables"] = filled(values, variables)
    if text_of(content.get("operationName")).strip():
        body["operationName"] = text_of(content["operationName"])
    is_plain = draft.method == "POST" and not has_template(query)
    if query.strip():
        draft.headers = {name: one for name, one in draft.headers.items() if name.lower() != "content-type"}
        draft.body_kind, draft.body = "graphql" if is_plain else "json", body


def _add_file(draft: EndpointDraft, content: Json) -> None:
    text = text_of(content.get("content"))
    if not text:
        draft.remarks.append(
            Remark("guess", "The collection does not contain the file. A placeholder is sent.", "body")
        )
    draft.body_kind, draft.body = "text", text or _PLACEHOLDER

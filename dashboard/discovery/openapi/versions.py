"""Determines the version of a document, and gives the operations of OpenAPI 2.0 the form of OpenAPI 3."""

import re
from collections.abc import Iterable
from typing import Any

from dashboard.discovery.discovered import Json, Remark, UnreadableDocument
from dashboard.discovery.openapi.references import References

_VERSION = re.compile(r"\s*(\d+)(?:\.(\d+))?(.*)", re.DOTALL)
_SCHEMA_FREE = ("name", "in", "required", "description", "collectionFormat", "allowEmptyValue", "$ref")
_COLLECTIONS = {
    "csv": ("", False),
    "ssv": ("spaceDelimited", False),
    "tsv": ("tabDelimited", False),
    "pipes": ("pipeDelimited", False),
    "multi": ("form", True),
}
_FORM, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


def looks_like_openapi(root: Any) -> bool:
    """Return whether a document is OpenAPI, or of a version or relative that this reader refuses with a reason."""
    if not isinstance(root, dict):
        return False
    if any(name in root for name in ("openapi", "swagger", "swaggerVersion", "asyncapi")):
        return True
    paths = root.get("paths")
    return isinstance(paths, dict) and any(str(path).startswith("/") for path in paths)


def read_version(root: Json) -> tuple[int, list[Remark]]:
    """Return the major version, 2 or 3, with remarks. Raises UnreadableDocument."""
    if "asyncapi" in root:
        raise UnreadableDocument(
            f"This is an AsyncAPI {root['asyncapi']} document: it describes messages, not HTTP requests. "
            "Import an OpenAPI document instead."
        )
    given = root.get("openapi", root.get("swagger", root.get("swaggerVersion")))
    if given is None:
        major = 2 if "definitions" in root else 3
        return major, [
            Remark("note", f"The document names no version. It was read as OpenAPI {major}.", "openapi")
        ]
    match = _VERSION.fullmatch(str(given))
    major = int(match[1][:4]) if match else 0
    if match is None or major not in (2, 3):
        raise UnreadableDocument(
            f"OpenAPI (Swagger) {str(given)[:40]} is not supported. Convert the document to OpenAPI 3.0 or 3.1, "
            "for example with Swagger Editor, and import it again."
        )
    return major, list(_version_remarks(given, match))


def _version_remarks(given: Any, match: re.Match[str]) -> Iterable[Remark]:
    if not isinstance(given, str):
        yield Remark(
            "note", f"The version {given} should be a text in quotes. The document was read as {given}."
        )
    elif match[1] == "3" and int((match[2] or "0")[:4]) > 2:
        yield Remark("note", f"OpenAPI {given[:40]} is newer than 3.2. The document was read as OpenAPI 3.2.")
    elif "-" in match[3]:
        yield Remark("note", f"OpenAPI {given[:40]} is a draft. The document was read as the final version.")


def to_version_3(operation: Json, parameters: list[Json], root: Json, references: References) -> Json:
    """Return an operation of OpenAPI 2.0 with the members of OpenAPI 3; `parameters` include those of its path."""
    consumes = _texts(operation.get("consumes", root.get("consumes")))
    produces = _texts(operation.get("produces", root.get("produces")))
    converted = {
        **operation,
        "parameters": [_parameter(one) for one in parameters if one.get("in") not in ("body", "formData")],
        "responses": {
            status: _response(references.follow(response), produces)
            for status, response in members(operation.get("responses"))
        },
    }
    if body := _request_body(parameters, consumes):
        converted["requestBody"] = body
    return converted


def members(value: Any) -> list[tuple[str, Any]]:
    """Return the members of an object with their names as text; nothing for any other value."""
    return [(str(name), one) for name, one in value.items()] if isinstance(value, dict) else []


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _schema(parameter: Json) -> Json:
    return {name: value for name, value in parameter.items() if name not in _SCHEMA_FREE}


def _parameter(given: Json) -> Json:
    result: Json = {name: given[name] for name in ("name", "in", "required", "deprecated") if name in given}
    schema = _schema(given)
    if isinstance(given.get("schema"), dict):  # of OpenAPI 3, but in a document of version 2
        schema = given["schema"]
    return {**result, "schema": schema, **_serialization(given)}


def _serialization(given: Json) -> Json:
    if given.get("type") != "array":
        return {}
    style, explode = _COLLECTIONS.get(str(given.get("collectionFormat", "csv")), ("", False))
    return {**({"style": style} if style else {}), "explode": explode}


def _request_body(parameters: list[Json], consumes: list[str]) -> Json | None:
    body = next((one for one in reversed(parameters) if one.get("in") == "body"), None)
    fields = [one for one in parameters if one.get("in") == "formData" and isinstance(one.get("name"), str)]
    if body is not None:
        types = [one for one in consumes if one not in (_FORM, _MULTIPART)] or ["application/json"]
        media: Json = {name: body[name] for name in ("schema", "example", "x-example") if name in body}
        examples = body.get("x-examples", body.get("examples"))
        if isinstance(examples, dict):
            media["examples"] = {name: {"value": one} for name, one in examples.items() if "/" in str(name)}
        return {"required": body.get("required") is True, "content": dict.fromkeys(types, media)}
    if not fields:
        return None
    has_file = any(one.get("type") == "file" for one in fields)
    is_multipart = has_file or (_MULTIPART in consumes and _FORM not in consumes)
    schema = {
        "type": "object",
        "properties": {one["name"]: _field_schema(one) for one in fields},
        "required": [one["name"] for one in fields if one.get("required") is True],
    }
    encoding = {one["name"]: _serialization(one) for one in fields if _serialization(one)}
    form = {"schema": schema, "encoding": encoding}
    required = bool(schema["required"])
    return {"required": required, "content": {_MULTIPART if is_multipart else _FORM: form}}


def _field_schema(field: Json) -> Json:
    return {"type": "string", "format": "binary"} if field.get("type") == "file" else _schema(field)


def _response(response: Json, produces: list[str]) -> Json:
    examples = response.get("examples")
    types = list(examples) if isinstance(examples, dict) and examples else produces or ["application/json"]
    content = {}
    for name in types:
        media = {"schema": response["schema"]} if "schema" in response else {}
        if isinstance(examples, dict) and name in examples:
            media["example"] = examples[name]
        content[str(name)] = media
    return {**response, "content": content if "schema" in response or examples else {}}

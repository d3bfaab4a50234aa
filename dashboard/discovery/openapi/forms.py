"""Writes an object as the fields of a form, or as the parts of a multipart body."""

import json
from typing import Any

from dashboard.discovery.discovered import Json
from dashboard.discovery.openapi.parameters import Parameter, pairs_of, style_of
from dashboard.discovery.openapi.schemas import CombinedSchema, Schemas
from dashboard.discovery.templates import escaped, escaped_value

_EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "application/pdf": "pdf"}
# The smallest PNG image: one transparent pixel.
_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def form_of(value: Json, encoding: Json) -> Json:
    """Return the fields of a URL-encoded form."""
    fields: Json = {}
    for name, one in value.items():
        for key, text in _form_pairs(str(name), one, encoding.get(name)):
            fields[key] = [*_as_list(fields[key]), text] if key in fields else text
    return fields


def _form_pairs(name: str, value: Any, encoding: Any) -> list[tuple[str, Any]]:
    given = encoding if isinstance(encoding, dict) else {}
    if value is None:
        return []
    if not isinstance(value, list | dict):
        return [(name, escaped_value(value))]
    if "json" in str(given.get("contentType", "")):
        return [(name, escaped(json.dumps(value, ensure_ascii=False)))]
    style, explode = style_of(given, "query")
    parameter = Parameter(name, "query", {}, style, explode)
    separators = {"%20": " ", "%7C": "|", "%09": "\t"}
    return [
        (key, escaped(separators.get(separator, separator).join(parts)))
        for key, parts, separator in pairs_of(parameter, value)
    ]


def multipart_of(value: Json, encoding: Json, schema: Any, schemas: Schemas) -> Json:
    """Return the parts of a multipart body. A property that holds bytes becomes a file."""
    properties = schemas.combined(schema).get("properties", {})
    parts: Json = {}
    for name, one in value.items():
        given = encoding.get(name)
        content_type = given.get("contentType") if isinstance(given, dict) else None
        content_type = content_type.split(",")[0].strip() if isinstance(content_type, str) else None
        part = _part(str(name), one, content_type, schemas.combined(properties.get(name)), schemas)
        if part is not None:
            parts[str(name)] = part
    return parts


def _part(name: str, value: Any, content_type: str | None, schema: CombinedSchema, schemas: Schemas) -> Any:
    if is_file(schema):
        return file_part(name, content_type or schema.get("contentMediaType"))
    items = schemas.combined(schema.get("items"))
    if isinstance(value, list) and is_file(items):
        return file_part(name, content_type or items.get("contentMediaType"))
    if isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(one, list | dict) for one in value)
    ):
        return {"content": escaped(json.dumps(value, ensure_ascii=False)), "content_type": "application/json"}
    if value is None:
        return None
    if (
        content_type
        and "*" not in content_type
        and content_type != "text/plain"
        and not isinstance(value, list)
    ):
        return {"content": escaped(_text(value)), "content_type": content_type}
    return escaped_value([_text(one) for one in value] if isinstance(value, list) else value)


def is_file(schema: CombinedSchema) -> bool:
    """Return whether a property holds bytes."""
    if schema.get("format") in ("binary", "file"):
        return True
    media_type = schema.get("contentMediaType")
    return isinstance(media_type, str) and "contentEncoding" not in schema and "json" not in media_type


def file_part(name: str, content_type: Any) -> Json:
    """Return a small file: an image if the content type may be one, otherwise text."""
    given = content_type if isinstance(content_type, str) and "/" in content_type else ""
    if given.startswith("image/") and given in ("image/png", "image/*"):
        return {"content_base64": _PNG, "filename": f"{name}.png", "content_type": "image/png"}
    sent = given if given and "*" not in given else "application/octet-stream"
    filename = f"{name}.{_EXTENSIONS.get(sent, 'txt')}"
    filename = "".join(character for character in filename if character.isprintable() and character != '"')
    return {"content": "Test file", "filename": filename, "content_type": sent}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

"""Writes a value as XML, with the names and attributes that its schema gives."""

import json
import re
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from dashboard.discovery.discovered import Json
from dashboard.discovery.openapi.schemas import Schemas

_MAX_DEPTH = 30
_NOT_IN_NAMES = re.compile(r"[^\w.-]+")


def to_xml(value: Any, schema: Any, schemas: Schemas) -> str:
    """Return the document."""
    name = schemas.reference_of(schema).rsplit("/", 1)[-1] or "root"
    return '<?xml version="1.0" encoding="UTF-8"?>' + _element(name, value, schema, schemas, 0)


def _element(name: str, value: Any, schema: Any, schemas: Schemas, depth: int) -> str:
    combined = schemas.combined(schema)
    given = _xml_of(combined)
    tag, namespace = _tag(given, name), given.get("namespace")
    prefix = f":{given['prefix']}" if isinstance(given.get("prefix"), str) else ""
    attributes = f" xmlns{prefix}={quoteattr(namespace)}" if isinstance(namespace, str) else ""
    if isinstance(value, list):
        items = "".join(_element(tag, one, combined.get("items"), schemas, depth + 1) for one in value)
        return f"<{tag}{attributes}>{items}</{tag}>" if given.get("wrapped") is True or depth == 0 else items
    if not isinstance(value, dict) or depth > _MAX_DEPTH:
        return f"<{tag}{attributes}>{escape(_text(value))}</{tag}>"
    content = ""
    for key, one in value.items():
        part = schemas.combined(combined.get("properties", {}).get(key))
        if _xml_of(part).get("attribute") is True and not isinstance(one, list | dict):
            attributes += f" {_tag(_xml_of(part), str(key))}={quoteattr(_text(one))}"
        else:
            content += _element(str(key), one, part, schemas, depth + 1)
    return f"<{tag}{attributes}>{content}</{tag}>"


def _xml_of(schema: Json) -> Json:
    given = schema.get("xml")
    return given if isinstance(given, dict) else {}


def _tag(given: Json, name: str) -> str:
    own = given.get("name")
    tag = _NOT_IN_NAMES.sub("_", own if isinstance(own, str) and own else name) or "item"
    tag = f"_{tag}" if tag[0].isdigit() or tag[0] in ".-" else tag
    prefix = given.get("prefix")
    return f"{prefix}:{tag}" if isinstance(prefix, str) and prefix else tag


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

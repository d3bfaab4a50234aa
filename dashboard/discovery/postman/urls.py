"""Reads the URL of a request: a text, or its parts."""

import re
from typing import Any

from dashboard.discovery.discovered import Json, Remark
from dashboard.discovery.postman.shape import enabled, text_of
from dashboard.discovery.postman.variables import CollectionVariables
from dashboard.discovery.recordings.requests import Template

_ORIGIN = re.compile(r"(https?)://([^/?#]+)", re.IGNORECASE)
_START = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}(?=[/?#]|$)")


def read_url(
    url: Any, variables: CollectionVariables, remarks: list[Remark]
) -> tuple[str, list[str], list[tuple[str, str | None]]]:
    """Return the origin, or `{{name}}` if it is not known, the segments of the path, and the query."""
    parts = url if isinstance(url, dict) else {"raw": text_of(url)}
    raw, query = _address(parts)
    start = _START.match(raw)
    if start and (value := variables.value_of(start[1])):
        raw = value.rstrip("/") + raw[start.end() :]
        start = _START.match(raw)
    origin, rest = (start[0], raw[start.end() :]) if start else _split(variables.fill(raw), raw)
    path, _, text = rest.partition("#")[0].partition("?")
    segments = [_segment(one, parts, variables, remarks) for one in path.strip().removeprefix("/").split("/")]
    found = query if query is not None else [_pair(one) for one in text.split("&") if one]
    return origin, segments, [(_encoded(name, variables), _value(one, variables)) for name, one in found]


def _address(parts: Json) -> tuple[str, list[tuple[str, str | None]] | None]:
    """Return host and path as text, and the query if it is a list."""
    query = None
    if isinstance(parts.get("query"), list):
        given = enabled(parts["query"])
        query = [
            (text_of(one.get("key")), None if one.get("value") is None else text_of(one["value"]))
            for one in given
        ]
    raw = parts.get("raw")
    if isinstance(raw, str) and raw:
        return (raw.partition("#")[0].partition("?")[0] if query is not None else raw), query
    host, path = _joined(parts.get("host"), "."), _joined(parts.get("path"), "/")
    port = f":{text_of(parts['port'])}" if parts.get("port") else ""
    scheme = f"{text_of(parts['protocol'])}://" if parts.get("protocol") and host else ""
    text = f"{scheme}{host}{port}/{path.removeprefix('/')}"
    if query is None and isinstance(parts.get("query"), str):
        text += f"?{parts['query']}"
    return text, query


def _joined(value: Any, separator: str) -> str:
    if isinstance(value, list):
        return separator.join(
            text_of(one.get("value")) if isinstance(one, dict) else text_of(one) for one in value
        )
    return text_of(value)


def _split(filled: str, raw: str) -> tuple[str, str]:
    """Return the origin and the rest. A host without a scheme is http, as in Postman."""
    text = filled if not isinstance(filled, Template) else raw
    if not text.strip() or text.startswith("/"):
        return "", text
    with_scheme = text if "://" in text[:12] else f"http://{text}"
    match = _ORIGIN.match(with_scheme)
    if match is None:
        return "", f"/{text}"
    return f"{match[1].lower()}://{match[2].rpartition('@')[2].lower()}", with_scheme[match.end() :]


def _segment(text: str, parts: Json, variables: CollectionVariables, remarks: list[Remark]) -> str:
    if not re.fullmatch(r":[\w.-]+", text):
        return variables.fill(text)
    name = text[1:]
    listed = enabled(parts.get("variable"))
    value = next((text_of(one.get("value")) for one in listed if name in (one.get("key"), one.get("id"))), "")
    if value:
        return variables.fill(value)
    if known := variables.value_of(name):
        remarks.append(Remark("guess", f'The variable "{name}" is used for :{name}.', "path"))
        return variables.fill(known)
    return variables.ask(name, f'The collection does not contain a value of ":{name}" in the path.')


def _pair(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    return name, value if equals else None


def _encoded(text: str, variables: CollectionVariables) -> str:
    filled = variables.fill(text)
    kind = Template if isinstance(filled, Template) else str
    return kind(filled.replace("&", "%26").replace("#", "%23").replace("\n", "%0A").replace("\r", "%0D"))


def _value(text: str | None, variables: CollectionVariables) -> str | None:
    return None if text is None else _encoded(text, variables)

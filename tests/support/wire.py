"""The request on the wire that k6 sends for an endpoint, and the values that it extracts from the response."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

_EXPRESSION = re.compile(r"\$\$\{|\$\{([^}]*)\}")
_UNSAFE = re.compile(r"[^\x21-\x7e]|[\"<>\\^`{|}]|%(?![0-9A-Fa-f]{2})")
_BOUNDARY = "----boundary-of-the-test"


@dataclass(frozen=True, slots=True)
class WireRequest:
    """Method, path with query, headers and body."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None = None


class MissingValue(Exception):
    """A template refers to a value that no response has provided."""


def wire_request(endpoint: Mapping[str, Any], data: Mapping[str, Any], env: Mapping[str, str]) -> WireRequest:
    """Return what k6 sends. Raises MissingValue."""

    def fill(text: str) -> str:
        return _filled(text, data, env, encode=False)

    content_type, body = _body_of(endpoint, fill)
    headers = {"Content-Type": content_type} if content_type else {}
    given = {name: fill(str(value)) for name, value in endpoint.get("headers", {}).items()}
    replaced = {name.lower() for name in given}
    headers = {name: value for name, value in headers.items() if name.lower() not in replaced} | given
    return WireRequest(endpoint.get("method", "GET"), _filled(endpoint["path"], data, env), headers, body)


def _filled(text: str, data: Mapping[str, Any], env: Mapping[str, str], *, encode: bool = True) -> str:
    parts, end = [], 0
    for match in _EXPRESSION.finditer(text):
        parts.append(_encoded(text[end : match.start()]) if encode else text[end : match.start()])
        value = "${" if match[1] is None else _value_of(match[1], data, env)
        parts.append(quote(value, safe="!'()*") if encode else value)
        end = match.end()
    parts.append(_encoded(text[end:]) if encode else text[end:])
    return "".join(parts)


def _encoded(text: str) -> str:
    return _UNSAFE.sub(lambda match: quote(match[0], safe=""), text)


def _value_of(expression: str, data: Mapping[str, Any], env: Mapping[str, str]) -> str:
    kind, _, name = expression.partition(".")
    value = {"data": data, "env": env}.get(kind, {}).get(name)
    if value in (None, ""):
        raise MissingValue(expression)
    return value if isinstance(value, str) else json.dumps(value)


def _body_of(endpoint: Mapping[str, Any], fill: Any) -> tuple[str | None, bytes | None]:
    if "form" in endpoint:
        pairs = [(name, one) for name, value in endpoint["form"].items() for one in _items(value)]
        text = urlencode([(name, fill(_text(one))) for name, one in pairs], safe="!'()*~")
        return "application/x-www-form-urlencoded", text.encode()
    if "multipart" in endpoint:
        return f"multipart/form-data; boundary={_BOUNDARY}", _multipart(endpoint["multipart"], fill)
    body = endpoint.get("body")
    if body is None:
        return None, None
    if isinstance(body, str):
        return None, body.encode()
    return "application/json", json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _multipart(parts: Mapping[str, Any], fill: Any) -> bytes:
    pieces = []
    for name, value in parts.items():
        for one in _items(value):
            head = f'Content-Disposition: form-data; name="{name}"'
            content = fill(_text(one)).encode() if not isinstance(one, dict) else b""
            if isinstance(one, dict):
                if one.get("filename"):
                    head += f'; filename="{one["filename"]}"'
                if one.get("content_type"):
                    head += f"\r\nContent-Type: {one['content_type']}"
                content = (
                    base64.b64decode(one["content_base64"])
                    if "content_base64" in one
                    else fill(one["content"]).encode()
                )
            pieces.append(f"--{_BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + b"\r\n")
    return b"".join([*pieces, f"--{_BOUNDARY}--\r\n".encode()])


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def extracted(source: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Any:
    """Return the value that an entry of `extract` reads from a response; None if it has none."""
    if "header" in source:
        return headers.get(source["header"].lower())
    try:
        value = json.loads(body)
    except ValueError:
        return None
    for key, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", source["body_path"]):
        if key and isinstance(value, dict):
            value = value.get(key)
        elif index and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        else:
            return None
    return value

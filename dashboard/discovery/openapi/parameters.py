"""The parameters of an operation, and how a value of one is written in a path, a query, a header or a cookie."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote as quote_strictly

from dashboard.discovery.discovered import Json

_RESERVED = ":/?#[]@!$&'()*+,;="
_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
_SEPARATORS = {"spaceDelimited": "%20", "pipeDelimited": "%7C", "tabDelimited": "%09"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter in the form of OpenAPI 3."""

    name: str
    place: str
    schema: Any
    style: str
    explode: bool
    is_required: bool = False
    is_deprecated: bool = False
    allows_reserved: bool = False
    media_type: str | None = None
    examples: tuple[Any, ...] = field(default=())


def quote(text: str, safe: str = "") -> str:
    """Return the text percent-encoded, with a replacement for unpaired surrogates."""
    return quote_strictly(text, safe, errors="replace")


def style_of(given: Json, place: str) -> tuple[str, bool]:
    """Return the style of a parameter and whether it is exploded."""
    style = given.get("style")
    style = style if isinstance(style, str) else _STYLES.get(place, "form")
    explode = given.get("explode")
    return style, explode if isinstance(explode, bool) else style in ("form", "deepObject", "cookie")


def in_path(parameter: Parameter, value: Any) -> str:
    """Return the text that replaces the placeholder of a path parameter."""
    name = quote(parameter.name, safe="")
    if parameter.media_type is not None:
        return quote(_text(value), safe="")
    if parameter.style == "matrix":
        return _matrix(name, parameter.explode, value)
    separator = "." if parameter.style == "label" and parameter.explode else ","
    prefix = "." if parameter.style == "label" else ""
    return prefix + separator.join(_parts(value, parameter.explode, _encoded))


def in_query(parameter: Parameter, value: Any) -> Iterator[str]:
    """Yield the `name=value` pairs of a query parameter, encoded."""
    safe = _RESERVED.translate(str.maketrans("", "", "#&+?[]")) if parameter.allows_reserved else ""
    yield from (
        f"{quote(name, safe='[]$.')}={separator.join(quote(part, safe=safe) for part in parts)}"
        for name, parts, separator in pairs_of(parameter, value)
    )


def pairs_of(parameter: Parameter, value: Any) -> Iterator[tuple[str, list[str], str]]:
    """Yield the names with their parts and the text between these, not encoded but for that text."""
    name, style = parameter.name, parameter.style
    if parameter.media_type is not None or not isinstance(value, list | dict):
        yield name, [_text(value)], ""
    elif style == "deepObject" and isinstance(value, dict):
        yield from ((key, [text], "") for key, text in _deep(name, value))
    elif parameter.explode and isinstance(value, dict):
        yield from ((key, [_text(one)], "") for key, one in value.items())
    elif parameter.explode or style == "deepObject":
        yield from ((name, [_text(one)], "") for one in value)
    else:
        yield name, list(_parts(value, False, str)), _SEPARATORS.get(style, ",")


def in_header(parameter: Parameter, value: Any) -> str:
    """Return the value of a header."""
    if parameter.media_type is not None:
        return _text(value)
    return ",".join(_parts(value, parameter.explode, str))


def in_cookie(parameter: Parameter, value: Any) -> Iterator[str]:
    """Yield the `name=value` pairs of a cookie parameter."""
    yield from (
        f"{name}={','.join(quote(part, safe='') for part in parts)}"
        for name, parts, _ in pairs_of(parameter, value)
    )


def _matrix(name: str, explode: bool, value: Any) -> str:
    if isinstance(value, dict) and explode:
        return "".join(f";{_encoded(key)}={_encoded(one)}" for key, one in value.items())
    if isinstance(value, list) and explode:
        return "".join(f";{name}={_encoded(one)}" for one in value)
    return f";{name}={','.join(_parts(value, False, _encoded))}"


def _parts(value: Any, explode: bool, write: Any) -> Iterator[str]:
    """Yield the parts of a value: items, keys and values, or the value itself."""
    if isinstance(value, list):
        yield from (write(_text(one)) for one in value)
    elif isinstance(value, dict) and explode:
        yield from (f"{write(key)}={write(_text(one))}" for key, one in value.items())
    elif isinstance(value, dict):
        yield from (write(part) for key, one in value.items() for part in (key, _text(one)))
    else:
        yield write(_text(value))


def _deep(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield the pairs of a nested value, such as `filter[user][name]`."""
    items: Iterable[tuple[Any, Any]]
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = (("", one) for one in value)
    else:
        yield name, _text(value)
        return
    for key, one in items:
        yield from _deep(f"{name}[{key}]", one)


def _encoded(value: Any) -> str:
    return quote(_text(value), safe="")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

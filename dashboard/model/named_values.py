"""Finds values with the name of a secret in texts: JSON, forms, URLs, GraphQL, headers, XML and multipart bodies.

`k6/lib/report/named-values.js` does the same; `tests/secrets.json` tests both.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from dashboard.model.secret_names import (
    is_secret_header_in_text,
    is_secret_list_name,
    is_secret_name,
)

MASK: Final = "***"
_MAX_NAME_CHARACTERS: Final = 200
_USER = re.compile(r"([a-z][a-z0-9+.-]{0,30}://)[^\s/?#\"'<>\\]{1,500}@", re.IGNORECASE)
_PART = re.compile(
    r'(\bname="([^"\r\n]{1,200})"[^\r\n]{0,500}\r?\n(?:[^\r\n]{1,500}\r?\n){0,10}\r?\n)([\s\S]*?)(?=\r?\n--|\Z)'
)
# The same part within a JSON string.
_ESCAPED_PART = re.compile(
    r'(\bname=\\+"([^"\\\r\n]{1,200})\\+"(?:[^\r\n\\]|\\+"){0,500}(?:\\r)?\\n(?:(?:[^\r\n\\]|\\+"){1,500}(?:\\r)?\\n){0,10}'
    r'(?:\\r)?\\n)((?:[^"\\]|\\.)*?)(?=(?:\\r)?\\n--|"|\Z)'
)
_ELEMENT = re.compile(r"(<(?:[\w.-]{1,50}:)?([\w.-]{1,100})(?:\s[^<>]{0,500})?>)([^<]+)(?=</)")
_SEPARATOR = re.compile("[=:]")
_NOT_IN_NAME: Final = frozenset("=&;?#\"'<>:,{}()|\\ \t\r\n\v\f")
_NOT_IN_QUOTED_NAME: Final = frozenset("\"'\\\r\n")
_BLANKS: Final = " \t\r\n"
_NUMBER = re.compile(r"-?\d[\d.eE+-]*", re.ASCII)
_FIELD_END = re.compile(r"[&;#\s\"'<>]")
_LINE_END = re.compile(r'[\r\n"\\]')
_OPENING = re.compile(r"\\*[\"']")


class _NamedValue(NamedTuple):
    start: int
    end: int
    quote: str
    value: str


def _hide(_value: str) -> str:
    return MASK


def mask_named_values(text: str, hide: Callable[[str], str] = _hide) -> str:
    """Return `text` with each value whose name marks it as secret replaced by `hide(value)`."""

    def hide_third(match: re.Match[str]) -> str:
        return match[1] + hide(match[3]) if is_secret_name(match[2]) else match[0]

    masked = _USER.sub(rf"\1{MASK}@", text)
    for pattern in (_PART, _ESCAPED_PART, _ELEMENT):
        masked = pattern.sub(hide_third, masked)
    parts: list[str] = []
    end = 0
    for start, next_end, quote, value in _named_values(masked):
        parts += (masked[end:start], quote, hide(value), quote)
        end = next_end
    return "".join([*parts, masked[end:]])


def _named_values(text: str) -> Iterator[_NamedValue]:
    end = 0
    for separator in _SEPARATOR.finditer(text):
        if separator.start() >= end and (value := _value_at(text, separator.start())):
            yield value
            end = value.end


def _value_at(text: str, separator: int) -> _NamedValue | None:
    name, is_quoted = _name_before(text, separator)
    if not name:
        return None
    start = _skip_blanks(text, separator + 1)
    if opening := _OPENING.match(text, start):
        return _string_at(text, start, opening[0]) if is_secret_name(name) else None
    if text[separator] == "=":
        return _span(text, start, _field_end(text, start), "") if is_secret_name(name) else None
    if text[start : start + 1] in ("[", "{"):
        is_secret: Callable[[str], bool] = is_secret_list_name if text[start] == "[" else is_secret_name
        return _span(text, start, _closing_end(text, start), '"') if is_secret(name) else None
    return _unquoted_at(text, name, start, is_quoted=is_quoted) if is_secret_name(name) else None


def _unquoted_at(text: str, name: str, start: int, *, is_quoted: bool) -> _NamedValue | None:
    if not is_quoted and is_secret_header_in_text(name):
        return _span(text, start, _next_match(_LINE_END, text, start), "")
    number = _NUMBER.match(text, start)
    return _span(text, start, number.end(), '"' if is_quoted else "") if number else None


def _span(text: str, start: int, end: int, quote: str) -> _NamedValue | None:
    return None if end == start else _NamedValue(start, end, quote, text[start:end])


def _string_at(text: str, start: int, opening: str) -> _NamedValue | None:
    content = start + len(opening)
    end = _string_end(text, content, opening)
    close = end + 1 if text[end : end + 1] == opening[-1] else end
    value = text[content:end].rstrip("\\")
    return _NamedValue(start, close, opening, value) if value else None


def _string_end(text: str, start: int, opening: str) -> int:
    """Return the position of the quote that ends a string.

    A string within a string of JSON is quoted by `\\"`, and its own quotes are `\\\\\\"`.
    """
    at = text.find(opening[-1], start)
    while at >= 0:
        before = at
        while before > start and text[before - 1] == "\\":
            before -= 1
        if _is_closing(at - before, len(opening) - 1):
            return at
        at = text.find(opening[-1], at + 1)
    return len(text)


def _is_closing(backslashes: int, levels: int) -> bool:
    while backslashes % 2 and levels > 0:
        backslashes, levels = (backslashes - 1) // 2, (levels - 1) // 2
    return backslashes % 2 == 0


def _closing_end(text: str, start: int) -> int:
    """Return the position after the bracket that closes the one at `start`."""
    depth, at = 0, start
    while at < len(text):
        if opening := _OPENING.match(text, at):
            at = _string_end(text, opening.end(), opening[0])
        elif text[at] in "[{":
            depth += 1
        elif text[at] in "]}":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return len(text)


def _name_before(text: str, separator: int) -> tuple[str, bool]:
    """Return the name before a separator, and whether it is in quotes."""
    end = separator
    while end > 0 and text[end - 1] in _BLANKS:
        end -= 1
    is_quoted = end > 0 and text[end - 1] in "\"'"
    if is_quoted:
        end -= 1
        while end > 0 and text[end - 1] == "\\":
            end -= 1
    outside = _NOT_IN_QUOTED_NAME if is_quoted else _NOT_IN_NAME
    start = end
    while start > 0 and end - start < _MAX_NAME_CHARACTERS and text[start - 1] not in outside:
        start -= 1
    return text[start:end], is_quoted


def _field_end(text: str, start: int) -> int:
    end = _next_match(_FIELD_END, text, start)
    while end > start and text[end - 1] == "\\":
        end -= 1
    return end


def _skip_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANKS:
        at += 1
    return at


def _next_match(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.search(text, at)
    return match.start() if match else len(text)

"""Texts with `${…}` in them, read for what they need; the script fills them in (k6/lib/document/template.js)."""

import re
from collections.abc import Iterator

from dashboard.endpoints.texts import check_reference

_EXPRESSION = re.compile(r"(\$\$\{)|\$\{([^}]*)(\}?)")
_RANDOM_INT = re.compile(r"randomInt\(\s*(-?[0-9]{1,15})\s*,\s*(-?[0-9]{1,15})\s*\)")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_NUMBER = re.compile(r"number\(\s*(row\..+?)\s*\)", re.DOTALL)
_KNOWN = (
    "${timestamp}, ${uuid}, ${randomInt(a,b)}, ${data.x}, ${row.column}, ${number(row.column)} and ${env.NAME} "
    "are known; write $${ for a plain ${"
)


def references_in(text: str) -> list[str]:
    """Keys of the data, with paths into their values, that the template needs. Raises ValueError."""
    return [one[5:] for one in _expressions(text) if one.startswith("data.")]


def columns_in(text: str) -> list[str]:
    """The columns of a data file that the template needs. Raises ValueError."""
    return [one[4:].strip() for one in _expressions(text) if one.startswith("row.")]


def _expressions(text: str) -> Iterator[str]:
    for match in _EXPRESSION.finditer(text):
        if match[1]:
            continue
        if not match[3]:
            raise ValueError(f'"{match[0][:40]}" has no closing }}')
        expression = match[2].strip()
        number = _NUMBER.fullmatch(expression)
        yield _checked(number[1] if number else expression)


def _checked(expression: str) -> str:
    if expression.startswith("data."):
        check_reference(expression[5:])
    elif expression.startswith("row."):
        if not expression[4:].strip():
            raise ValueError("${row.} needs the name of a column")
    else:
        _check_plain(expression)
    return expression


def _check_plain(expression: str) -> None:
    if expression in ("timestamp", "uuid"):
        return
    if expression.startswith("env."):
        if not _ENV_NAME.fullmatch(expression[4:]):
            raise ValueError(f'"{expression[4:]}" cannot be the name of a variable')
        return
    ends = _RANDOM_INT.fullmatch(expression)
    if ends is None:
        raise ValueError(f'"${{{expression[:40]}}}" is not known: {_KNOWN}')
    if int(ends[1]) > int(ends[2]):
        raise ValueError(f"{expression} has its ends the wrong way round")

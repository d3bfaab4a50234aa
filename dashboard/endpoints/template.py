"""Finds the values that `${…}` templates need. k6/lib/document/template.js uses the same grammar and fills them in."""

import re
from collections.abc import Iterator

from dashboard.endpoints.texts import check_reference

_EXPRESSION = re.compile(r"(\$\$\{)|\$\{([^}]*)(\}?)")
_RANDOM_INT = re.compile(r"randomInt\(\s*(-?[0-9]{1,15})\s*,\s*(-?[0-9]{1,15})\s*\)")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_NUMBER = re.compile(r"number\(\s*(row\..+?)\s*\)", re.DOTALL)
_HELP = (
    "Use ${timestamp}, ${uuid}, ${randomInt(a,b)}, ${data.x}, ${row.column}, ${number(row.column)} or ${env.NAME}; "
    "write $${ for a literal ${."
)


def references_in(text: str) -> list[str]:
    """Return the references into the data that the template needs: keys with paths. Raises ValueError."""
    return [expression[5:] for expression in _expressions(text) if expression.startswith("data.")]


def columns_in(text: str) -> list[str]:
    """Return the columns of a data file that the template needs. Raises ValueError."""
    return [expression[4:].strip() for expression in _expressions(text) if expression.startswith("row.")]


def _expressions(text: str) -> Iterator[str]:
    for match in _EXPRESSION.finditer(text):
        if match[1]:
            continue
        if not match[3]:
            raise ValueError(f'"{match[0][:40]}" has no closing }}')
        expression = match[2].strip()
        number = _NUMBER.fullmatch(expression)
        yield _check_expression(number[1] if number else expression)


def _check_expression(expression: str) -> str:
    if expression.startswith("data."):
        check_reference(expression[5:])
    elif expression.startswith("row."):
        if not expression[4:].strip():
            raise ValueError("${row.} has no column name")
    else:
        _check_function(expression)
    return expression


def _check_function(expression: str) -> None:
    if expression in ("timestamp", "uuid"):
        return
    if expression.startswith("env."):
        if not _ENV_NAME.fullmatch(expression[4:]):
            raise ValueError(f'"{expression[4:]}" is not a valid variable name')
        return
    bounds = _RANDOM_INT.fullmatch(expression)
    if bounds is None:
        raise ValueError(f'unknown template "${{{expression[:40]}}}". {_HELP}')
    if int(bounds[1]) > int(bounds[2]):
        raise ValueError(f"{expression}: the first number must not be larger than the second")

"""The layout of a JSON text: line breaks and indentation."""

import re
from dataclasses import dataclass
from typing import Any, Final

from dashboard.endpoints.edit import format_value, quoted

MAX_LINE: Final = 100
# The levels of a list of entries that are always broken into lines: the list and its entries.
LIST_LEVELS: Final = 2
_FIRST_MEMBER = re.compile(r"[ \t\r\n]*\{[ \t]*(\r?\n)[ \t\r\n]*?([ \t]*)\"")


@dataclass(frozen=True, slots=True)
class Layout:
    """The line break and the indentation per level. Without a line break, everything is on one line."""

    newline: str = "\n"
    unit: str = "  "


ON_ONE_LINE: Final = Layout("", "")


def layout_of(text: str) -> Layout:
    """Return the layout that an object uses."""
    match = _FIRST_MEMBER.match(text)
    return Layout(match[1], match[2]) if match else ON_ONE_LINE


def format_block(value: Any, layout: Layout, indent: str = "", broken: int = 0) -> str:
    """Return a JSON value as text: short values on one line, longer ones with one member per line.

    indent: the indentation of the line on which the value starts
    broken: number of levels that are broken into lines even if they are short
    """
    if not layout.newline or not value or not isinstance(value, dict | list):
        return format_value(value)
    if broken <= 0 and len(line := format_value(value)) + len(indent) <= MAX_LINE:
        return line
    inner = indent + layout.unit
    if isinstance(value, dict):
        parts = [
            f"{quoted(key)}: {format_block(item, layout, inner, broken - 1)}" for key, item in value.items()
        ]
    else:
        parts = [format_block(item, layout, inner, broken - 1) for item in value]
    start, end = "{}" if isinstance(value, dict) else "[]"
    body = f",{layout.newline}{inner}".join(parts)
    return f"{start}{layout.newline}{inner}{body}{layout.newline}{indent}{end}"


def format_document(document: dict[str, Any]) -> str:
    """Return the text of a new file. Its entries are broken into lines; other members only if they are long."""
    layout = Layout()
    parts = [
        f"{quoted(name)}: {format_block(value, layout, layout.unit, LIST_LEVELS if isinstance(value, list) else 0)}"
        for name, value in document.items()
    ]
    return "{\n" + layout.unit + f",\n{layout.unit}".join(parts) + "\n}\n"

"""Changes single members of a JSON text. All other bytes stay as they were written."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

# Above it, the digits of a whole number are longer than its exponent, and k6 limits the length of numbers.
MAX_EXACT = 2**53
_SPACE = re.compile(r"[ \t\n\r]*")
decode = json.JSONDecoder().raw_decode


class Member(NamedTuple):
    """A member of an object. Its name starts at `start`; its value is the text from `value` to `end`."""

    name: str
    start: int
    value: int
    end: int


def members(text: str, at: int = 0) -> list[Member]:
    """Return the members of the object that starts at `at`, or after the spaces there."""
    return list(_members(text, skip(text, at) + 1))


def elements(text: str, at: int) -> list[int]:
    """Return the positions at which the elements of the list at `at` start."""
    positions = []
    at = skip(text, at + 1)
    while text[at] != "]":
        positions.append(at)
        at = skip(text, decode(text, at)[1])
        if text[at] == ",":
            at = skip(text, at + 1)
    return positions


def set_member(text: str, at: int, name: str, value: Any, after: tuple[str, ...] = ()) -> str:
    """Return `text` with the member `name` of the object at `at` set to `value`; None removes the member.

    A new member follows the last existing member of `after`, otherwise it becomes the last one.
    """
    existing = members(text, at)
    member = next((one for one in existing if one.name == name), None)
    if member is not None:
        return (
            _remove_member(text, existing, member) if value is None else _replace_value(text, member, value)
        )
    if value is None:
        return text
    return _insert_member(text, at, existing, name, value, after)


def format_value(value: Any) -> str:
    """Return a JSON value on one line, with spaces inside braces and whole numbers without `.0`."""
    if isinstance(value, dict) and value:
        inside = ", ".join(f"{quoted(key)}: {format_value(item)}" for key, item in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, list) and value:
        return f"[{', '.join(format_value(item) for item in value)}]"
    if isinstance(value, float) and value.is_integer() and abs(value) <= MAX_EXACT:
        return str(int(value))
    return quoted(value)


def quoted(value: Any) -> str:
    """Return a JSON value on one line. Characters beyond ASCII stay readable."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def skip(text: str, at: int) -> int:
    """Return the position after the spaces at `at`."""
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _members(text: str, at: int) -> Iterator[Member]:
    at = skip(text, at)
    while text[at] != "}":
        name, colon = decode(text, at)
        value = skip(text, skip(text, colon) + 1)
        end = decode(text, value)[1]
        yield Member(name, at, value, end)
        at = skip(text, end)
        if text[at] == ",":
            at = skip(text, at + 1)


def _replace_value(text: str, member: Member, value: Any) -> str:
    if decode(text, member.value)[0] == value:
        return text
    return text[: member.value] + format_value(value) + text[member.end :]


def _remove_member(text: str, existing: list[Member], member: Member) -> str:
    index = existing.index(member)
    if index:
        return text[: existing[index - 1].end] + text[member.end :]
    end = existing[1].start if len(existing) > 1 else member.end
    return text[: member.start] + text[end:]


def _insert_member(
    text: str, at: int, existing: list[Member], name: str, value: Any, after: tuple[str, ...]
) -> str:
    new = f"{quoted(name)}: {format_value(value)}"
    start = skip(text, at) + 1
    if not existing:
        return f"{text[:start]} {new} {text[skip(text, start) :]}"
    space = text[start : existing[0].start]
    previous = next((member for member in reversed(existing) if member.name in after), existing[-1])
    return f"{text[: previous.end]},{space or ' '}{new}{text[previous.end :]}"

"""Changes to single members of a JSON text; every other byte of it stays as somebody wrote it."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

_SPACE = re.compile(r"[ \t\n\r]*")
_decode = json.JSONDecoder().raw_decode


class Member(NamedTuple):
    """Where a member of an object stands: its name begins at `start`, its value from `value` to `end`."""

    name: str
    start: int
    value: int
    end: int


def members(text: str, at: int = 0) -> list[Member]:
    """Members of the object that begins at `at` or after spaces."""
    return list(_members(text, _skip(text, at) + 1))


def elements(text: str, at: int) -> list[int]:
    """Where the elements of the list begin that begins at `at`."""
    found = []
    at = _skip(text, at + 1)
    while text[at] != "]":
        found.append(at)
        at = _skip(text, _decode(text, at)[1])
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found


def with_member(text: str, at: int, name: str, value: Any, after: tuple[str, ...] = ()) -> str:
    """`text` in which the object at `at` has the member; None takes it away.

    A new member comes behind the last of `after` that there is, else last of all.
    """
    known = members(text, at)
    here = next((member for member in known if member.name == name), None)
    if here is not None:
        return _without(text, known, here) if value is None else _replaced(text, here, value)
    if value is None:
        return text
    return _inserted(text, at, known, name, value, after)


def written(value: Any) -> str:
    """A value as one line, as people write them."""
    if isinstance(value, dict) and value:
        inside = ", ".join(f"{_quoted(key)}: {written(item)}" for key, item in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _quoted(value)


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _members(text: str, at: int) -> Iterator[Member]:
    at = _skip(text, at)
    while text[at] != "}":
        name, colon = _decode(text, at)
        value = _skip(text, _skip(text, colon) + 1)
        end = _decode(text, value)[1]
        yield Member(name, at, value, end)
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _replaced(text: str, here: Member, value: Any) -> str:
    if _decode(text, here.value)[0] == value:
        return text
    return text[: here.value] + written(value) + text[here.end :]


def _without(text: str, known: list[Member], here: Member) -> str:
    place = known.index(here)
    if place:
        return text[: known[place - 1].end] + text[here.end :]
    end = known[1].start if len(known) > 1 else here.end
    return text[: here.start] + text[end:]


def _inserted(text: str, at: int, known: list[Member], name: str, value: Any, after: tuple[str, ...]) -> str:
    made = f"{_quoted(name)}: {written(value)}"
    opening = _skip(text, at) + 1
    if not known:
        return f"{text[:opening]} {made} {text[_skip(text, opening) :]}"
    space = text[opening : known[0].start]
    before = next((member for member in reversed(known) if member.name in after), known[-1])
    return f"{text[: before.end]},{space or ' '}{made}{text[before.end :]}"

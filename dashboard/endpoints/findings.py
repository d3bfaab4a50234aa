"""What is wrong with a document: a place and words."""

from typing import NamedTuple

from pydantic import ValidationError

from dashboard.wording import words_of

_MOST_PLACE = 200


class Finding(NamedTuple):
    """What is wrong, and where."""

    place: str
    message: str


def findings_of(error: ValidationError, inside: str = "") -> list[Finding]:
    """What pydantic found in the part of the document that stands at `inside`."""
    found = error.errors(include_url=False, include_input=False)
    return [Finding(place_of(entry["loc"], inside), words_of(entry)) for entry in found]


def place_of(location: tuple[int | str, ...], inside: str = "") -> str:
    """`endpoints[3].checks.status`."""
    text = inside
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part != "[key]":
            text += f".{part}" if text else part
    return text if len(text) <= _MOST_PLACE else text[:_MOST_PLACE] + "…"

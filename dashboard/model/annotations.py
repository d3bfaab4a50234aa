"""Limits of the texts that people attach to a run. Requests and imports obey the same limits."""

import re
from typing import Final

MAX_LABEL_CHARACTERS: Final = 200
MAX_NOTES_CHARACTERS: Final = 20_000
MAX_TAGS, MAX_TAG_CHARACTERS = 20, 64
MAX_META_KEYS, MAX_META_KEY_CHARACTERS, MAX_META_VALUE_CHARACTERS = 32, 64, 512
MAX_ENV_PROFILE_CHARACTERS: Final = 128
MAX_URL_CHARACTERS: Final = 2_048
# Line breaks and tabs are text. The others can be part of an escape sequence, which controls a terminal.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")


def has_control_characters(text: str) -> bool:
    """Return whether a text contains control characters other than line breaks and tabs."""
    return _CONTROL.search(text) is not None


def is_single_line(text: str) -> bool:
    """Return whether a text is one line, not blank, and without control characters."""
    has_control = any(ord(letter) < 32 or ord(letter) == 127 for letter in text)
    return bool(text.strip()) and not has_control and not has_control_characters(text)

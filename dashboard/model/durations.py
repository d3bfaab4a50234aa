"""Durations as text ("90", "30s", "1m30s", "1h") to seconds and back."""

import re

from dashboard.model.k6_config import DURATION_LIMITS

_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
_PARTS = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+", re.ASCII)
_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_BLANKS = " \t\n\r\v\f"
_MAX_CHARACTERS = DURATION_LIMITS["max_characters"]
MAX_DURATION_S = DURATION_LIMITS["max_ms"] / 1000


def parse_duration(text: str) -> float:
    """Return the seconds of "90", "30s", "1m30s", "500ms" or "1.5s", rounded to milliseconds. Raises ValueError.

    A number without a unit is in seconds.
    """
    stripped = text.strip(_BLANKS)
    if len(stripped) > _MAX_CHARACTERS:
        raise ValueError('must be a short text such as "30s", "1m30s" or "1h"')
    if _NUMBER.fullmatch(stripped):
        seconds = float(stripped)
    elif _PARTS.fullmatch(stripped):
        seconds = sum(float(number) * _UNIT_S[unit] for number, unit in _PART.findall(stripped))
    else:
        raise ValueError(f'"{stripped}" is not a duration such as "30s", "1m30s" or "1h"')
    if seconds > MAX_DURATION_S:
        raise ValueError(f'"{stripped}" is longer than a year')
    return round(seconds, 3)


def format_duration(seconds: float) -> str:
    """Return the shortest text for the same number of milliseconds: 90.0 is "1m30s", 0.5 is "500ms"."""
    if not 0 <= seconds <= MAX_DURATION_S:
        raise ValueError(f"{seconds} s is not between 0 and a year")
    rest_ms = round(seconds * 1000)
    parts = []
    for unit, unit_ms in (("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, rest_ms = divmod(rest_ms, unit_ms)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"

"""Durations as people write them ("90", "30s", "1m30s", "1h") to seconds and back."""

import re

_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
_WHOLE = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+", re.ASCII)
_BARE = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_MAX_CHARACTERS = 40
_MAX_SECONDS = 366 * 86400.0


def parse_duration(text: str) -> float:
    """Seconds of "90", "30s", "1m30s", "500ms", "1.5s"; a bare number is seconds. Finest step: 1 ms."""
    stripped = text.strip()
    if len(stripped) > _MAX_CHARACTERS:
        raise ValueError('a duration is a short text such as "30s", "1m30s" or "1h"')
    if _BARE.fullmatch(stripped):
        seconds = float(stripped)
    elif _WHOLE.fullmatch(stripped):
        seconds = sum(float(number) * _UNIT_S[unit] for number, unit in _PART.findall(stripped))
    else:
        raise ValueError(f'"{stripped}" is not a duration; write for example "30s", "1m30s" or "1h"')
    if seconds > _MAX_SECONDS:
        raise ValueError(f'"{stripped}" is longer than a year')
    return round(seconds, 3)


def format_duration(seconds: float) -> str:
    """The shortest text that parses back to the same milliseconds: 90.0 is "1m30s", 0.5 is "500ms"."""
    if not 0 <= seconds <= _MAX_SECONDS:
        raise ValueError(f"{seconds} s is not a duration between nothing and a year")
    rest_ms = round(seconds * 1000)
    parts = []
    for unit, unit_ms in (("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, rest_ms = divmod(rest_ms, unit_ms)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"

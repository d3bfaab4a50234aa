"""The planned load of a run as text. Runs with equal texts were planned alike."""

from collections.abc import Sequence
from itertools import pairwise

from dashboard.model.number_text import format_number, setting_text

MAX_SEGMENTS = 6
Point = Sequence[float]


def load_text(stages: Sequence[Point], unit: str | None, vus_max: int) -> str:
    """Return the planned curve: segment by segment, or only its peak if it has too many segments."""
    name = "iterations per second" if unit == "rate" else "users"
    segments = [_segment_text(start, end) for start, end in pairwise(stages) if start[0] < end[0]]
    peak = max((target for _, target in stages), default=vus_max)
    curve = ", ".join(segments) if 0 < len(segments) <= MAX_SEGMENTS else f"up to {setting_text(peak)}"
    return f"{name}: {curve}" + (f", at most {vus_max} users" if unit == "rate" else "")


def format_duration(seconds: float) -> str:
    """Return the duration as text, for example "15.6 s", "1 min 30 s" or "2 h"."""
    if seconds < 60:
        return f"{format_number(seconds)} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = (f"{count} {unit}" for count, unit in ((hours, "h"), (minutes, "min"), (rest, "s")) if count)
    return " ".join(parts)


def _segment_text(start: Point, end: Point) -> str:
    seconds = format_duration(end[0] - start[0])
    first, last = setting_text(start[1]), setting_text(end[1])
    return f"{last} for {seconds}" if first == last else f"{first} to {last} in {seconds}"

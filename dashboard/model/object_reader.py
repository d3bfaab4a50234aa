"""Reads the values of a k6 scenario."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.model.durations import format_duration, parse_duration
from dashboard.model.k6_config import LOAD_LIMITS
from dashboard.model.plan import ParameterError, PlanPoint

MAX_STAGES = LOAD_LIMITS["max_stages"]
MAX_COUNT = 1_000_000
DURATION_PATTERN = re.compile(r"(\d{1,9}(\.\d{1,3})?(ms|s|m|h)){1,4}", re.ASCII)


class ObjectReader:
    """Reads the values of one object. Raises ParameterError with the path. `allowed_keys` of None allows any key."""

    def __init__(self, path: str, body: object, allowed_keys: Sequence[str] | None) -> None:
        if not isinstance(body, Mapping):
            raise ParameterError(path, 'must be an object such as {"load": {"executor": "constant-vus", …}}')
        for key in body:
            if allowed_keys is not None and key not in allowed_keys:
                raise ParameterError(f"{path}.{key[:64]}", f"is not one of {', '.join(allowed_keys)}")
        self.path = path
        self.body: Mapping[str, Any] = body

    def count(
        self, key: str, default: int | None = None, *, minimum: int = 1, maximum: int = MAX_COUNT
    ) -> int:
        value = self.body.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= maximum:
            raise ParameterError(f"{self.path}.{key}", f"must be a whole number from {minimum} to {maximum}")
        return value

    def duration(self, key: str, default_s: float | None = None, *, min_s: float = 0.0) -> float:
        """Read a duration in seconds. A plain number is rejected: k6 reads milliseconds where people mean seconds."""
        if key not in self.body and default_s is not None:
            return default_s
        path, text = f"{self.path}.{key}", self.body.get(key)
        if not isinstance(text, str) or not DURATION_PATTERN.fullmatch(text):
            raise ParameterError(path, 'must be a duration with a unit, such as "30s" or "1m30s"')
        try:
            seconds = parse_duration(text)
        except ValueError as error:
            raise ParameterError(path, str(error)) from None
        if seconds < min_s:
            raise ParameterError(path, f"must be at least {format_duration(min_s)}")
        return seconds

    def curve(self, start_key: str, start: int, unit_s: float) -> list[PlanPoint]:
        """Read the stages as points. Targets are per `unit_s` seconds and become per second."""
        stages = self.body.get("stages")
        if not isinstance(stages, list) or not 1 <= len(stages) <= MAX_STAGES:
            raise ParameterError(f"{self.path}.stages", f"must be a list of 1 to {MAX_STAGES} stages")
        points = [PlanPoint(0.0, self.count(start_key, start, minimum=0) / unit_s)]
        for index, stage in enumerate(stages):
            reader = ObjectReader(f"{self.path}.stages[{index}]", stage, ("duration", "target"))
            at_s = round(points[-1].at_s + reader.duration("duration"), 3)
            points.append(PlanPoint(at_s, reader.count("target", minimum=0) / unit_s))
        return points

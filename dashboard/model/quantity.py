"""Numbers and stages of a load profile: literals or variables times a factor, read with their place."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor

from dashboard.model.durations import parse_duration


class ProfileError(ValueError):
    """The profile data itself is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number of a profile: a literal, or a variable times a factor."""

    literal: float = 0.0
    of: str | None = None
    times: float = 1.0

    def value(self, variables: Mapping[str, float]) -> float:
        return self.literal if self.of is None else variables[self.of] * self.times

    def whole(self, variables: Mapping[str, float]) -> int:
        """As a number of users: rounded half up, and never rounded away."""
        value = self.value(variables)
        return max(1, floor(value + 0.5)) if value > 0 else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Go to `target` users within `duration`; a duration of nothing is a jump."""

    target: Quantity
    duration: Quantity


def read_stage(place: str, body: object, known: Mapping[str, float]) -> Stage:
    if not isinstance(body, dict):
        raise ProfileError(f"{place}: must be an object")
    return Stage(
        target=read_quantity(f"{place}.target", body.get("target"), known),
        duration=read_quantity(f"{place}.duration", body.get("duration"), known),
    )


def read_quantity(place: str, body: object, known: Mapping[str, float]) -> Quantity:
    if not isinstance(body, dict):
        return Quantity(literal=read_number(place, body))
    if body.get("of") not in known:
        raise ProfileError(f"{place}.of: must be one of the profile's variables")
    return Quantity(of=str(body["of"]), times=read_number(f"{place}.times", body.get("times", 1)))


def read_number(place: str, value: object) -> float:
    if isinstance(value, str):
        try:
            return parse_duration(value)
        except ValueError as error:
            raise ProfileError(f"{place}: {error}") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ProfileError(f"{place}: must be a number or a duration")
    return float(value)

"""Numbers and stages of a load profile: a literal, or a variable times a factor."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor

from dashboard.model.durations import parse_duration


class ProfileError(ValueError):
    """`profiles.json` is invalid. The message starts with the path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number of a profile: `literal`, or the variable `of` times the factor `times`."""

    literal: float = 0.0
    of: str | None = None
    times: float = 1.0

    def value(self, variables: Mapping[str, float]) -> float:
        return self.literal if self.of is None else variables[self.of] * self.times

    def whole_value(self, variables: Mapping[str, float]) -> int:
        """Return the value rounded half up, but at least 1 if it is above 0."""
        value = self.value(variables)
        return max(1, floor(value + 0.5)) if value > 0 else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileStage:
    """A linear change to `target` within `duration`. A duration of 0 is a jump."""

    target: Quantity
    duration: Quantity


def read_stage(path: str, body: object, variables: Mapping[str, float]) -> ProfileStage:
    if not isinstance(body, dict):
        raise ProfileError(f"{path}: must be an object")
    return ProfileStage(
        target=read_quantity(f"{path}.target", body.get("target"), variables),
        duration=read_quantity(f"{path}.duration", body.get("duration"), variables),
    )


def read_quantity(path: str, body: object, variables: Mapping[str, float]) -> Quantity:
    if not isinstance(body, dict):
        return Quantity(literal=read_number(path, body))
    if body.get("of") not in variables:
        raise ProfileError(f"{path}.of: must be one of the profile's variables")
    return Quantity(of=str(body["of"]), times=read_number(f"{path}.times", body.get("times", 1)))


def read_number(path: str, value: object) -> float:
    if isinstance(value, str):
        try:
            return parse_duration(value)
        except ValueError as error:
            raise ProfileError(f"{path}: {error}") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ProfileError(f"{path}: must be a number or a duration")
    return float(value)

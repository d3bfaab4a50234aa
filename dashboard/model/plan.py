"""The plan of a run: a curve of users or of a rate, its length, and the variables for k6."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor
from typing import Literal, NamedTuple

GRACEFUL_STOP_S = 30.0
CONSTANT_RATE = "constant-arrival-rate"
_ROUNDING = 1e-6  # tolerance for the rounding errors of an area
Unit = Literal["vus", "rate"]
SteeringVariable = Literal["vus", "share"]
ControlVariable = SteeringVariable | Literal["pause"]  # every run with a control channel can be paused
# What can be changed while an executor runs.
STEERING_VARIABLES: Mapping[str, SteeringVariable] = {
    "constant-vus": "vus",
    CONSTANT_RATE: "share",
    "ramping-arrival-rate": "share",
}


class ParameterError(ValueError):
    """A parameter does not fit the load profile. `field` is its name: `vus`, `duration_s`, `stages[2].target`, …"""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class PlanPoint(NamedTuple):
    """A corner of the planned curve, in the unit of the plan. A jump is two points at the same time."""

    at_s: float
    target: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The curve of a run, its length, and the k6 variables that produce it.

    unit: `vus` for a curve of users, `rate` for a curve of iterations started per second. None without a curve: k6
        scenarios of different kinds have no common one, and some end after a number of iterations.
    peak_vus: the highest number of users; for a rate the number of users that k6 may use
    peak_rate, iterations: the highest point of a rate, and the number of iterations it starts, computed as k6 does
    first_start_s: the time at which the first k6 scenario starts
    iterations_at_end: iterations that k6 starts at the very end of the plan, or not at all
    vu_seconds: the area under a curve of users
    steering_variable: what can be changed while the run is live, None for nothing
    """

    profile: str
    executor: str
    unit: Unit | None
    stages: tuple[PlanPoint, ...]
    planned_s: float
    peak_vus: int
    peak_rate: float | None
    vu_seconds: float
    iterations: int | None
    variables: dict[str, str]
    steering_variable: SteeringVariable | None
    graceful_stop_s: float = GRACEFUL_STOP_S
    iterations_at_end: int = 0
    first_start_s: float = 0.0

    @property
    def longest_s(self) -> float:
        """The planned length plus the time for running iterations to finish."""
        return self.planned_s + self.graceful_stop_s


def plan_of_curve(
    profile: str, executor: str, curve: Sequence[PlanPoint], users: int | None, variables: dict[str, str]
) -> Plan:
    """Return the plan of one curve: of users, or of a rate if `users` gives the number of users for it."""
    peak = max(point.target for point in curve)
    iterations, at_end = (None, 0) if users is None else count_arrivals(executor, curve)
    return Plan(
        profile=profile,
        executor=executor,
        unit="vus" if users is None else "rate",
        stages=tuple(curve),
        planned_s=curve[-1].at_s,
        peak_vus=int(peak) if users is None else users,
        peak_rate=None if users is None else peak,
        vu_seconds=area(curve) if users is None else 0.0,
        iterations=iterations,
        iterations_at_end=at_end,
        variables=variables,
        steering_variable=STEERING_VARIABLES.get(executor),
    )


def common_steering_variable(executors: Sequence[str], *, simultaneous: bool) -> SteeringVariable | None:
    """Return what can be changed in several k6 scenarios together; None for nothing.

    simultaneous: whether all their users exist at the same time
    """
    variables = {STEERING_VARIABLES.get(executor) for executor in executors}
    if None in variables:
        return None
    return "vus" if variables == {"vus"} and simultaneous else "share"


def count_arrivals(executor: str, curve: Sequence[tuple[float, float]]) -> tuple[int, int]:
    """Return how many iterations k6 starts for a rate, and how many of them at the very end, which may not start.

    A constant rate starts its first iteration immediately, a changing rate when the area under its curve reaches 1.
    """
    whole = area(curve)
    if executor == CONSTANT_RATE:
        return ceil(whole - _ROUNDING), 0
    count = floor(whole + _ROUNDING)
    return count, int(count > 0 and whole - count < _ROUNDING)


def area(curve: Sequence[tuple[float, float]]) -> float:
    """Return the area under the curve: user seconds, or iterations."""
    return sum((b_s - a_s) * (a + b) / 2 for (a_s, a), (b_s, b) in pairwise(curve))


def target_at(curve: Sequence[tuple[float, float]], at_s: float) -> float:
    """Return the planned value at `at_s`: the value after a jump, 0 outside the curve."""
    if not curve or not curve[0][0] <= at_s <= curve[-1][0]:
        return 0.0
    for (start_s, start), (end_s, end) in pairwise(curve):
        if start_s <= at_s < end_s:
            return start + (end - start) * (at_s - start_s) / (end_s - start_s)
    return float(curve[-1][1])


def sum_of_curves(curves: Sequence[Sequence[PlanPoint]]) -> tuple[PlanPoint, ...]:
    """Return the sum of several curves, each 0 before its start and after its end."""
    times = sorted({point.at_s for curve in curves for point in curve} | {0.0})
    points: list[PlanPoint] = []
    for at_s in times:
        for value in (
            sum(_before(curve, at_s) for curve in curves),
            sum(_after(curve, at_s) for curve in curves),
        ):
            point = PlanPoint(at_s, round(value, 6))
            if not points or points[-1] != point:
                points.append(point)
    if points[-1].target == 0 and len(points) > 1 and points[-2].at_s == points[-1].at_s:
        points.pop()  # the curve keeps its last value until its end
    return tuple(points[1:] if len(points) > 1 and points[1].at_s == 0 else points)


def _before(curve: Sequence[PlanPoint], at_s: float) -> float:
    """Return the value just before `at_s`: the limit from the left."""
    for before, after in pairwise(curve):
        if before.at_s < at_s <= after.at_s:
            share = (at_s - before.at_s) / (after.at_s - before.at_s)
            return before.target + (after.target - before.target) * share
    return 0.0


def _after(curve: Sequence[PlanPoint], at_s: float) -> float:
    """Return the value just after `at_s`: the limit from the right, 0 at the end of the curve."""
    return 0.0 if at_s >= curve[-1].at_s else target_at(curve, at_s)

"""What a run will do: a curve of users or of a rate, and what follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

GRACEFUL_STOP_S = 30.0
Unit = Literal["vus", "rate"]
SteeringVariable = Literal["vus", "share"]
ControlVariable = SteeringVariable | Literal["pause"]  # what is always there of a run that has a channel
# Executor -> what of it can be changed while it runs.
STEERED_BY: Mapping[str, SteeringVariable] = {
    "constant-vus": "vus",
    "constant-arrival-rate": "share",
    "ramping-arrival-rate": "share",
}


class ParameterError(ValueError):
    """A parameter does not fit the profile; `field` names it (`vus`, `duration_s`, `stages[2].target`, …)."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class PlanPoint(NamedTuple):
    """A corner of the planned curve, in the plan's unit; a jump is two corners at the same time."""

    at_s: float
    target: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run will do: its curve, its length, and the variables that make k6 do exactly this.

    The curve is one of users, or of iterations begun in a second (`unit`): then `peak_vus` is how many users there
    are for it, `peak_rate` its highest point, and `iterations` how many it asks for. `vu_seconds` is the load of
    users who begin anew as soon as they are done. Without a `unit` there is no curve: k6 scenarios of several kinds
    have none in common, and some end when their iterations are done. `steering_variable` is what can be changed of it while it
    runs, None when nothing can.
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

    @property
    def longest_s(self) -> float:
        """The latest normal end: the planned length plus the time for running iterations to finish."""
        return self.planned_s + self.graceful_stop_s


def plan_of_curve(
    profile: str, executor: str, curve: Sequence[PlanPoint], users: int | None, variables: dict[str, str]
) -> Plan:
    """The plan of one curve: of users, or of a rate when `users` says how many there are for it."""
    peak = max(point.target for point in curve)
    return Plan(
        profile=profile,
        executor=executor,
        unit="vus" if users is None else "rate",
        stages=tuple(curve),
        planned_s=curve[-1].at_s,
        peak_vus=int(peak) if users is None else users,
        peak_rate=None if users is None else peak,
        vu_seconds=area(curve) if users is None else 0.0,
        iterations=None if users is None else round(area(curve)),
        variables=variables,
        steering_variable=STEERED_BY.get(executor),
    )


def steering_variable_of(executors: Sequence[str], *, at_once: bool) -> SteeringVariable | None:
    """What can be changed of several scenarios together; `at_once`: they are all there at the same time."""
    levers = {STEERED_BY.get(executor) for executor in executors}
    if None in levers:
        return None
    return "vus" if levers == {"vus"} and at_once else "share"


def area(curve: Sequence[PlanPoint]) -> float:
    """The sum of the curve over time: user seconds, or iterations."""
    return sum((b.at_s - a.at_s) * (a.target + b.target) / 2 for a, b in pairwise(curve))


def target_at(curve: Sequence[PlanPoint], at_s: float) -> float:
    """The planned value at a moment: the one after a jump, 0 outside the curve."""
    if not curve or not curve[0].at_s <= at_s <= curve[-1].at_s:
        return 0.0
    for before, after in pairwise(curve):
        if before.at_s <= at_s < after.at_s:
            share = (at_s - before.at_s) / (after.at_s - before.at_s)
            return before.target + (after.target - before.target) * share
    return float(curve[-1].target)


def total_of(curves: Sequence[Sequence[PlanPoint]]) -> tuple[PlanPoint, ...]:
    """The sum of several curves, each nothing before its begin and after its end."""
    corners = sorted({point.at_s for curve in curves for point in curve} | {0.0})
    points: list[PlanPoint] = []
    for at_s in corners:
        for value in (
            sum(_before(curve, at_s) for curve in curves),
            sum(_after(curve, at_s) for curve in curves),
        ):
            point = PlanPoint(at_s, round(value, 6))
            if not points or points[-1] != point:
                points.append(point)
    if points[-1].target == 0 and len(points) > 1 and points[-2].at_s == points[-1].at_s:
        points.pop()  # a curve stands until its end
    return tuple(points[1:] if len(points) > 1 and points[1].at_s == 0 else points)


def _before(curve: Sequence[PlanPoint], at_s: float) -> float:
    """The limit from the left."""
    for before, after in pairwise(curve):
        if before.at_s < at_s <= after.at_s:
            share = (at_s - before.at_s) / (after.at_s - before.at_s)
            return before.target + (after.target - before.target) * share
    return 0.0


def _after(curve: Sequence[PlanPoint], at_s: float) -> float:
    """The limit from the right: a jump has happened, and at its end a curve is over."""
    return 0.0 if at_s >= curve[-1].at_s else target_at(curve, at_s)

"""Load profiles, and the plan (curve of users or of a rate, length, variables for k6) for given parameters.

`k6/lib/profile.js` comes from the same data, `k6/config/profiles.json`, to the same numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Literal, NamedTuple

from dashboard.model.durations import format_duration
from dashboard.model.quantity import Quantity, Stage

GRACEFUL_STOP_S = 30.0
Unit = Literal["vus", "rate"]
Lever = Literal["vus", "share"]
# Executor -> what its curve is a curve of.
EXECUTORS: Mapping[str, Unit] = {
    "constant-vus": "vus",
    "ramping-vus": "vus",
    "constant-arrival-rate": "rate",
}

# Executor -> what of it can be changed while it runs.
STEERED_BY: Mapping[str, Lever] = {"constant-vus": "vus", "constant-arrival-rate": "share"}

# Variable of the k6 script -> the parameter that sets it. All but the counts are durations.
PARAMETER_OF = {
    "RATE": "rate",
    "VUS": "vus",
    "DURATION": "duration_s",
    "RAMP_DURATION": "ramp_duration_s",
    "SOAK_DURATION": "soak_duration_s",
    "STRESS_STEP_DURATION": "stress_step_duration_s",
    "SPIKE_DURATION": "spike_duration_s",
}
MOST_OF = {"RATE": 1_000_000, "VUS": 1_000_000}


class ParameterError(ValueError):
    """A parameter does not fit the profile; `field` names it (`vus`, `duration_s`, …)."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What a person or the settings ask for; None leaves it to the next in line."""

    rate: int | None = None
    vus: int | None = None
    duration_s: float | None = None
    ramp_duration_s: float | None = None
    soak_duration_s: float | None = None
    stress_step_duration_s: float | None = None
    spike_duration_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadProfile:
    """One named shape of load. `uses` names the request fields that change it.

    `start` and `stages` are its curve; `vus` are the users of a profile whose curve is a rate.
    """

    name: str
    purpose: str
    uses: tuple[str, ...]
    duration_sets: str
    ignores_settings: bool
    variables: Mapping[str, float]
    executor: str
    vus: Quantity | None
    start: Quantity
    stages: tuple[Stage, ...]


class Point(NamedTuple):
    """A corner of the planned curve, in the plan's unit; a jump is two corners at the same time."""

    at_s: float
    target: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run will do: its curve, its length, and the variables that make k6 do exactly this.

    The curve is one of users, or of iterations begun in a second (`unit`): then `peak_vus` is how many users there
    are for it, `peak_rate` its highest point, and `iterations` how many it asks for. `vu_seconds` is the load of
    users who begin anew as soon as they are done.
    """

    profile: str
    executor: str
    unit: Unit
    stages: tuple[Point, ...]
    planned_s: float
    peak_vus: int
    peak_rate: float | None
    vu_seconds: float
    iterations: int | None
    variables: dict[str, str]
    graceful_stop_s: float = GRACEFUL_STOP_S

    @property
    def lever(self) -> Lever | None:
        """What of it can be changed while it runs; None when nothing can."""
        return STEERED_BY.get(self.executor)

    @property
    def longest_s(self) -> float:
        """The latest normal end: the planned length plus the time for running iterations to finish."""
        return self.planned_s + self.graceful_stop_s


def resolve(profile: LoadProfile, asked: Parameters, settings: Parameters) -> Parameters:
    """Parameters for `plan`: what was asked for this run, else the settings.

    `asked.duration_s` is the plain "duration" of a request and means the length that the profile is about.
    Smoke stays small whatever the settings say.
    """
    chosen: dict[str, float | int | None] = {}
    for field in fields(Parameters):
        chosen[field.name] = None if profile.ignores_settings else getattr(settings, field.name)
        if getattr(asked, field.name) is not None:
            chosen[field.name] = getattr(asked, field.name)
    main = PARAMETER_OF[profile.duration_sets]
    if asked.duration_s is not None and getattr(asked, main) is None:
        chosen[main] = asked.duration_s
    return Parameters(**chosen)  # type: ignore[arg-type]


def plan(profile: LoadProfile, parameters: Parameters) -> Plan:
    """The planned curve and everything that follows from it. Raises ParameterError."""
    variables = _values(profile, parameters)
    stages = _curve(profile, variables)
    planned_s = stages[-1].at_s
    if planned_s < 1:
        field = PARAMETER_OF[profile.duration_sets]
        raise ParameterError(field, "the run would be shorter than 1 second")
    peak = max(point.target for point in stages)
    area = sum((b.at_s - a.at_s) * (a.target + b.target) / 2 for a, b in pairwise(stages))
    is_rate = profile.vus is not None
    return Plan(
        profile=profile.name,
        executor=profile.executor,
        unit=EXECUTORS[profile.executor],
        stages=stages,
        planned_s=planned_s,
        peak_vus=peak if profile.vus is None else profile.vus.whole(variables),
        peak_rate=peak if is_rate else None,
        vu_seconds=0.0 if is_rate else area,
        iterations=round(area) if is_rate else None,
        variables={
            "LOAD_PROFILE": profile.name,
            **{name: _text(name, value) for name, value in variables.items()},
        },
    )


def target_at(plan: Plan, at_s: float) -> float:
    """The planned value at a moment: the one after a jump, 0 outside the run."""
    if not 0 <= at_s <= plan.planned_s:
        return 0.0
    for before, after in pairwise(plan.stages):
        if before.at_s <= at_s < after.at_s:
            share = (at_s - before.at_s) / (after.at_s - before.at_s)
            return before.target + (after.target - before.target) * share
    return float(plan.stages[-1].target)


def _values(profile: LoadProfile, parameters: Parameters) -> dict[str, float]:
    values: dict[str, float] = {}
    for name, default in profile.variables.items():
        field = PARAMETER_OF[name]
        given = getattr(parameters, field)
        value = default if given is None else given
        _refuse(field, value, most=MOST_OF.get(name))
        values[name] = value if name in MOST_OF else round(value, 3)
    return values


def _refuse(field: str, value: float, *, most: int | None) -> None:
    """`most` is the limit of a count; durations have none of their own."""
    if most is not None and not (value == int(value) and 1 <= value <= most):
        raise ParameterError(field, f"must be a whole number from 1 to {most}")
    if most is None and not 0 <= value <= 366 * 86400:
        raise ParameterError(field, "must be a duration of at most a year")


def _curve(profile: LoadProfile, variables: Mapping[str, float]) -> tuple[Point, ...]:
    points = [Point(0.0, profile.start.whole(variables))]
    for stage in profile.stages:
        at_s = round(points[-1].at_s + stage.duration.value(variables), 3)
        points.append(Point(at_s, stage.target.whole(variables)))
    return tuple(points)


def _text(name: str, value: float) -> str:
    return str(int(value)) if name in MOST_OF else format_duration(value)

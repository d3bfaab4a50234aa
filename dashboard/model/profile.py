"""Load profiles as data, and the plan (curve of users, length, variables for k6) for given parameters.

The data is `k6/config/profiles.json`; `k6/config/options.js` reads the same file to the same numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import NamedTuple

from dashboard.model.durations import format_duration
from dashboard.model.quantity import ProfileError, Quantity, Stage, read_number, read_quantity, read_stage

GRACEFUL_STOP_S = 30.0
EXECUTORS = ("constant-vus", "ramping-vus")
REQUEST_FIELDS = ("vus", "duration", "ramp_duration")

# Variable of the k6 script -> the parameter that sets it. All but VUS are durations.
PARAMETER_OF = {
    "VUS": "vus",
    "DURATION": "duration_s",
    "RAMP_DURATION": "ramp_duration_s",
    "SOAK_DURATION": "soak_duration_s",
    "STRESS_STEP_DURATION": "stress_step_duration_s",
    "SPIKE_DURATION": "spike_duration_s",
}
MOST_VUS = 1_000_000


class ParameterError(ValueError):
    """A parameter does not fit the profile; `field` names it (`vus`, `duration_s`, …)."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What a person or the settings ask for; None leaves it to the next in line."""

    vus: int | None = None
    duration_s: float | None = None
    ramp_duration_s: float | None = None
    soak_duration_s: float | None = None
    stress_step_duration_s: float | None = None
    spike_duration_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadProfile:
    """One named shape of load. `uses` names the request fields that change it."""

    name: str
    purpose: str
    uses: tuple[str, ...]
    duration_sets: str
    ignores_settings: bool
    variables: Mapping[str, float]
    executor: str
    start: Quantity
    stages: tuple[Stage, ...]


class Point(NamedTuple):
    """A corner of the planned curve; a jump is two corners at the same time."""

    at_s: float
    vus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run will do: the curve of users, its length, and the variables that make k6 do exactly this."""

    profile: str
    executor: str
    stages: tuple[Point, ...]
    planned_s: float
    peak_vus: int
    vu_seconds: float
    variables: dict[str, str]
    graceful_stop_s: float = GRACEFUL_STOP_S

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
    return Plan(
        profile=profile.name,
        executor=profile.executor,
        stages=stages,
        planned_s=planned_s,
        peak_vus=max(point.vus for point in stages),
        vu_seconds=sum((b.at_s - a.at_s) * (a.vus + b.vus) / 2 for a, b in pairwise(stages)),
        variables={
            "LOAD_PROFILE": profile.name,
            **{name: _text(name, value) for name, value in variables.items()},
        },
    )


def vus_at(plan: Plan, at_s: float) -> float:
    """Planned users at a moment: the value after a jump, 0 outside the run."""
    if not 0 <= at_s <= plan.planned_s:
        return 0.0
    for before, after in pairwise(plan.stages):
        if before.at_s <= at_s < after.at_s:
            return before.vus + (after.vus - before.vus) * (at_s - before.at_s) / (after.at_s - before.at_s)
    return float(plan.stages[-1].vus)


def _values(profile: LoadProfile, parameters: Parameters) -> dict[str, float]:
    values: dict[str, float] = {}
    for name, default in profile.variables.items():
        field = PARAMETER_OF[name]
        given = getattr(parameters, field)
        value = default if given is None else given
        _refuse(field, value, users=name == "VUS")
        values[name] = value if name == "VUS" else round(value, 3)
    return values


def _refuse(field: str, value: float, *, users: bool) -> None:
    if users and not (value == int(value) and 1 <= value <= MOST_VUS):
        raise ParameterError(field, f"must be a whole number from 1 to {MOST_VUS}")
    if not users and not 0 <= value <= 366 * 86400:
        raise ParameterError(field, "must be a duration of at most a year")


def _curve(profile: LoadProfile, variables: Mapping[str, float]) -> tuple[Point, ...]:
    points = [Point(0.0, profile.start.whole(variables))]
    for stage in profile.stages:
        at_s = round(points[-1].at_s + stage.duration.value(variables), 3)
        points.append(Point(at_s, stage.target.whole(variables)))
    return tuple(points)


def _text(name: str, value: float) -> str:
    return str(int(value)) if name == "VUS" else format_duration(value)


def load_profiles(data: Mapping[str, object]) -> Mapping[str, LoadProfile]:
    """Profiles from the parsed `profiles.json`. Raises ProfileError with the place."""
    return {name: _profile(name, body) for name, body in data.items()}


def _profile(name: str, body: object) -> LoadProfile:
    if not isinstance(body, dict):
        raise ProfileError(f"{name}: must be an object")
    executor = body.get("executor")
    if executor not in EXECUTORS:
        raise ProfileError(f"{name}.executor: must be one of {', '.join(EXECUTORS)}")
    variables = _variables(name, body.get("variables"))
    start, stages = _shape(name, body, variables)
    uses = body.get("uses")
    if not isinstance(uses, list) or any(use not in REQUEST_FIELDS for use in uses):
        raise ProfileError(f"{name}.uses: must be a list of {', '.join(REQUEST_FIELDS)}")
    if body.get("duration_sets") not in variables:
        raise ProfileError(f"{name}.duration_sets: must be one of its variables")
    return LoadProfile(
        name=name,
        purpose=str(body.get("purpose", "")),
        uses=tuple(uses),
        duration_sets=str(body["duration_sets"]),
        ignores_settings=body.get("ignores_settings") is True,
        variables=variables,
        executor=str(executor),
        start=start,
        stages=stages,
    )


def _variables(name: str, body: object) -> dict[str, float]:
    if not isinstance(body, dict) or not body:
        raise ProfileError(f"{name}.variables: must be an object with a default for each variable")
    values: dict[str, float] = {}
    for variable, default in body.items():
        if variable not in PARAMETER_OF:
            raise ProfileError(f"{name}.variables.{variable}: unknown variable")
        values[variable] = read_number(f"{name}.variables.{variable}", default)
    return values


def _shape(
    name: str, body: Mapping[str, object], known: Mapping[str, float]
) -> tuple[Quantity, tuple[Stage, ...]]:
    if body["executor"] == "constant-vus":
        vus = read_quantity(f"{name}.vus", body.get("vus"), known)
        return vus, (
            Stage(target=vus, duration=read_quantity(f"{name}.duration", body.get("duration"), known)),
        )
    raw = body.get("stages")
    if not isinstance(raw, list) or not raw:
        raise ProfileError(f"{name}.stages: must be a list with at least one stage")
    stages = tuple(read_stage(f"{name}.stages[{index}]", stage, known) for index, stage in enumerate(raw))
    return read_quantity(f"{name}.start", body.get("start"), known), stages

"""Load profiles, and the plan (curve, length, k6 variables) that a profile gives for a set of parameters.

`k6/lib/load/profile.js` computes the same numbers from the same file, `k6/config/profiles.json`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from dashboard.model.custom import MIN_LENGTH_S, CustomStage, plan_stages
from dashboard.model.durations import MAX_DURATION_S, format_duration
from dashboard.model.k6_config import LOAD_LIMITS
from dashboard.model.plan import ParameterError, Plan, PlanPoint, Unit, plan_of_curve
from dashboard.model.quantity import ProfileStage, Quantity
from dashboard.model.scenarios import plan_scenarios

EXECUTORS = ("constant-vus", "ramping-vus", "constant-arrival-rate")
CUSTOM = "custom"  # the start request determines the executor

# k6 variable -> the parameter that sets it. All variables except the counts are durations.
PARAMETER_OF = {
    "RATE": "rate",
    "VUS": "vus",
    "DURATION": "duration_s",
    "RAMP_DURATION": "ramp_duration_s",
    "SOAK_DURATION": "soak_duration_s",
    "STRESS_STEP_DURATION": "stress_step_duration_s",
    "SPIKE_DURATION": "spike_duration_s",
}
MAX_COUNTS = {"RATE": LOAD_LIMITS["max_rate"], "VUS": LOAD_LIMITS["max_vus"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Load parameters of a start request or of the settings. None means not set."""

    rate: int | None = None
    vus: int | None = None
    duration_s: float | None = None
    ramp_duration_s: float | None = None
    soak_duration_s: float | None = None
    stress_step_duration_s: float | None = None
    spike_duration_s: float | None = None
    unit: Unit | None = None
    stages: tuple[CustomStage, ...] | None = None
    scenarios: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadProfile:
    """One named shape of load.

    uses: the request fields that change it
    duration_sets: the variable that the request field `duration` sets
    ignores_settings: only the request changes it, so that smoke stays small
    vus: the number of users of a profile whose curve is a rate
    start, stages: its curve
    """

    name: str
    purpose: str
    uses: tuple[str, ...]
    duration_sets: str | None
    ignores_settings: bool
    variables: Mapping[str, float]
    executor: str
    vus: Quantity | None
    start: Quantity
    stages: tuple[ProfileStage, ...]


def resolve(profile: LoadProfile, requested: Parameters, settings: Parameters) -> Parameters:
    """Return the parameters for `plan`: those of the request, otherwise those of the settings.

    `requested.duration_s` is the field `duration` of the request. It sets the characteristic length of the profile.
    """
    chosen: dict[str, object] = {}
    for field in fields(Parameters):
        chosen[field.name] = None if profile.ignores_settings else getattr(settings, field.name)
        if getattr(requested, field.name) is not None:
            chosen[field.name] = getattr(requested, field.name)
    if profile.duration_sets and requested.duration_s is not None:
        parameter = PARAMETER_OF[profile.duration_sets]
        if getattr(requested, parameter) is None:
            chosen[parameter] = requested.duration_s
    return Parameters(**chosen)  # type: ignore[arg-type]


def plan(profile: LoadProfile, parameters: Parameters) -> Plan:
    """Return the plan of a run. Raises ParameterError."""
    if profile.executor == CUSTOM:
        return _custom_plan(profile, parameters)
    variables = _values(profile, parameters)
    curve = _curve(profile, variables)
    if curve[-1].at_s < MIN_LENGTH_S:
        field = PARAMETER_OF[profile.duration_sets] if profile.duration_sets else "stages"
        raise ParameterError(field, f"the run would be shorter than {format_duration(MIN_LENGTH_S)}")
    texts = {name: _text(name, value) for name, value in variables.items()}
    users = profile.vus.whole_value(variables) if profile.vus else None
    return plan_of_curve(
        profile.name, profile.executor, curve, users, {"LOAD_PROFILE": profile.name, **texts}
    )


def _custom_plan(profile: LoadProfile, parameters: Parameters) -> Plan:
    """Return the plan of the requested scenarios or stages, otherwise of the profile's own stages of users."""
    if parameters.scenarios is not None:
        if parameters.stages is not None:
            raise ParameterError("stages", "cannot be combined with scenarios")
        return plan_scenarios(profile.name, parameters.scenarios)
    variables = _values(profile, parameters)
    unit, stages = parameters.unit or "vus", parameters.stages
    if stages is None:
        if unit == "rate":
            raise ParameterError("stages", "are required for a rate, as iterations per second over time")
        stages = tuple(
            CustomStage(stage.duration.value(variables), stage.target.whole_value(variables))
            for stage in profile.stages
        )
    return plan_stages(profile.name, unit, stages, int(variables["VUS"]))


def _values(profile: LoadProfile, parameters: Parameters) -> dict[str, float]:
    values: dict[str, float] = {}
    for name, default in profile.variables.items():
        field = PARAMETER_OF[name]
        given = getattr(parameters, field)
        value = default if given is None else given
        _check_value(field, value, max_count=MAX_COUNTS.get(name))
        values[name] = value if name in MAX_COUNTS else round(value, 3)
    return values


def _check_value(field: str, value: float, *, max_count: int | None) -> None:
    """Check a count if `max_count` is set, otherwise a duration."""
    if max_count is not None and not (value == int(value) and 1 <= value <= max_count):
        raise ParameterError(field, f"must be a whole number from 1 to {max_count}")
    if max_count is None and not 0 <= value <= MAX_DURATION_S:
        raise ParameterError(field, "must be a duration of at most a year")


def _curve(profile: LoadProfile, variables: Mapping[str, float]) -> tuple[PlanPoint, ...]:
    points = [PlanPoint(0.0, profile.start.whole_value(variables))]
    for stage in profile.stages:
        at_s = round(points[-1].at_s + stage.duration.value(variables), 3)
        points.append(PlanPoint(at_s, stage.target.whole_value(variables)))
    return tuple(points)


def _text(name: str, value: float) -> str:
    return str(int(value)) if name in MAX_COUNTS else format_duration(value)

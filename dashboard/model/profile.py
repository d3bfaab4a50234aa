"""Load profiles, and the plan (curve of users or of a rate, length, variables for k6) for given parameters.

`k6/lib/load/profile.js` comes from the same data, `k6/config/profiles.json`, to the same numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from dashboard.model.custom import CustomStage, plan_stages
from dashboard.model.durations import format_duration
from dashboard.model.plan import ParameterError, Plan, PlanPoint, Unit, plan_of_curve
from dashboard.model.quantity import Quantity, Stage
from dashboard.model.scenarios import plan_scenarios

EXECUTORS = ("constant-vus", "ramping-vus", "constant-arrival-rate")
CUSTOM = "custom"  # the run says it

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
MAX_COUNTS = {"RATE": 1_000_000, "VUS": 1_000_000}


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
    unit: Unit | None = None
    stages: tuple[CustomStage, ...] | None = None
    scenarios: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadProfile:
    """One named shape of load. `uses` names the request fields that change it.

    `start` and `stages` are its curve; `vus` are the users of a profile whose curve is a rate.
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
    stages: tuple[Stage, ...]


def resolve(profile: LoadProfile, asked: Parameters, settings: Parameters) -> Parameters:
    """Parameters for `plan`: what was asked for this run, else the settings.

    `asked.duration_s` is the plain "duration" of a request and means the length that the profile is about.
    Smoke stays small whatever the settings say.
    """
    chosen: dict[str, object] = {}
    for field in fields(Parameters):
        chosen[field.name] = None if profile.ignores_settings else getattr(settings, field.name)
        if getattr(asked, field.name) is not None:
            chosen[field.name] = getattr(asked, field.name)
    if profile.duration_sets and asked.duration_s is not None:
        main = PARAMETER_OF[profile.duration_sets]
        if getattr(asked, main) is None:
            chosen[main] = asked.duration_s
    return Parameters(**chosen)  # type: ignore[arg-type]


def plan(profile: LoadProfile, parameters: Parameters) -> Plan:
    """The planned curve and everything that follows from it. Raises ParameterError."""
    if profile.executor == CUSTOM:
        return _custom(profile, parameters)
    variables = _values(profile, parameters)
    curve = _curve(profile, variables)
    if curve[-1].at_s < 1:
        field = PARAMETER_OF[profile.duration_sets] if profile.duration_sets else "stages"
        raise ParameterError(field, "the run would be shorter than 1 second")
    texts = {name: _text(name, value) for name, value in variables.items()}
    users = profile.vus.whole(variables) if profile.vus else None
    return plan_of_curve(
        profile.name, profile.executor, curve, users, {"LOAD_PROFILE": profile.name, **texts}
    )


def _custom(profile: LoadProfile, parameters: Parameters) -> Plan:
    """Scenarios, stages, or else the stages of the profile, which are users."""
    if parameters.scenarios is not None:
        if parameters.stages is not None:
            raise ParameterError("stages", "cannot go together with scenarios")
        return plan_scenarios(profile.name, parameters.scenarios)
    variables = _values(profile, parameters)
    unit, stages = parameters.unit or "vus", parameters.stages
    if stages is None:
        if unit == "rate":
            raise ParameterError("stages", "say how many iterations a second there should be, over time")
        stages = tuple(
            CustomStage(stage.duration.value(variables), stage.target.whole(variables))
            for stage in profile.stages
        )
    return plan_stages(profile.name, unit, stages, int(variables["VUS"]))


def _values(profile: LoadProfile, parameters: Parameters) -> dict[str, float]:
    values: dict[str, float] = {}
    for name, default in profile.variables.items():
        field = PARAMETER_OF[name]
        given = getattr(parameters, field)
        value = default if given is None else given
        _refuse(field, value, most=MAX_COUNTS.get(name))
        values[name] = value if name in MAX_COUNTS else round(value, 3)
    return values


def _refuse(field: str, value: float, *, most: int | None) -> None:
    """`most` is the limit of a count; durations have none of their own."""
    if most is not None and not (value == int(value) and 1 <= value <= most):
        raise ParameterError(field, f"must be a whole number from 1 to {most}")
    if most is None and not 0 <= value <= 366 * 86400:
        raise ParameterError(field, "must be a duration of at most a year")


def _curve(profile: LoadProfile, variables: Mapping[str, float]) -> tuple[PlanPoint, ...]:
    points = [PlanPoint(0.0, profile.start.whole(variables))]
    for stage in profile.stages:
        at_s = round(points[-1].at_s + stage.duration.value(variables), 3)
        points.append(PlanPoint(at_s, stage.target.whole(variables)))
    return tuple(points)


def _text(name: str, value: float) -> str:
    return str(int(value)) if name in MAX_COUNTS else format_duration(value)

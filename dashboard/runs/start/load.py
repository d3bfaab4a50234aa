"""The requested load as a plan within the limits of the settings."""

from dashboard.model.custom import CustomStage
from dashboard.model.durations import format_duration, parse_duration
from dashboard.model.errors import FieldProblems, InvalidRequest
from dashboard.model.number_text import setting_text
from dashboard.model.plan import ParameterError, Plan, SteeringVariable, Unit
from dashboard.model.profile import LoadProfile, Parameters, plan, resolve
from dashboard.runs.start.request import LoadRequest, StartRequest
from dashboard.settings import Settings

# Parameter of a profile -> request field.
REQUEST_FIELDS = {
    "duration_s": "duration",
    "soak_duration_s": "duration",
    "stress_step_duration_s": "duration",
    "spike_duration_s": "duration",
    "ramp_duration_s": "ramp_duration",
}
# Request fields that only one profile uses.
PROFILE_OF_FIELD = {"rate": "arrival", "unit": "custom", "stages": "custom", "scenarios": "custom"}


def plan_load(load: LoadRequest, profile: LoadProfile, settings: Settings) -> Plan:
    """Plan `load` within the limits of the settings. Raises InvalidRequest with the field."""
    for name, owner in PROFILE_OF_FIELD.items():
        if getattr(load, name) is not None and name not in profile.uses:
            raise InvalidRequest.field(name, f"applies only to the {owner} profile, not to {profile.name}")
    try:
        planned = plan(profile, resolve(profile, _requested_parameters(load), _default_parameters(settings)))
    except ParameterError as error:
        raise InvalidRequest.field(REQUEST_FIELDS.get(error.field, error.field), error.message) from None
    _check_limits(planned, load, settings)
    return planned


def choose_steering_variable(request: StartRequest, plan: Plan) -> SteeringVariable | None:
    """Return what steering can change in this run; None without `steerable`. Raises InvalidRequest."""
    if request.steerable and plan.steering_variable is None:
        message = (
            f"{plan.profile} cannot be steered. Only constant users and rates can, as in soak and arrival."
        )
        raise InvalidRequest.field("steerable", message)
    return plan.steering_variable if request.steerable else None


def _requested_parameters(load: LoadRequest) -> Parameters:
    problems = FieldProblems()
    with problems.collect():
        duration_s = _parse_duration("duration", load.duration)
    with problems.collect():
        ramp_duration_s = _parse_duration("ramp_duration", load.ramp_duration)
    with problems.collect():
        stages = _parse_stages(load.stages)
    problems.check()
    return Parameters(
        rate=load.rate,
        vus=load.vus,
        duration_s=duration_s,
        ramp_duration_s=ramp_duration_s,
        unit=load.unit,
        stages=stages,
        scenarios=load.scenarios,
    )


def _default_parameters(settings: Settings) -> Parameters:
    return Parameters(
        rate=settings.rate,
        vus=settings.vus,
        duration_s=parse_duration(settings.duration),
        ramp_duration_s=parse_duration(settings.ramp_duration),
        soak_duration_s=parse_duration(settings.soak_duration),
        stress_step_duration_s=parse_duration(settings.stress_step_duration),
        spike_duration_s=parse_duration(settings.spike_duration),
    )


def _parse_stages(stages: tuple[tuple[str, int], ...] | None) -> tuple[CustomStage, ...] | None:
    if stages is None:
        return None
    seconds = [
        _parse_duration(f"stages[{index}].duration", text) or 0.0 for index, (text, _) in enumerate(stages)
    ]
    return tuple(
        CustomStage(duration_s, target) for duration_s, (_, target) in zip(seconds, stages, strict=True)
    )


def _check_limits(planned: Plan, load: LoadRequest, settings: Settings) -> None:
    if planned.peak_vus > settings.max_vus:
        raise InvalidRequest.field(
            _field_above_limit(settings.max_vus, "vus", planned, load),
            f"{planned.profile} would use {planned.peak_vus} users, which exceeds MAX_VUS ({settings.max_vus}). "
            "Lower the load or raise MAX_VUS.",
        )
    if planned.peak_rate is not None and planned.peak_rate > settings.max_rate:
        raise InvalidRequest.field(
            _field_above_limit(settings.max_rate, "rate", planned, load),
            f"{setting_text(planned.peak_rate)}/s exceeds MAX_RATE ({settings.max_rate}). "
            "Lower the rate or raise MAX_RATE.",
        )
    if planned.planned_s > parse_duration(settings.max_duration):
        length = format_duration(planned.planned_s)
        given = [name for name in ("scenarios", "stages") if getattr(load, name) is not None]
        raise InvalidRequest.field(
            given[0] if given else "duration",
            f"{planned.profile} would take {length}, which exceeds MAX_DURATION ({settings.max_duration}). "
            "Shorten the run or raise MAX_DURATION.",
        )


def _field_above_limit(limit: int, field: Unit, planned: Plan, load: LoadRequest) -> str:
    """Return the request field whose value exceeds the limit of `field`."""
    if load.scenarios is not None:
        return "scenarios"
    if load.stages is not None and planned.unit == field:
        return next(
            f"stages[{index}].target" for index, (_, target) in enumerate(load.stages) if target > limit
        )
    return field


def _parse_duration(field: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return parse_duration(text)
    except ValueError as error:
        raise InvalidRequest.field(field, str(error)) from None

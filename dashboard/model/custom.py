"""Custom load: stages of users or of a rate that a start request contains. `scenarios.py` plans k6 scenarios."""

from collections.abc import Sequence
from typing import NamedTuple

from dashboard.model.durations import format_duration, parse_duration
from dashboard.model.k6_config import LOAD_LIMITS
from dashboard.model.plan import ParameterError, Plan, PlanPoint, Unit, plan_of_curve

MAX_STAGES = LOAD_LIMITS["max_stages"]
MAX_TARGET = LOAD_LIMITS["max_stage_target"]
MIN_LENGTH_S = LOAD_LIMITS["min_length_ms"] / 1000
EXECUTORS_BY_UNIT: dict[Unit, str] = {"vus": "ramping-vus", "rate": "ramping-arrival-rate"}


class CustomStage(NamedTuple):
    """A linear change to `target` within `duration_s`. A duration of 0 is a jump."""

    duration_s: float
    target: int


def plan_stages(profile: str, unit: Unit, stages: Sequence[CustomStage], vus: int) -> Plan:
    """Return the plan that starts at 0 and runs through `stages`. `vus` is the number of users for a rate."""
    _check_stages(stages)
    points = [PlanPoint(0.0, 0)]
    for stage in stages:
        points.append(PlanPoint(round(points[-1].at_s + stage.duration_s, 3), stage.target))
    if points[-1].at_s < MIN_LENGTH_S:
        raise ParameterError("stages", f"the run would be shorter than {format_duration(MIN_LENGTH_S)}")
    users = {"VUS": str(vus)} if unit == "rate" else {}
    variables = {"LOAD_PROFILE": profile, "UNIT": unit, "STAGES": format_stages(stages), **users}
    return plan_of_curve(profile, EXECUTORS_BY_UNIT[unit], points, vus if unit == "rate" else None, variables)


def _check_stages(stages: Sequence[CustomStage]) -> None:
    if not 1 <= len(stages) <= MAX_STAGES:
        raise ParameterError("stages", f"must have 1 to {MAX_STAGES} stages")
    for index, stage in enumerate(stages):
        if not 0 <= stage.target <= MAX_TARGET:
            raise ParameterError(f"stages[{index}].target", f"must be a whole number from 0 to {MAX_TARGET}")
    if not any(stage.target for stage in stages):
        raise ParameterError("stages", "at least one target must be above 0")


def format_stages(stages: Sequence[CustomStage]) -> str:
    """Return the value of the k6 variable STAGES, such as `30s:10,1m:10,30s:0`."""
    return ",".join(f"{format_duration(stage.duration_s)}:{stage.target}" for stage in stages)


def parse_stages(text: str) -> tuple[CustomStage, ...]:
    """Return the stages in `text`, in the format of `format_stages`. Raises ParameterError."""
    stages = []
    for index, part in enumerate(text.split(",")):
        duration, colon, target = part.strip().rpartition(":")
        if not colon or not (target.isascii() and target.isdigit() and len(target) < 10):
            raise ParameterError(f"stages[{index}]", 'must be a duration and a target such as "30s:10"')
        try:
            stages.append(CustomStage(parse_duration(duration), int(target)))
        except ValueError as error:
            raise ParameterError(f"stages[{index}].duration", str(error)) from None
    return tuple(stages)

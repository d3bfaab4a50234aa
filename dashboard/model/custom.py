"""The load that a run brings itself: stages of users or of a rate. k6 scenarios are in `scenarios.py`."""

from collections.abc import Sequence
from typing import NamedTuple

from dashboard.model.durations import format_duration, parse_duration
from dashboard.model.plan import ParameterError, Plan, PlanPoint, Unit, plan_of_curve

MAX_STAGES = 100
MAX_TARGET = 1_000_000
STAGED: dict[Unit, str] = {"vus": "ramping-vus", "rate": "ramping-arrival-rate"}


class CustomStage(NamedTuple):
    """From the target before to `target` in `duration_s`; in no time it is a jump."""

    duration_s: float
    target: int


def plan_stages(profile: str, unit: Unit, stages: Sequence[CustomStage], vus: int) -> Plan:
    """The plan of a run from nothing through `stages`. `vus` are the users there are for a rate."""
    _refuse_impossible(stages)
    points = [PlanPoint(0.0, 0)]
    for stage in stages:
        points.append(PlanPoint(round(points[-1].at_s + stage.duration_s, 3), stage.target))
    if points[-1].at_s < 1:
        raise ParameterError("stages", "the run would be shorter than 1 second")
    users = {"VUS": str(vus)} if unit == "rate" else {}
    variables = {"LOAD_PROFILE": profile, "UNIT": unit, "STAGES": format_stages(stages), **users}
    return plan_of_curve(profile, STAGED[unit], points, vus if unit == "rate" else None, variables)


def _refuse_impossible(stages: Sequence[CustomStage]) -> None:
    if not 1 <= len(stages) <= MAX_STAGES:
        raise ParameterError("stages", f"must be 1 to {MAX_STAGES} stages")
    for index, stage in enumerate(stages):
        if not 0 <= stage.target <= MAX_TARGET:
            raise ParameterError(f"stages[{index}].target", f"must be a whole number from 0 to {MAX_TARGET}")
    if not any(stage.target for stage in stages):
        raise ParameterError("stages", "at least one target must be above 0")


def format_stages(stages: Sequence[CustomStage]) -> str:
    """As the variable STAGES of the script: `30s:10,1m:10,30s:0`."""
    return ",".join(f"{format_duration(stage.duration_s)}:{stage.target}" for stage in stages)


def parse_stages(text: str) -> tuple[CustomStage, ...]:
    """What `stages_text` writes, and what people type. Raises ParameterError."""
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

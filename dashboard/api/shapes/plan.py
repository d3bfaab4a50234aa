"""Shapes of plans."""

from typing import Annotated, Literal

from pydantic import Field

from dashboard.api.shapes.base import ResponseShape

PlanUnit = Annotated[
    Literal["vus", "rate"] | None,
    Field(
        description="Unit of the plan: users, or iterations per second. Null when several k6 scenarios have no common "
        "curve; then `plan` is empty"
    ),
]
SteeringVariableName = Literal["vus", "share"]


class PlanPointShape(ResponseShape):
    """A corner of the planned curve in the plan's `unit`. Two points at the same time are a jump."""

    at_s: float
    target: float


class PlanAnswer(ResponseShape):
    """What a run would do."""

    profile: str
    unit: PlanUnit
    plan: list[PlanPointShape]
    planned_s: float
    deadline_s: float = Field(description="Seconds after which the watchdog stops the run")
    peak_vus: int
    peak_rate: float | None = Field(description="Highest iterations per second; null without a rate")
    iterations: int | None = Field(description="Planned iterations; null when the run ends by time")
    steering_variable: SteeringVariableName | None = Field(
        description="What a steerable run can change while it is live; null when the run cannot be steered"
    )
    keep_samples: bool
    push_interval_s: float
    slos: dict[str, float] = Field(description="SLOs of the whole run")
    other_slo_count: int = Field(description="Number of SLOs of operations and groups")
    commands: dict[str, str] = Field(description="Equivalent commands for k6, curl and just")

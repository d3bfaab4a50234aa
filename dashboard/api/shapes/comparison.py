"""Shapes of baselines and comparisons."""

from typing import Annotated, Literal

from pydantic import Field

from dashboard.api.shapes.fields import Answer, Body, ProfileName
from dashboard.api.shapes.queries import RunId, Seconds
from dashboard.api.shapes.run import RunRecord

EnvProfile = Annotated[str, Field(min_length=1, max_length=128)]


class BaselineQuery(Body):
    """Which scope: without a profile all runs, without an environment all of the profile."""

    profile: ProfileName | None = None
    env_profile: EnvProfile | None = None


class BaselinePin(Answer):
    """A pinned run and what it counts for; null is all."""

    run_id: str | None
    profile: str | None
    env_profile: str | None
    pinned_at: str | None
    run: RunRecord | None


class BaselineAnswer(BaselinePin):
    """The baseline that counts, null when there is none, and every pinned run, the widest scope first."""

    pinned: list[BaselinePin]


class DiffQuery(Body):
    """Which two runs, and which range of each; no limits are the whole run."""

    a: RunId
    b: RunId
    a_from: Seconds | None = None
    a_to: Seconds | None = None
    b_from: Seconds | None = None
    b_to: Seconds | None = None


class DifferenceShape(Answer):
    """One metric of both sides; `delta` is b - a, `pct` percent of a. What cannot be said is null."""

    metric: str
    a: float | None
    b: float | None
    delta: float | None
    pct: float | None
    direction: Literal["better", "worse", "same", "changed"] | None
    confidence: None


class OpDifferenceShape(Answer):
    """One operation. `side` is the only side that called it, or both."""

    op: str
    group: str
    phase: str
    side: Literal["both", "a", "b"]
    metrics: list[DifferenceShape]
    regression: float | None = Field(
        description="How much worse: percent of p95, and ten for each point of errors; below 0 it became better"
    )


class CautionShape(Answer):
    """One thing that makes the two hard to compare, in words, with what to show of each side."""

    about: str
    words: str
    a: str | None
    b: str | None


class SideShape(Answer):
    """One side: its record, the range that its figures are of (null: the whole run), and what it stands for."""

    run: RunRecord
    from_s: float | None
    to_s: float | None
    baseline: bool
    meta: dict[str, str]
    generator: str
    endpoints_sha256: str | None


class DiffAnswer(Answer):
    """Two runs side by side."""

    a: SideShape
    b: SideShape
    warnings: list[CautionShape]
    metrics: list[DifferenceShape]
    operations: list[OpDifferenceShape]

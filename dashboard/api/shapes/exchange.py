"""Shapes of single requests that are shown: failing ones, and those of a dry run."""

from typing import Literal

from pydantic import Field, RootModel

from dashboard.api.shapes.fields import Answer
from dashboard.api.shapes.series import LogEntry
from dashboard.engine.dry import DryEntry
from dashboard.engine.exchanges import Exchange


class FailureGroup(Answer):
    """Requests of one operation that failed for one reason, counted exactly, and the first few of them."""

    op: str
    group: str
    phase: str
    kind: Literal["status", "error", "check"]
    name: str = Field(description="The status, the error's text, or the check")
    count: int | None = Field(description="Of the run so far; null before its first figures")
    first_at: str | None = Field(description="When the first sample was sent; null without samples")
    samples: list[Exchange]


class FailureList(RootModel[list[FailureGroup]]):
    """Kinds of failures, most frequent first."""


class DryStarted(Answer):
    """A dry run that was started."""

    dry_id: str
    status: Literal["starting"]


class DryAnswer(Answer):
    """A dry run so far, or as it ended. `after` is the number of entries that were left out in front."""

    dry_id: str
    status: Literal["starting", "running", "finished", "failed", "canceled", "timed_out"]
    message: str | None = Field(description="How it ended, in words")
    base_url: str
    started_at: str
    ended_at: str | None
    elapsed_s: float
    answered: int
    failed: int = Field(
        description="Requests answered otherwise than expected, or with a check that did not hold"
    )
    skipped: int
    after: int
    entries: list[DryEntry]
    log: list[LogEntry] = Field(description="The first lines that k6 wrote")

"""Shapes of failed requests."""

from typing import Literal

from pydantic import Field, RootModel

from dashboard.api.shapes.base import OpName, RequestShape, ResponseShape
from dashboard.engine.exchanges import Exchange


class FailuresQuery(RequestShape):
    """The failed requests to return."""

    op: OpName | None = None


class FailureGroup(ResponseShape):
    """Requests of one operation that failed for one reason: the exact count and the first samples."""

    op: str
    group: str
    phase: str
    kind: Literal["status", "error", "thrown", "redirect", "check", "extract", "skipped", "empty"] = Field(
        description="thrown: ended with an exception; redirect: ended at a redirect that was not followed; "
        "extract: a response without a value to extract; skipped: not sent; empty: the load sent no request"
    )
    name: str = Field(
        description="The status, the error message, the check, the key of the value, or the reason"
    )
    count: int | None = Field(description="Count of the run so far; null before the first figures")
    share: float | None = Field(
        description="Share of the requests of the operation that failed this way; null for steps without a request"
    )
    first_at: str | None = Field(description="When the first sample was sent; null without samples")
    samples: list[Exchange]


class FailureList(RootModel[list[FailureGroup]]):
    """Reasons of failures, most frequent first."""

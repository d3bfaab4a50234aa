"""Shapes of events of a run, and of the marks that people set."""

from typing import Annotated, Literal

from pydantic import Field

from dashboard.api.shapes.base import Count, Line, Moment, RequestShape, ResponseShape, RunIdOrLatest, Seconds
from dashboard.api.shapes.derive import with_fields
from dashboard.model.events import Event


@with_fields(Event)
class EventShape(ResponseShape):
    """Something that happened to the run. `n` is its number within the run."""

    n: int
    level: Literal["info", "warning", "error"]


class MarkBody(RequestShape):
    """A mark on the charts of a run: at a timestamp, at a number of seconds after the start, or now."""

    text: Annotated[Line, Field(max_length=200)]
    at: Moment | None = None
    elapsed_s: Seconds | None = None


class MarkPath(RequestShape):
    """A mark of a run."""

    run_id: RunIdOrLatest
    n: Count

"""Shapes of the deliveries of webhooks."""

from typing import Annotated, Literal

from pydantic import Field, RootModel

from dashboard.api.shapes.base import RequestShape, ResponseShape, WholeNumber
from dashboard.api.shapes.webhook import EventText, WebhookPath

StateText = Literal["pending", "delivered", "dead", "skipped"]


class DeliveryPath(WebhookPath):
    """A delivery of a webhook."""

    n: Annotated[WholeNumber, Field(ge=1, description="Number of a delivery")]


class DeliveryQuery(RequestShape):
    """Which deliveries to list."""

    state: StateText | None = None
    before: Annotated[WholeNumber, Field(ge=1)] | None = Field(
        None, description="Only older ones than this number"
    )
    limit: Annotated[WholeNumber, Field(ge=1, le=200)] = 50


class DeliveryShape(ResponseShape):
    """A delivery. `status`, `answer` and `error` are those of the last attempt."""

    number: int
    event_id: str
    event: EventText
    run_id: str
    at: str
    state: StateText
    attempts: int
    next_at: str | None = Field(description="Time of the next attempt; null unless pending")
    ended_at: str | None
    status: int | None
    answer: str | None
    error: str | None


class DeliveryList(RootModel[list[DeliveryShape]]):
    """Deliveries, newest first."""

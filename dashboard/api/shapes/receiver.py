"""Shapes of the kinds of receivers."""

from pydantic import RootModel

from dashboard.api.shapes.base import ResponseShape
from dashboard.api.shapes.webhook import EventText


class ReceiverOption(ResponseShape):
    """A setting of a kind of receiver."""

    name: str
    label: str
    default: str
    hint: str
    max_length: int
    rows: int


class ReceiverKind(ResponseShape):
    """A kind of receiver."""

    name: str
    title: str
    url_hint: str
    accepts: list[EventText]
    default_events: list[EventText]
    hides_url: bool
    takes_token: bool
    options: list[ReceiverOption]


class ReceiverKinds(RootModel[list[ReceiverKind]]):
    """All kinds of receivers."""

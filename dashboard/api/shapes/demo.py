"""Shapes of the demo service."""

from dashboard.api.shapes.base import ResponseShape


class DemoAnswer(ResponseShape):
    """The demo service."""

    url: str

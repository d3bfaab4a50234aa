"""Shapes of the connection test."""

from dashboard.api.shapes.base import ResponseShape


class ConnectionAnswer(ResponseShape):
    """The result of one request to the target. `ok` is false without a response or with an error status."""

    ok: bool
    status: int | None
    duration_ms: float | None
    message: str

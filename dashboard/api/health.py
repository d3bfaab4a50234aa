"""Health of the dashboard."""

from flask import Response

from dashboard import __version__
from dashboard.api.http.context import services
from dashboard.api.http.gate import is_authorized
from dashboard.api.http.responses import json_answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.health import HealthAnswer

routes = Routes("health")


@routes.get("/health", {200: HealthAnswer})
def health() -> Response:
    """Return whether the dashboard works. Clients with access also get loops, live runs, streams, replica and disk."""
    state = services().health()
    shape = (
        HealthAnswer(**state)
        if is_authorized()
        else HealthAnswer(status=state["status"], version=__version__)
    )
    return json_answer(shape.model_dump_json(exclude_unset=True))

"""Is it alive?"""

from flask import Response

from dashboard import __version__
from dashboard.api.http.context import services
from dashboard.api.http.gate import admitted
from dashboard.api.http.responses import json_answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.general import HealthAnswer

routes = Routes("health")


@routes.get("/health", {200: HealthAnswer})
def health() -> Response:
    """Alive. Those who may use the dashboard are told more."""
    state = services().health()
    shape = HealthAnswer(**state) if admitted() else HealthAnswer(status=state["status"], version=__version__)
    return json_answer(shape.model_dump_json(exclude_none=True))

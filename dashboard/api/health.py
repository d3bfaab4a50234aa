"""Health of the dashboard."""

from flask import Response

from dashboard import __version__
from dashboard.access.token_book import Unauthorized
from dashboard.api.http.context import services
from dashboard.api.http.identity import find_identity
from dashboard.api.http.responses import json_answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.health import HealthAnswer
from dashboard.model.errors import Forbidden

routes = Routes("health")


@routes.get("/health", {200: HealthAnswer})
def health() -> Response:
    """Return whether the dashboard works. Clients with access also get loops, live runs, streams, replica and disk."""
    state = services().health()
    shape = (
        HealthAnswer(**state) if has_access() else HealthAnswer(status=state["status"], version=__version__)
    )
    return json_answer(shape.model_dump_json(exclude_unset=True))


def has_access() -> bool:
    """Return whether the request has an identity. False for a refused identity, because anyone may read the status."""
    try:
        return find_identity() is not None
    except (Unauthorized, Forbidden):
        return False

"""The session: who sends the request."""

from flask import Response

from dashboard.api.http.identity import identity
from dashboard.api.http.responses import answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.token import SessionAnswer, TokenLimitsShape

routes = Routes("session")


@routes.get("/session", {200: SessionAnswer})
def read_session() -> Response:
    """Who sends the request, with which role and limits."""
    found = identity()
    limits = TokenLimitsShape.model_validate(found.limits)
    return answer(SessionAnswer(who=found.who, role=found.role.value, limits=limits))

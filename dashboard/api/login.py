"""Turning the token into a cookie, from a page or from a program."""

import time

from flask import Response, request

from dashboard.access import COOKIE, COOKIE_MAX_AGE_S, TooManyAttempts
from dashboard.api.http.context import services
from dashboard.api.http.decode import FORM
from dashboard.api.http.gate import Unauthorized
from dashboard.api.http.responses import no_content
from dashboard.api.http.routes import Routes
from dashboard.api.pages import login_form
from dashboard.api.shapes.bodies import LoginBody
from dashboard.model.errors import DashboardError

routes = Routes("login")


@routes.post("/login", {204: None, 303: None}, 401, 429)
def login(form: LoginBody) -> Response:
    """Exchange the token for a cookie. A form is sent on to the page, or shown again with what was wrong."""
    from_page = request.mimetype == FORM
    try:
        check(form.token)
    except (TooManyAttempts, Unauthorized) as error:
        if not from_page:
            raise
        return refused_form(error)
    response = Response(status=303, headers={"Location": "/"}) if from_page else no_content()
    response.set_cookie(
        COOKIE,
        services().access.cookie(),
        max_age=COOKIE_MAX_AGE_S,
        httponly=True,
        samesite="Strict",
        secure=request.is_secure,
    )
    return response


def check(token: str) -> None:
    """Raises Unauthorized or TooManyAttempts."""
    access = services().access
    if access.required and not access.check(token.strip(), request.remote_addr or "", time.monotonic()):
        raise Unauthorized("This is not the token of this dashboard.")


def refused_form(error: DashboardError) -> Response:
    """The page again, with the reason."""
    response = Response(login_form(error.detail), error.status, mimetype="text/html")
    if isinstance(error, TooManyAttempts):
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response

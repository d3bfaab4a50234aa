"""Login: exchanges an access token for a cookie."""

import time

from flask import Response, request

from dashboard.access.access import COOKIE, COOKIE_MAX_AGE_S
from dashboard.access.throttle import TooManyAttempts
from dashboard.access.token_book import Unauthorized
from dashboard.api.http.audit import describe_change
from dashboard.api.http.context import services
from dashboard.api.http.decode import FORM_MEDIA_TYPE
from dashboard.api.http.identity import client_address
from dashboard.api.http.responses import no_content
from dashboard.api.http.routes import Routes
from dashboard.api.pages import login_form
from dashboard.api.shapes.bodies import LoginBody
from dashboard.model.errors import DashboardError
from dashboard.model.identity import LOCAL, Identity

routes = Routes("login")


@routes.post("/login", {204: None, 303: None}, 401, 429)
def login(form: LoginBody) -> Response:
    """Exchange the token for a cookie. A form is redirected to the page, or gets the login page with the error."""
    is_form = request.mimetype == FORM_MEDIA_TYPE
    try:
        identity = identity_of(form.token)
    except (TooManyAttempts, Unauthorized) as error:
        if not is_form:
            raise
        return login_page_with(error)
    describe_change("", by=identity)
    response = Response(status=303, headers={"Location": "/"}) if is_form else no_content()
    response.set_cookie(
        COOKIE,
        services().access.cookie(identity),
        max_age=COOKIE_MAX_AGE_S,
        httponly=True,
        samesite="Strict",
        secure=request.is_secure,
        path=f"{request.script_root}/",
    )
    return response


def identity_of(token: str) -> Identity:
    """Return the identity of a token. Raises Unauthorized or TooManyAttempts."""
    access = services().access
    if not access.required:
        return LOCAL
    found = access.check(token.strip(), client_address(), time.monotonic())
    if found is None:
        raise Unauthorized(
            "The token is wrong. Use a token that an administrator created, DASHBOARD_TOKEN, or the one in the "
            "file `token` of the data folder."
        )
    return found


def login_page_with(error: DashboardError) -> Response:
    """Return the login page with an error message."""
    response = Response(login_form(error.detail), error.status, mimetype="text/html")
    if isinstance(error, TooManyAttempts):
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response

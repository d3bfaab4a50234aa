"""Login: exchanges the access token for a cookie."""

import time

from flask import Response, request

from dashboard.access import COOKIE, COOKIE_MAX_AGE_S, TooManyAttempts
from dashboard.api.http.context import services
from dashboard.api.http.decode import FORM_MEDIA_TYPE
from dashboard.api.http.gate import Unauthorized
from dashboard.api.http.responses import no_content
from dashboard.api.http.routes import Routes
from dashboard.api.pages import login_form
from dashboard.api.shapes.bodies import LoginBody
from dashboard.model.errors import DashboardError

routes = Routes("login")


@routes.post("/login", {204: None, 303: None}, 401, 429)
def login(form: LoginBody) -> Response:
    """Exchange the token for a cookie. A form is redirected to the page, or gets the login page with the error."""
    is_form = request.mimetype == FORM_MEDIA_TYPE
    try:
        check_token(form.token)
    except (TooManyAttempts, Unauthorized) as error:
        if not is_form:
            raise
        return login_page_with(error)
    response = Response(status=303, headers={"Location": "/"}) if is_form else no_content()
    response.set_cookie(
        COOKIE,
        services().access.cookie(),
        max_age=COOKIE_MAX_AGE_S,
        httponly=True,
        samesite="Strict",
        secure=request.is_secure,
    )
    return response


def check_token(token: str) -> None:
    """Check the token. Raises Unauthorized or TooManyAttempts."""
    access = services().access
    if access.required and not access.check(token.strip(), request.remote_addr or "", time.monotonic()):
        raise Unauthorized('The token is wrong. See DASHBOARD_TOKEN, or the file "token" in the data folder.')


def login_page_with(error: DashboardError) -> Response:
    """Return the login page with an error message."""
    response = Response(login_form(error.detail), error.status, mimetype="text/html")
    if isinstance(error, TooManyAttempts):
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response

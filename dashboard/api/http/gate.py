"""The gate: every request passes checks of its host, its origin, its access token and the role of that token."""

import ipaddress
import re
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from dashboard.access.token_book import Unauthorized
from dashboard.api.http.base_path import below
from dashboard.api.http.context import services
from dashboard.api.http.identity import find_identity
from dashboard.api.http.roles import PUBLIC, check_role, needed_role
from dashboard.model.errors import DashboardError, Forbidden
from dashboard.model.identity import Role
from dashboard.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD"})
# Reading these uses a limited resource: CPU time of k6, or one of the few event streams. Other sites may not do so.
COSTLY_ENDPOINTS = frozenset({"k6.read", "stream.listen"})
BADGE_ENDPOINT = "reports.read_badge"
PAGE_ENDPOINTS = frozenset({"pages.index", "pages.docs"})
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([0-9A-Za-z._-]{1,253}))(?::\d{1,5})?", re.ASCII)


class ForeignHost(DashboardError):
    """The Host header is not a name of this dashboard. This blocks DNS rebinding."""

    status = 421
    title = "Misdirected request"


def register(app: Flask) -> None:
    """Put the gate in front of every request of `app`, including those for unknown URLs."""
    app.before_request(guard)


def header_check_of(app: Flask) -> "Callable[[WSGIEnvironment, StartResponse], Iterable[bytes] | None]":
    """Return a function that checks the headers of a request before its body is read, and returns a refusal or None.

    It also refuses a URL or a method that does not exist.
    """

    def header_check(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes] | None":
        with app.request_context(below(app, environ)):
            try:
                refusal = app.preprocess_request()
                if refusal is None and request.routing_exception is not None:
                    raise request.routing_exception
            except (DashboardError, HTTPException) as error:
                refusal = app.handle_user_exception(error)
            return None if refusal is None else app.finalize_request(refusal)(environ, start_response)

    return header_check


def guard() -> Response | None:
    """Refuse the request, redirect a browser to the login page, or return None to continue."""
    settings = services().settings
    if not _is_known_host(request.host, settings):
        raise ForeignHost(
            f'"{request.host[:100]}" is not a name of this dashboard. Use its IP address or localhost, '
            "or add the name to DASHBOARD_NAMES."
        )
    if (request.method not in SAFE_METHODS or request.endpoint in COSTLY_ENDPOINTS) and not _is_same_origin():
        raise Forbidden("Requests from other websites are not allowed.")
    # A URL or a method that does not exist has no rule. The answer to such a request needs an identity too.
    needed = needed_role(request.method, request.url_rule.rule) if request.url_rule else Role.VIEWER
    if needed is PUBLIC or _has_badge_key():
        return None
    identity = find_identity()
    if identity is not None:
        check_role(identity, needed)
        return None
    if (
        request.endpoint in PAGE_ENDPOINTS
        and request.method in SAFE_METHODS
        and request.accept_mimetypes.accept_html
    ):
        return Response(status=303, headers={"Location": "/login"})
    raise Unauthorized(
        "The dashboard requires its access token. Send the header Authorization: Bearer <token>."
    )


def _has_badge_key() -> bool:
    """Return whether the request reads a badge with a valid badge key."""
    if request.endpoint != BADGE_ENDPOINT or request.method not in SAFE_METHODS:
        return False
    run_id = str((request.view_args or {}).get("run_id"))
    return services().access.accepts_badge_key(run_id, request.args.get("key", ""))


def _is_known_host(host: str, settings: Settings) -> bool:
    match = _HOST.fullmatch(host)
    if match is None:
        return False
    name = (match[1] or match[2]).lower()
    if name == "localhost" or name in {known.lower() for known in settings.dashboard_names}:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_same_origin() -> bool:
    """Return whether the request comes from our own page or from a program. Browsers send Sec-Fetch-Site or Origin."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    scheme, _, host = origin.lower().partition("://")
    return scheme in ("http", "https") and host == request.host.lower()

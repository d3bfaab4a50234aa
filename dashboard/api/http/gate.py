"""The gate in front of every route: who may be addressed, which pages may ask, who may come in."""

import ipaddress
import re
import time

from flask import Flask, Response, request
from werkzeug.datastructures import Authorization

from dashboard.access import COOKIE, Access
from dashboard.api.http.context import services
from dashboard.model.errors import DashboardError, Forbidden
from dashboard.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD"})
# Reading these costs more than an answer: k6's time, a place for a stream. Other sites may not ask for them.
TRAFFIC = frozenset({"k6.read", "stream.listen"})
OPEN = frozenset({"health.health", "pages.asset", "pages.own_file", "pages.login_page", "login.login"})
BADGE = "reports.read_badge"
PAGES = frozenset({"pages.index", "pages.docs"})
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([0-9A-Za-z._-]{1,253}))(?::\d{1,5})?", re.ASCII)


class ForeignHost(DashboardError):
    """The request was meant for another name: perhaps a hostile page whose name was pointed here."""

    status = 421
    title = "Misdirected request"


class Unauthorized(DashboardError):
    """The token is needed."""

    status = 401
    title = "Unauthorized"


def register(app: Flask) -> None:
    """Nothing in `app` is reached but through the gate, not even what does not exist."""
    app.before_request(guard)


def guard() -> Response | None:
    """Refuse the request, send the browser to the login page, or let it through."""
    settings = services().settings
    if not _known_host(request.host, settings):
        raise ForeignHost(
            f'"{request.host[:100]}" is not a name of this dashboard. Use its address or localhost, '
            "or list the name in DASHBOARD_NAMES."
        )
    if (request.method not in SAFE_METHODS or request.endpoint in TRAFFIC) and not _same_site():
        raise Forbidden("Requests from other web sites are refused.")
    if request.endpoint in OPEN or _has_key() or admitted():
        return None
    if request.endpoint in PAGES and request.method in SAFE_METHODS and request.accept_mimetypes.accept_html:
        return Response(status=303, headers={"Location": "/login"})
    raise Unauthorized("The dashboard's access token is needed: send it as Authorization: Bearer <token>.")


def admitted() -> bool:
    """Whether the request may use the dashboard. Raises TooManyAttempts."""
    access: Access = services().access
    if not access.required or access.accepts_cookie(request.cookies.get(COOKIE, "")):
        return True
    given: Authorization | None = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        return False
    return access.check(_utf8(given.token), request.remote_addr or "", time.monotonic())


def _has_key() -> bool:
    """A badge can be read with a key of its own, which opens nothing else."""
    if request.endpoint != BADGE or request.method not in SAFE_METHODS:
        return False
    run_id = str((request.view_args or {}).get("run_id"))
    return services().access.accepts_badge_key(run_id, request.args.get("key", ""))


def _utf8(header: str) -> str:
    """A header's text: WSGI hands bytes over as Latin-1."""
    return header.encode("latin-1", "replace").decode("utf-8", "replace")


def _known_host(host: str, settings: Settings) -> bool:
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


def _same_site() -> bool:
    """Our own page or no page at all. Browsers say where a request comes from; programs say nothing."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    scheme, _, host = origin.lower().partition("://")
    return scheme in ("http", "https") and host == request.host.lower()

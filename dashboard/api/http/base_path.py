"""The path below which a reverse proxy publishes the dashboard, such as /perf.

A proxy may keep this path in the requests that it passes on, or remove it. Both work. URLs in answers contain the path.
"""

from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, Response, request

from dashboard.model.base_path import BASE_PATH
from dashboard.model.client_address import PEER_KEY
from dashboard.settings import Settings

_HEADER = "HTTP_X_FORWARDED_PREFIX"
_LOCATION, _LINK = "Location", "Link"


def register(app: Flask) -> None:
    """Serve `app` below the base path of every request."""
    inner: Any = app.wsgi_app

    def below_base_path(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        response: Iterable[bytes] = inner(below(app, environ), start_response)
        return response

    app.wsgi_app = below_base_path  # type: ignore[method-assign]


def below(app: Flask, environ: WSGIEnvironment) -> WSGIEnvironment:
    """Return the environment of a request to `app` below its base path. An app without services has none."""
    services = app.extensions.get("services")
    return environ if services is None else move_base_path(environ, services.settings)


def move_base_path(environ: WSGIEnvironment, settings: Settings) -> WSGIEnvironment:
    """Return the environment of a request with its base path in SCRIPT_NAME instead of PATH_INFO."""
    base = _forwarded(environ, settings) or settings.base_path
    path = environ["PATH_INFO"]
    if not base:
        return environ
    if path == base or path.startswith(base + "/"):
        path = path.removeprefix(base)
    return {**environ, "SCRIPT_NAME": base, "PATH_INFO": path}


def _forwarded(environ: WSGIEnvironment, settings: Settings) -> str:
    """Return the base path that the trusted proxy states, empty if there is none."""
    peer = environ.get(PEER_KEY)
    if not settings.trusted_proxy or settings.trusted_proxy not in (peer, "*"):
        return ""
    stated = str(environ.get(_HEADER, "")).rstrip("/")
    return stated if BASE_PATH.fullmatch(stated) else ""


def add_base_path(response: Response) -> None:
    """Put the base path into the URLs in the headers of a response."""
    location, link = response.headers.get(_LOCATION, ""), response.headers.get(_LINK, "")
    if location.startswith("/"):
        response.headers[_LOCATION] = request.script_root + location
    if link.startswith("</"):
        response.headers[_LINK] = f"<{request.script_root}{link[1:]}"

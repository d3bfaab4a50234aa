"""Pages and files: the built front end, the login page, the API manual. None of them needs another to work."""

import html
from functools import cache
from mimetypes import guess_type
from pathlib import Path

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

blueprint = Blueprint("pages", __name__)
OWN = Path(__file__).parent / "own_pages"
STATIC = "DASHBOARD_STATIC"
IMMUTABLE = "public, max-age=31536000, immutable"


@blueprint.get("/")
def index() -> Response:
    try:
        return _file(static_folder(), "index.html")
    except NotFound:
        return _file(OWN, "unbuilt.html")


@blueprint.get("/assets/<path:name>")
def asset(name: str) -> Response:
    """The names of built files hold a hash of their content, so they never change."""
    response = _file(static_folder() / "assets", name)
    response.headers["Cache-Control"] = IMMUTABLE
    return response


@blueprint.get("/pages/<name>")
def own_file(name: str) -> Response:
    if name.endswith(".html"):
        raise NotFound
    return _file(OWN, name)


@blueprint.get("/docs")
def docs() -> Response:
    return _file(OWN, "docs.html")


@blueprint.get("/login")
def login_page() -> Response:
    response = Response(login_form(), mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    return response


def login_form(error: str = "") -> str:
    """The login page, with what went wrong before."""
    note = f'<p class="error" role="alert">{html.escape(error)}</p>' if error else ""
    return _text(OWN / "login.html").replace("<!-- error -->", note)


def static_folder() -> Path:
    """Where the built front end lies."""
    return Path(current_app.config[STATIC])


def _file(folder: Path, name: str) -> Response:
    """A file of `folder`. They are small: read whole, so that they can be compressed and nothing stays open."""
    path = safe_join(str(folder), name)
    try:
        content = Path(path or "").read_bytes()
    except (OSError, ValueError):
        raise NotFound from None
    response = Response(content, mimetype=guess_type(name)[0] or "application/octet-stream")
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")

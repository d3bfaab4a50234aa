"""Pages and files: the built front end, the login page, the API manual. None of them needs another to work."""

import html
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, current_app, request, send_from_directory
from werkzeug.exceptions import NotFound

blueprint = Blueprint("pages", __name__)
OWN = Path(__file__).parent / "own_pages"
STATIC = "DASHBOARD_STATIC"
IMMUTABLE = "public, max-age=31536000, immutable"


@blueprint.get("/")
def index() -> Response:
    try:
        return _file(_static(), "index.html")
    except NotFound:
        return _file(OWN, "unbuilt.html")


@blueprint.get("/assets/<path:name>")
def asset(name: str) -> Response:
    """The names of built files hold a hash of their content, so they never change."""
    response = _file(_static() / "assets", name)
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


def _static() -> Path:
    return Path(current_app.config[STATIC])


def _file(folder: Path, name: str) -> Response:
    response = send_from_directory(folder, name, conditional=True, etag=True)
    response.headers["Cache-Control"] = "no-cache"
    if request.method == "GET" and response.status_code == 200:
        response.headers.pop("Content-Disposition", None)
    return response


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")

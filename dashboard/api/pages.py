"""Pages: the built front end, the login page and the API documentation.

The login page and the API documentation also work when the front end has not been built.
"""

import html
from functools import cache
from mimetypes import guess_type
from pathlib import Path

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

blueprint = Blueprint("pages", __name__)
BUILTIN_PAGES = Path(__file__).parent / "builtin_pages"
STATIC = "DASHBOARD_STATIC"
IMMUTABLE = "public, max-age=31536000, immutable"


@blueprint.get("/")
def index() -> Response:
    try:
        return _file(static_folder(), "index.html")
    except NotFound:
        return _file(BUILTIN_PAGES, "unbuilt.html")


@blueprint.get("/assets/<path:name>")
def asset(name: str) -> Response:
    """Return a built file. Its name contains a hash of its content, so browsers can cache it forever."""
    response = _file(static_folder() / "assets", name)
    response.headers["Cache-Control"] = IMMUTABLE
    return response


@blueprint.get("/pages/<name>")
def builtin_file(name: str) -> Response:
    if name.endswith(".html"):
        raise NotFound
    return _file(BUILTIN_PAGES, name)


@blueprint.get("/docs")
def docs() -> Response:
    return _file(BUILTIN_PAGES, "docs.html")


@blueprint.get("/login")
def login_page() -> Response:
    response = Response(login_form(), mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    return response


def login_form(error: str = "") -> str:
    """Return the login page, with an error message if there is one."""
    note = f'<p class="error" role="alert">{html.escape(error)}</p>' if error else ""
    return _text(BUILTIN_PAGES / "login.html").replace("<!-- error -->", note)


def static_folder() -> Path:
    """Return the folder of the built front end."""
    return Path(current_app.config[STATIC])


def _file(folder: Path, name: str) -> Response:
    """Return a file of `folder`. The file is read into memory, so that it can be compressed. Raises NotFound."""
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

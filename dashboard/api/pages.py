"""Pages: the built front end, the login page and the API documentation.

The login page and the API documentation also work when the front end has not been built.
"""

import gzip
import html
import re
from functools import cache, lru_cache
from mimetypes import guess_type
from pathlib import Path

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from dashboard.api.first_answers import with_first_answers
from dashboard.api.http.responses import accepts_gzip

blueprint = Blueprint("pages", __name__)
BUILTIN_PAGES = Path(__file__).parent / "builtin_pages"
STATIC = "DASHBOARD_STATIC"
THEME_COOKIE = "k6-dashboard-theme"
COMPRESSED_ONCE = frozenset({"text/javascript", "application/javascript", "text/css"})
IMMUTABLE = "public, max-age=31536000, immutable"
_THEME = re.compile("[a-z]{1,20}", re.ASCII)


@blueprint.get("/")
def index() -> Response:
    try:
        page = (static_folder() / "index.html").read_bytes()
    except OSError:
        return _file(BUILTIN_PAGES, "unbuilt.html")
    response = Response(_in_chosen_theme(with_first_answers(page)), mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    return response


def _in_chosen_theme(page: bytes) -> bytes:
    """Return the page with the theme of the cookie, so that it is painted in that theme before its script runs."""
    theme = request.cookies.get(THEME_COOKIE, "")
    if not _THEME.fullmatch(theme):
        return page
    return page.replace(b"<html ", b'<html data-theme="' + theme.encode() + b'" ', 1)


@blueprint.get("/assets/<path:name>")
def asset(name: str) -> Response:
    """Return a built file. Its name contains a hash of its content, so browsers can cache it forever."""
    response = _file(static_folder() / "assets", name)
    response.headers["Cache-Control"] = IMMUTABLE
    if response.status_code == 200 and response.mimetype in COMPRESSED_ONCE and accepts_gzip(request):
        response.set_data(_gzip(response.get_data()))
        response.headers["Content-Encoding"] = "gzip"
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


@lru_cache(maxsize=128)
def _gzip(content: bytes) -> bytes:
    """Return compressed content. Assets do not change while the server runs, so each is compressed once."""
    return gzip.compress(content, mtime=0)


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")

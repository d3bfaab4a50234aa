"""Answers that the page needs first. The server puts them into the page, so that the page does not request them."""

from collections.abc import Mapping

from flask import Response, current_app, request

from dashboard.model.json_text import json_text

# The URLs that every view requests when it opens, spelled exactly as the page requests them.
FIRST_URLS = ("/session", "/run/config", "/run/status", "/runs?limit=60", "/runs/baseline")
# Headers of an answer that the page reads.
_HEADERS = ("X-Total-Count", "Link")
# Headers of the request for the page that must not change an answer.
_DROPPED = ("HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH", "HTTP_ACCEPT")
_PLACEHOLDER = b'<script type="application/json" id="first-answers"></script>'


def with_first_answers(page: bytes) -> bytes:
    """Return the page with the answers, as data that no browser executes. Answers that fail are left out."""
    answers = {url: _entry(response) for url in FIRST_URLS if (response := _answer(url)).status_code == 200}
    # Inside a script element only `<` can end the element or start a comment.
    text = json_text(answers).replace("<", "\\u003c").encode("utf-8", "replace")
    return page.replace(_PLACEHOLDER, _PLACEHOLDER.replace(b"></", b">" + text + b"</"), 1)


def _answer(url: str) -> Response:
    """Return the response that the client of this request would get to a GET of `url`."""
    path, _, query = url.partition("?")
    environ = {name: value for name, value in request.environ.items() if name not in _DROPPED}
    environ |= {"PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": "GET"}
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with app.request_context(environ):
        response: Response = app.full_dispatch_request()
        return response


def _entry(response: Response) -> Mapping[str, object]:
    """Return an answer as the page reads it: `{body, headers}`. `body` is JSON text."""
    headers = {name: response.headers[name] for name in _HEADERS if name in response.headers}
    return {"body": response.get_data(as_text=True), "headers": headers}

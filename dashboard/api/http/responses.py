"""Responses: JSON, compression, and the headers of every response."""

import gzip
from collections.abc import Mapping, Sequence

from flask import Flask, Request, Response, request
from pydantic import BaseModel
from pydantic_core import to_json

from dashboard.api.http.base_path import add_base_path
from dashboard.model.json_text import json_text

PROBLEM_MEDIA_TYPE = "application/problem+json"
_COMPRESS_ABOVE_BYTES = 1_000
# Level 1 yields 10% more bytes in a fifth of the time. The time series of an eight-hour run takes 4 MB.
_FAST_COMPRESSION_ABOVE_BYTES = 1_000_000
_FAST_LEVEL, _DEFAULT_LEVEL = 1, 5
_COMPRESSIBLE = ("text/", "application/json", PROBLEM_MEDIA_TYPE, "application/javascript", "image/svg+xml")
_SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def answer(shape: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a JSON response with the data of a shape."""
    return json_answer(shape.model_dump_json(), status, headers)


def data_answer(data: object) -> Response:
    """Return a JSON response with data that is not validated, because validating large responses takes too long."""
    return json_answer(json_text(data))


def columns_answer(columns: Mapping[str, Sequence[float | int | None]]) -> Response:
    """Return a JSON response with up to half a million numbers. `to_json` is fast, but refuses unpaired surrogates."""
    return Response(to_json(columns, inf_nan_mode="null"), mimetype="application/json")


def json_answer(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a JSON response with serialized text."""
    return Response(text.encode("utf-8", "replace"), status, headers, mimetype="application/json")


def accepts_gzip(request: Request) -> bool:
    """Return whether the client accepts a response that is compressed with gzip."""
    return request.accept_encodings.quality("gzip") > 0


def no_content() -> Response:
    """Return an empty response with status 204."""
    return Response(status=204)


def finish(response: Response) -> Response:
    """Add compression, caching and security headers."""
    for name, value in _SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    add_base_path(response)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    if response.status_code == 204:
        del response.headers["Content-Type"]
    elif not response.is_streamed and (response.mimetype or "").startswith(_COMPRESSIBLE):
        _compress(response)
    return response


def _compress(response: Response) -> None:
    response.vary.add("Accept-Encoding")
    if response.status_code == 304 or "Content-Encoding" in response.headers or not accepts_gzip(request):
        return
    body = response.get_data()
    if len(body) < _COMPRESS_ABOVE_BYTES:
        return
    level = _FAST_LEVEL if len(body) > _FAST_COMPRESSION_ABOVE_BYTES else _DEFAULT_LEVEL
    response.set_data(gzip.compress(body, compresslevel=level, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    etag, _ = response.get_etag()
    if etag:
        response.set_etag(etag, weak=True)


def register(app: Flask) -> None:
    """Finish every response of `app`."""
    app.after_request(finish)

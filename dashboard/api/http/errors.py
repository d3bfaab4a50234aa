"""Error handlers: every error becomes an application/problem+json response."""

import secrets
from collections.abc import Iterable

import structlog
from flask import Flask, Response, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from dashboard.api.http.responses import PROBLEM_MEDIA_TYPE, json_answer
from dashboard.model.errors import DashboardError, FieldError, InvalidRequest, NotFound
from dashboard.model.json_text import json_text
from dashboard.store.errors import DeletedRun, StoreError
from dashboard.validation_messages import message_of

log = structlog.get_logger()
_MAX_ERRORS = 20
_MAX_FIELD_CHARS = 200
_HTTP_MESSAGES = {
    404: "No resource has this URL. See /docs for all routes.",
    405: "This URL does not support {method}. The Allow header lists the supported methods.",
    413: "The body is larger than {limit} bytes.",
}


class BadRequest(DashboardError):
    """The request cannot be parsed."""

    status = 400
    title = "Bad request"


class UnsupportedMediaType(DashboardError):
    """The body has a media type that the route does not accept."""

    status = 415
    title = "Unsupported media type"


def register(app: Flask) -> None:
    """Register the handlers that turn every error of `app` into a problem."""
    app.register_error_handler(DashboardError, _handle_dashboard_error)
    app.register_error_handler(DeletedRun, _handle_deleted_run)
    app.register_error_handler(StoreError, _handle_store_error)
    app.register_error_handler(HTTPException, _handle_http_error)
    app.register_error_handler(Exception, _handle_unexpected_error)


def problem(
    status: int,
    title: str,
    detail: str,
    errors: Iterable[FieldError] = (),
    extra: dict[str, object] | None = None,
) -> Response:
    """Return a problem response. `extra` adds fields and never replaces one."""
    body: dict[str, object] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    body["errors"] = [{"field": error.field, "message": error.message} for error in errors]
    response = json_answer(
        json_text(body | {k: v for k, v in (extra or {}).items() if k not in body}), status
    )
    response.content_type = PROBLEM_MEDIA_TYPE
    return response


def invalid_request(error: ValidationError) -> InvalidRequest:
    """Return an InvalidRequest with a message for each invalid field, at most 20."""
    details = error.errors(include_url=False, include_input=False)
    fields = tuple(
        FieldError(_field_path(entry["loc"]), message_of(entry)) for entry in details[:_MAX_ERRORS]
    )
    return InvalidRequest("; ".join(f"{field.field}: {field.message}" for field in fields), errors=fields)


def _field_path(location: tuple[int | str, ...]) -> str:
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part != "[key]":
            text += f".{part}" if text else part
    return text if len(text) <= _MAX_FIELD_CHARS else text[:_MAX_FIELD_CHARS] + "…"


def _handle_dashboard_error(error: DashboardError) -> Response:
    response = problem(error.status, error.title, error.detail, error.errors, error.extra)
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(error.retry_after_s)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="dashboard"'
    return response


def _handle_deleted_run(error: DeletedRun) -> Response:
    """Report that the run was deleted during the request."""
    return problem(404, NotFound.title, str(error))


def _handle_store_error(error: StoreError) -> Response:
    log.error("request.failed", method=request.method, path=request.path, error=str(error))
    return problem(503, "Unavailable", str(error))


def _handle_http_error(error: HTTPException) -> Response:
    status = error.code or 500
    message = _HTTP_MESSAGES.get(status, error.description or error.name)
    detail = message.format(method=request.method, limit=request.max_content_length)
    response = problem(status, error.name, detail)
    for name, value in error.get_headers():
        if name.lower() != "content-type":
            response.headers[name] = value
    return response


def _handle_unexpected_error(error: Exception) -> Response:
    incident = secrets.token_hex(4)
    log.error("request.failed", method=request.method, path=request.path, incident=incident, exc_info=error)
    detail = f"An internal error occurred. The server log has the details under incident {incident}."
    return problem(500, "Internal error", detail, extra={"incident": incident})

"""The OpenAPI 3.1 document of all routes, built on the first request."""

from collections.abc import Iterable
from functools import cache
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app
from pydantic import BaseModel

from dashboard import __version__
from dashboard.access.access import COOKIE
from dashboard.api.http.responses import PROBLEM_MEDIA_TYPE, json_answer
from dashboard.api.http.routes import CONVERTERS, METHODS_WITH_BODY, RouteOperation, Routes
from dashboard.api.shapes.document import OpenApiDocument
from dashboard.api.shapes.problem import Problem
from dashboard.model.json_text import json_text

routes = Routes("document")
OPERATIONS = "operations"
# Problems of any route: the gate, rate limiting, invalid paths and queries, internal errors.
COMMON_PROBLEMS = (400, 401, 403, 404, 421, 422, 429, 500, 503)
BODY_PROBLEMS = (413, 415)
RESPONSE_HEADERS = (
    (
        "/runs",
        "get",
        "200",
        {"Link": 'URL of the next page, with rel="next"', "X-Total-Count": "Number of runs that match"},
    ),
    ("/webhooks", "post", "201", {"Location": "URL of the webhook"}),
    (
        "/webhooks/{webhook_id}/deliveries",
        "get",
        "200",
        {"Link": 'URL of the next page, with rel="next"'},
    ),
    ("/audit", "get", "200", {"Link": 'URL of the next page, with rel="next"'}),
    ("/config/endpoints", "get", "200", {"ETag": "Version of the file"}),
    ("/slo/config", "get", "200", {"ETag": "Version of the file, for If-Match of a later change"}),
    ("/slo/config", "post", "200", {"ETag": "Version of the changed file, for If-Match of the next change"}),
    ("/endpoints/save", "post", "200", {"ETag": "Version of the saved file"}),
    ("/endpoints/versions/{n}/restore", "post", "200", {"ETag": "Version of the restored file"}),
    ("/run/start", "post", "201", {"Location": "URL of the run"}),
    ("/run/dry", "post", "201", {"Location": "URL of the dry run"}),
    ("/data/upload", "post", "201", {"Location": "URL of the data file"}),
    ("/runs/import", "post", "201", {"Location": "URL of the run"}),
    ("/runs/{run_id}/marks", "post", "201", {"Location": "URL of the run"}),
    ("/demo/start", "post", "201", {"Location": "URL of the demo service"}),
    ("/login", "post", "303", {"Location": "URL of the page"}),
)


@routes.get("/openapi.json", {200: OpenApiDocument})
def read_document() -> Response:
    """Return the OpenAPI document of this API."""
    return json_answer(document_text(current_app.extensions[OPERATIONS]))


@cache
def document_text(operations: tuple[tuple[str, RouteOperation], ...]) -> str:
    """Return the document of `operations` as JSON text. Each operation comes with its tag."""
    return json_text(document_of(operations))


def document_of(operations: Iterable[tuple[str, RouteOperation]]) -> dict[str, Any]:
    """Return the document of `operations`. Each operation comes with its tag."""
    from flask_openapi3.models.info import Info  # the import takes 200 ms
    from flask_openapi3.models.tag import Tag
    from flask_openapi3.openapi import OpenAPI

    app = OpenAPI(
        "document",
        info=Info(
            title="k6 dashboard",
            version=__version__,
            description="Runs k6 load tests and stores their results.",
        ),
        security_schemes={
            "token": {"type": "http", "scheme": "bearer"},
            "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
        },
        validation_error_model=Problem,
        doc_ui=False,
    )
    app.url_map.converters |= CONVERTERS
    for tag, operation in operations:
        register = getattr(app, operation.method.lower())
        register(
            operation.rule,
            tags=[Tag(name=tag)],
            operation_id=operation.handler.__name__,
            responses=responses_of(operation),
            security=[{"token": []}, {"cookie": []}],
            openapi_extensions=request_body_of(operation),
        )(operation.handler)
    return with_headers(app.api_doc)


def with_headers(document: dict[str, Any]) -> dict[str, Any]:
    """Return `document` with the response headers that clients use."""
    for path, method, status, headers in RESPONSE_HEADERS:
        response = document["paths"][path][method]["responses"][status]
        response["headers"] = {
            name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()
        }
    return document


def responses_of(operation: RouteOperation) -> dict[str, Any]:
    """Return every response of a route, including problems."""
    answers: dict[str, Any] = {
        str(status): _response(answer, status) for status, answer in operation.answers.items()
    }
    body = BODY_PROBLEMS if operation.method in METHODS_WITH_BODY else ()
    for status in sorted({*COMMON_PROBLEMS, *body, *operation.problems}):
        schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
        answers[str(status)] = {
            "description": _phrase(status),
            "content": {PROBLEM_MEDIA_TYPE: {"schema": schema}},
        }
    return answers


def request_body_of(operation: RouteOperation) -> dict[str, Any]:
    """Return the body of a route that accepts a form or a raw body. Empty for JSON bodies."""
    if operation.raw_media_type:
        binary = {"schema": {"type": "string", "format": "binary"}}
        return {"requestBody": {"required": True, "content": {operation.raw_media_type: binary}}}
    media: tuple[str, ...] = ("application/json", "application/x-www-form-urlencoded")
    kind = "form"
    if "upload" in operation.parameters:
        media, kind = ("multipart/form-data",), "upload"
    if kind not in operation.parameters:
        return {}
    schema = operation.parameters[kind].model_json_schema()
    return {"requestBody": {"required": True, "content": {name: {"schema": schema} for name in media}}}


def _response(answer: type[BaseModel] | str | None, status: int) -> type[BaseModel] | dict[str, Any] | None:
    if isinstance(answer, str):
        return {"description": _phrase(status), "content": {answer: {"schema": {"type": "string"}}}}
    return answer


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase


def register(app: Flask, documented: Iterable[Routes]) -> None:
    """Store the operations for the OpenAPI document of `app`."""
    app.extensions[OPERATIONS] = tuple(
        (routes.name, operation) for routes in documented for operation in routes.operations
    )

"""Routes: a blueprint that decodes requests for its handlers and records its routes for the OpenAPI document.

The parameters of a handler are `path`, `query`, `body`, `form` or `upload`, each annotated with a shape. The OpenAPI
document (`api/http/openapi.py`) is built from the same annotations.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TypeVar, get_type_hints

from flask import Blueprint, Response, request
from pydantic import BaseModel
from werkzeug.routing import BaseConverter

from dashboard.api.http.decode import body_of, expect_type, query_of, validate
from dashboard.api.http.uploads import upload_of
from dashboard.api.shapes.base import EmptyRequest
from dashboard.data_files.files import NAME_PATTERN
from dashboard.model.identity import TOKEN_NAME
from dashboard.model.webhook import WEBHOOK_ID

Handler = TypeVar("Handler", bound=Callable[..., Response])
METHODS_WITH_BODY = ("POST", "PATCH", "PUT")
Answers = dict[int, type[BaseModel] | str | None]


class RunIdConverter(BaseConverter):
    """Run IDs and `latest` in paths. Excludes the names of other routes below /runs."""

    regex = r"(?!(?:baseline|choices|diff|import)\Z)[0-9a-z-]{1,64}"


class TokenNameConverter(BaseConverter):
    """Names of access tokens in paths."""

    regex = TOKEN_NAME


class WebhookIdConverter(BaseConverter):
    """IDs of webhooks in paths."""

    regex = WEBHOOK_ID


class DataNameConverter(BaseConverter):
    """Names of data files in paths. Excludes `upload`, which is a route."""

    regex = rf"(?!upload(?:/|$)){NAME_PATTERN}"


class OpNameConverter(BaseConverter):
    """Names of operations in paths. A name may contain slashes and line breaks."""

    part_isolating = False
    regex = r"(?s:.+)"
    weight = 200


CONVERTERS: Mapping[str, type[BaseConverter]] = {
    "run_id": RunIdConverter,
    "data_name": DataNameConverter,
    "op_name": OpNameConverter,
    "token_name": TokenNameConverter,
    "webhook_id": WebhookIdConverter,
}


@dataclass(frozen=True, slots=True, eq=False)
class RouteOperation:
    """One method of one route.

    parameters: the shape of each parameter of the handler
    answers: by status, a shape, a media type, or None for no content
    problems: the statuses of problems that are specific to this route
    raw_media_type: media type of a body that the handler reads itself, or empty
    """

    method: str
    rule: str
    handler: Callable[..., Response]
    parameters: dict[str, type[BaseModel]]
    answers: Answers
    problems: tuple[int, ...]
    raw_media_type: str = ""


class Routes:
    """A blueprint with a list of its operations."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.blueprint = Blueprint(name, __name__)
        self.operations: list[RouteOperation] = []

    def get(self, rule: str, answers: Answers, *problems: int) -> Callable[[Handler], Handler]:
        """Register a GET."""
        return self._register("GET", rule, answers, problems)

    def post(
        self,
        rule: str,
        answers: Answers,
        *problems: int,
        raw_media_type: str = "",
        max_body_bytes: int | None = None,
    ) -> Callable[[Handler], Handler]:
        """Register a POST. With `raw_media_type`, the handler reads a body of that media type itself.

        max_body_bytes: a larger limit than that of other routes
        """
        return self._register("POST", rule, answers, problems, raw_media_type, max_body_bytes)

    def patch(self, rule: str, answers: Answers, *problems: int) -> Callable[[Handler], Handler]:
        """Register a PATCH."""
        return self._register("PATCH", rule, answers, problems)

    def put(self, rule: str, answers: Answers, *problems: int) -> Callable[[Handler], Handler]:
        """Register a PUT."""
        return self._register("PUT", rule, answers, problems)

    def delete(self, rule: str, answers: Answers, *problems: int) -> Callable[[Handler], Handler]:
        """Register a DELETE."""
        return self._register("DELETE", rule, answers, problems)

    def _register(
        self,
        method: str,
        rule: str,
        answers: Answers,
        problems: tuple[int, ...],
        raw_media_type: str = "",
        max_body_bytes: int | None = None,
    ) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            hints = get_type_hints(handler)
            parameters = {name: shape for name, shape in hints.items() if name != "return"}
            self.operations.append(
                RouteOperation(method, rule, handler, parameters, answers, problems, raw_media_type)
            )
            view = _decoding_view(handler, parameters, raw_media_type, max_body_bytes)
            self.blueprint.add_url_rule(
                rule, handler.__name__, view, methods=[method], provide_automatic_options=False
            )
            return handler

        return register


def _decoding_view(
    handler: Callable[..., Response],
    parameters: dict[str, type[BaseModel]],
    raw_media_type: str,
    max_body_bytes: int | None,
) -> Callable[..., Response]:
    @wraps(handler)
    def view(**path_values: str) -> Response:
        if max_body_bytes is not None:
            request.max_content_length = max_body_bytes
        arguments = {"query": query_of(parameters.get("query", EmptyRequest))}
        if "path" in parameters:
            arguments["path"] = validate(parameters["path"], path_values)
        if "upload" in parameters:
            with upload_of(parameters["upload"]) as arguments["upload"]:
                return handler(**{name: value for name, value in arguments.items() if name in parameters})
        if raw_media_type:
            expect_type(raw_media_type)
        elif request.method in METHODS_WITH_BODY:
            kind = "form" if "form" in parameters else "body"
            arguments[kind] = body_of(parameters.get(kind, EmptyRequest), accept_form=kind == "form")
        return handler(**{name: value for name, value in arguments.items() if name in parameters})

    return view

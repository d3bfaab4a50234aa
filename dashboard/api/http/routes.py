"""Routes: a blueprint that decodes requests for its handlers and records its routes for the OpenAPI document.

The parameters of a handler are `path`, `query`, `body`, `form` or `upload`, each annotated with a shape. The OpenAPI
document (`api/http/openapi.py`) is built from the same annotations.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TypeVar, get_type_hints

from flask import Blueprint, Response, request
from pydantic import BaseModel
from werkzeug.routing import BaseConverter

from dashboard.api.http.decode import body_of, validate, expect_type, query_of
from dashboard.api.http.uploads import upload_of
from dashboard.api.shapes.base import EmptyRequest
from dashboard.data_files.files import NAME

Handler = TypeVar("Handler", bound=Callable[..., Response])
METHODS_WITH_BODY = ("POST", "PATCH")
Answers = dict[int, type[BaseModel] | str | None]


class RunIdConverter(BaseConverter):
    """Run IDs and `latest` in paths. Excludes the names of other routes below /runs."""

    regex = r"(?!(?:baseline|choices|diff|import)\Z)[0-9a-z-]{1,64}"


class DataNameConverter(BaseConverter):
    """Names of data files in paths. Excludes `upload`, which is a route."""

    regex = rf"(?!upload(?:/|$)){NAME}"


@dataclass(frozen=True, slots=True, eq=False)
class RouteOperation:
    """One method of one route.

    takes: the shape of each parameter of the handler
    answers: by status, a shape, a media type, or None for no content
    problems: the statuses of problems that are specific to this route
    raw: media type of a body that the handler reads itself, or empty
    """

    method: str
    rule: str
    handler: Callable[..., Response]
    takes: dict[str, type[BaseModel]]
    answers: Answers
    problems: tuple[int, ...]
    raw: str = ""


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
        self, rule: str, answers: Answers, *problems: int, raw: str = ""
    ) -> Callable[[Handler], Handler]:
        """Register a POST. With `raw`, the handler reads a body of that media type itself."""
        return self._register("POST", rule, answers, problems, raw)

    def patch(self, rule: str, answers: Answers, *problems: int) -> Callable[[Handler], Handler]:
        """Register a PATCH."""
        return self._register("PATCH", rule, answers, problems)

    def delete(self, rule: str, answers: Answers, *problems: int) -> Callable[[Handler], Handler]:
        """Register a DELETE."""
        return self._register("DELETE", rule, answers, problems)

    def _register(
        self, method: str, rule: str, answers: Answers, problems: tuple[int, ...], raw: str = ""
    ) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            hints = get_type_hints(handler)
            takes = {name: shape for name, shape in hints.items() if name != "return"}
            self.operations.append(RouteOperation(method, rule, handler, takes, answers, problems, raw))
            view = _decoded(handler, takes, raw)
            self.blueprint.add_url_rule(
                rule, handler.__name__, view, methods=[method], provide_automatic_options=False
            )
            return handler

        return register


def _decoded(
    handler: Callable[..., Response], takes: dict[str, type[BaseModel]], raw: str
) -> Callable[..., Response]:
    @wraps(handler)
    def view(**values: str) -> Response:
        given = {"query": query_of(takes.get("query", EmptyRequest))}
        if "path" in takes:
            given["path"] = validate(takes["path"], values)
        if "upload" in takes:
            with upload_of(takes["upload"]) as given["upload"]:
                return handler(**{name: shape for name, shape in given.items() if name in takes})
        if raw:
            expect_type(raw)
        elif request.method in METHODS_WITH_BODY:
            kind = "form" if "form" in takes else "body"
            given[kind] = body_of(takes.get(kind, EmptyRequest), forms=kind == "form")
        return handler(**{name: shape for name, shape in given.items() if name in takes})

    return view

"""Shapes of imports: what a document contains, and what a scan looked at."""

from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import Field, Json, RootModel, WithJsonSchema

from dashboard.api.shapes.base import RequestShape, ResponseShape
from dashboard.api.shapes.derive import with_fields
from dashboard.discovery.discovered import (
    AuthSuggestion,
    Candidate,
    Discovered,
    HostCount,
    ImportOptions,
    LeftOut,
    LoadSuggestion,
    Remark,
    RequestedValue,
)
from dashboard.scan.scan import ScanAttempt

MAX_IMPORT_BYTES = 1024 * 1024 * 1024
MAX_VALUES = 200
FormatName = Annotated[
    str, Field(pattern=r"^[a-z_]{1,32}$", description="Default: recognized by its content")
]


class ImportChoices(RequestShape):
    """Choices for an import."""

    values: Annotated[dict[str, str], Field(max_length=MAX_VALUES)] = Field(
        default_factory=dict, description="Answers to `requested_values`, by name"
    )
    hosts: Annotated[list[str], Field(max_length=MAX_VALUES)] = Field(
        default_factory=list, description="Hosts of a recording to import. Default: the most important one"
    )
    base_url: str | None = Field(None, description="One of `base_urls`")

    def to_options(self) -> ImportOptions:
        """Return the options of the readers."""
        return ImportOptions(values=self.values, hosts=tuple(self.hosts), base_url=self.base_url)


class ImportBody(RequestShape):
    """A document, as a file of a form. Nothing is stored."""

    max_file_bytes: ClassVar[int] = MAX_IMPORT_BYTES

    file: Annotated[
        Path,
        WithJsonSchema(
            {
                "type": "string",
                "format": "binary",
                "description": "At most 24 MiB; an access log at most 1 GiB",
            }
        ),
    ]
    format: FormatName | None = None
    choices: Json[ImportChoices] | None = Field(None, description="JSON text of the choices")

    @property
    def options(self) -> ImportOptions:
        """The options of the readers."""
        return self.choices.to_options() if self.choices else ImportOptions()


class PostmanCollection(RootModel[dict[str, Any]]):
    """A Postman collection."""


class ScanQuery(RequestShape):
    """The service to scan."""

    url: Annotated[str, Field(min_length=1, max_length=2_048, description="An http or https address")]


@with_fields(Remark)
class RemarkShape(ResponseShape):
    """A sentence about one request or the whole document."""


@with_fields(Candidate, ("key", "is_selected", "is_deprecated", "tags"))
class CandidateShape(ResponseShape):
    """A request that can become an endpoint."""

    endpoint: dict[str, Any] = Field(description="An entry of `endpoints` in endpoints.json")
    remarks: list[RemarkShape]


@with_fields(RequestedValue)
class RequestedValueShape(ResponseShape):
    """A value that the document uses but does not contain."""


@with_fields(LeftOut)
class LeftOutShape(ResponseShape):
    """Something in the document that was not imported."""


@with_fields(AuthSuggestion, ("mode", "remark"))
class AuthSuggestionShape(ResponseShape):
    """The authentication mode that the document asks for."""

    fields: dict[str, str]


@with_fields(HostCount)
class HostCountShape(ResponseShape):
    """A host in a recording."""


@with_fields(LoadSuggestion, ("reason",))
class LoadSuggestionShape(ResponseShape):
    """The load that the document describes."""

    fields: dict[str, Any] = Field(description="`load` fields of `POST /run/start`")


@with_fields(Discovered, ("format", "title", "base_urls"))
class DiscoveredShape(ResponseShape):
    """What a document contains."""

    auth: AuthSuggestionShape | None
    candidates: list[CandidateShape]
    setup: list[dict[str, Any]]
    teardown: list[dict[str, Any]]
    scenarios: list[dict[str, Any]]
    requested_values: list[RequestedValueShape]
    hosts: list[HostCountShape]
    load: LoadSuggestionShape | None
    left_out: list[LeftOutShape]
    remarks: list[RemarkShape]


@with_fields(ScanAttempt)
class ScanAttemptShape(ResponseShape):
    """A place that a scan looked at."""


class ScanAnswer(ResponseShape):
    """All places, best first, and the document of the best one. `url` and `found` are null without a document."""

    attempts: list[ScanAttemptShape]
    url: str | None
    found: DiscoveredShape | None
    message: str | None = Field(description="What to do when no document was found")

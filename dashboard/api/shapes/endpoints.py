"""Shapes of changes to the endpoints file: previews, saves and versions."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from dashboard.api.shapes.base import Count, RequestShape, ResponseShape
from dashboard.api.shapes.derive import with_fields
from dashboard.document_edits.saving import SaveRequest
from dashboard.endpoints.changes.difference import ChangedEntry, Entry
from dashboard.endpoints.changes.incoming import Incoming, OperationMerge, Rename
from dashboard.endpoints.changes.three_way import FieldMerge
from dashboard.endpoints.changes.values import FieldChange
from dashboard.endpoints.parse import MAX_DOCUMENT_BYTES
from dashboard.endpoints.shape import MAX_ENDPOINTS, MAX_SCENARIOS, MAX_STEPS
from dashboard.model.endpoints_version import EndpointsVersion

MAX_SAVE_BYTES = 3 * MAX_DOCUMENT_BYTES
JsonObject = dict[str, Any]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
OperationKey = Annotated[str, Field(min_length=1, max_length=8_192)]
EntryName = Annotated[str, Field(max_length=4_096)]


class SourceBody(RequestShape):
    """Where the requests come from. A later import of the same source is compared with this save."""

    model_config = ConfigDict(extra="forbid", str_max_length=MAX_DOCUMENT_BYTES)

    name: Annotated[str, Field(min_length=1, max_length=1_024)] = Field(
        description="Name for people, such as the title or the file name"
    )
    url: Annotated[str, Field(max_length=4_096)] | None = Field(
        None, description="Identifies the source; without it, its format and name do"
    )
    format: Annotated[str, Field(max_length=64)]
    keys: dict[EntryName, OperationKey] = Field(
        default_factory=dict, description="Keys of the candidates, by the names of `endpoints`"
    )
    generated: dict[OperationKey, JsonObject] = Field(
        default_factory=dict,
        description="Every candidate as the source gave it, by key: also those that are not chosen, and before edits "
        "in the preview. Without it, edits in the preview count as values of the source, and operations that are "
        "not chosen as gone",
    )

    def identity(self) -> str:
        """Return the text that identifies the source."""
        return self.url or f"{self.format}:{self.name}"


class PreviewBody(RequestShape):
    """Requests to bring into the endpoints file. Each one is an entry of the list of the same name in the file."""

    model_config = ConfigDict(extra="forbid", str_max_length=MAX_DOCUMENT_BYTES)

    mode: Literal["replace", "merge"]
    endpoints: Annotated[list[JsonObject], Field(max_length=MAX_ENDPOINTS)]
    setup: Annotated[list[JsonObject], Field(max_length=MAX_STEPS)] = Field(default_factory=list)
    teardown: Annotated[list[JsonObject], Field(max_length=MAX_STEPS)] = Field(default_factory=list)
    scenarios: Annotated[list[JsonObject], Field(max_length=MAX_SCENARIOS)] = Field(default_factory=list)
    service: Annotated[str, Field(max_length=4_096)] | None = Field(
        None, description="Name of the service. A merge sets it only if the file has none"
    )
    source: SourceBody | None = None
    duplicates: Literal["rename", "replace"] = Field(
        "rename",
        description="An endpoint that has the name of another request in the file: `rename` adds a suffix, `replace` "
        "updates the endpoint in the file",
    )
    remove_gone: bool = Field(
        False, strict=True, description="Remove operations that the source no longer has (merge)"
    )
    keep_settings: bool = Field(
        True, strict=True, description="Keep SLOs, network and other settings of the file (replace)"
    )

    def to_request(self) -> SaveRequest:
        """Return the request in the form that the saver accepts."""
        source = self.source
        incoming = Incoming(
            endpoints=tuple(self.endpoints),
            setup=tuple(self.setup),
            teardown=tuple(self.teardown),
            scenarios=tuple(self.scenarios),
            service=self.service,
            keys=source.keys if source else {},
            generated=source.generated if source else {},
            collisions=self.duplicates,
            remove_gone=self.remove_gone,
            keep_settings=self.keep_settings,
        )
        return SaveRequest(
            mode=self.mode,
            incoming=incoming,
            source=source.identity() if source else None,
            title=source.name if source else None,
        )


class SaveBody(PreviewBody):
    """Requests to save."""

    base_sha256: Sha256 | None = Field(
        None, description="SHA-256 of the file that was previewed; like `If-Match`"
    )


class RestoreBody(RequestShape):
    """A version to restore."""

    base_sha256: Sha256 | None = Field(None, description="SHA-256 of the present file; like `If-Match`")


class VersionPath(RequestShape):
    """A version of the endpoints file."""

    n: Count


@with_fields(FieldChange)
class FieldChangeShape(ResponseShape):
    """A field with its old and its new value; null for a missing value."""

    old: Any
    new: Any


@with_fields(Entry)
class EntryShape(ResponseShape):
    """An entry of a list of the file: `endpoints`, `setup`, `teardown` or `scenarios`."""


@with_fields(ChangedEntry)
class ChangedEntryShape(ResponseShape):
    """An entry with changed fields. `old_name` differs from `name` if it gets a new name."""

    fields: list[FieldChangeShape]


class DocumentDifferenceShape(ResponseShape):
    """What differs between two contents of the file."""

    added: list[EntryShape]
    changed: list[ChangedEntryShape]
    removed: list[EntryShape]
    settings: list[FieldChangeShape] = Field(description="Members of the file other than the lists")


@with_fields(FieldMerge)
class FieldMergeShape(ResponseShape):
    """A field at the last save (`base`), in the file, and in the document now. Edited fields keep the file's."""

    base: Any
    file: Any
    document: Any


@with_fields(OperationMerge)
class OperationShape(ResponseShape):
    """What an operation of the source is to the file.

    `new`: not in the file. `same`: as last saved. `matched`: in the file, but never saved from this source. `changed`:
    the document changed it. `edited`: edited by hand. `conflict`: both changed the same field, and the hand edit is
    kept. `deleted`: deleted from the file by hand. `gone`: no longer in the document.
    """

    fields: list[FieldMergeShape]


@with_fields(Rename)
class RenameShape(ResponseShape):
    """A request that gets another name, and why."""


class ViolationShape(ResponseShape):
    """Why the new file would be refused. `name` is the name of the entry in `field`, if it is in an entry."""

    field: str
    message: str
    name: str | None


class PreviewAnswer(ResponseShape):
    """What a save would change."""

    sha256: str | None = Field(
        description="SHA-256 of the present file, for `base_sha256`; null: no file yet"
    )
    can_write: bool
    write_problem: str | None = Field(description="Why the file cannot be written")
    difference: DocumentDifferenceShape
    renames: list[RenameShape]
    operations: list[OperationShape] = Field(description="Operations of the source, compared with the file")
    dropped: list[str] = Field(
        description="Settings and SLOs of the present file that the new one does not have"
    )
    violations: list[ViolationShape]
    warnings: list[str]
    endpoints_count: int
    scenarios_count: int


class EndpointsSavedAnswer(ResponseShape):
    """The saved file."""

    sha256: str
    version: int | None = Field(
        description="Number of the version; null if the content is the same as before"
    )
    difference: DocumentDifferenceShape
    renames: list[RenameShape]
    dropped: list[str]
    warnings: list[str]
    endpoints_count: int
    scenarios_count: int


@with_fields(EndpointsVersion)
class VersionShape(ResponseShape):
    """A content that the file had from `at` on. `who` is null if it was edited outside of the dashboard."""

    at: str
    is_current: bool


class VersionsAnswer(ResponseShape):
    """The last 20 versions, the newest first."""

    versions: list[VersionShape]
    sha256: str | None = Field(description="SHA-256 of the present file; null: no file yet")


class VersionAnswer(VersionShape):
    """A version with its content, and what changed in the file since."""

    content: str
    difference: DocumentDifferenceShape


class RestoredAnswer(ResponseShape):
    """The restored file."""

    sha256: str
    version: int | None = Field(description="Number of the new version; null if the content is the same")
    endpoints_count: int
    scenarios_count: int

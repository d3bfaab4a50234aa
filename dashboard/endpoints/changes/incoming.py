"""Requests that are brought into the endpoints file, and what becomes of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from dashboard.endpoints.changes.three_way import FieldMerge
from dashboard.endpoints.changes.values import Json
from dashboard.model.endpoints_version import ImportBase

Collisions = Literal["rename", "replace"]
OperationStatus = Literal["new", "same", "matched", "changed", "edited", "conflict", "deleted", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """Requests, with where they come from.

    keys: the key of the operation in its source, by the name of the endpoint
    generated: every request that the source gives, by key, before edits and whether or not it is chosen
    collisions: whether an endpoint with the name of another request gets a new name, or takes its place
    """

    endpoints: tuple[Json, ...]
    setup: tuple[Json, ...] = ()
    teardown: tuple[Json, ...] = ()
    scenarios: tuple[Json, ...] = ()
    service: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    generated: Mapping[str, Json] = field(default_factory=dict)
    collisions: Collisions = "rename"
    remove_gone: bool = False
    keep_settings: bool = True

    def generated_of(self, endpoint: Json) -> Json:
        """Return what the source gives for an endpoint. Without this information, the endpoint as it is."""
        return self.generated.get(self.keys.get(str(endpoint.get("name")), ""), endpoint)


@dataclass(frozen=True, slots=True)
class Rename:
    """A request that gets another name. `reason` explains why."""

    old: str
    new: str
    reason: str


@dataclass(frozen=True, slots=True)
class OperationMerge:
    """What an operation of the source is to the file.

    new: not in the file. same: as last saved. matched: in the file, but not from this source so far. changed: the
    document changed it. edited: edited by hand. conflict: both changed the same field. deleted: deleted from the file
    by hand. gone: no longer in the document.
    """

    key: str
    name: str
    status: OperationStatus
    fields: tuple[FieldMerge, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedDocument:
    """The document after a change.

    file_renames: new names of endpoints of the file, by their old names
    incoming_renames: requests that were renamed on their way into the file
    names: the name in the document of each incoming endpoint
    dropped: parts of the file that are no longer in it, for the user
    """

    document: Json
    file_renames: Mapping[str, str] = field(default_factory=dict)
    incoming_renames: tuple[Rename, ...] = ()
    operations: tuple[OperationMerge, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()


Bases = Mapping[str, ImportBase]

"""Saves requests from a source: what a save would change, and the save itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dashboard.document_edits.editor import Author, Edited, EndpointsEditor, Matches, data_of
from dashboard.endpoints.changes.difference import Difference, difference_of
from dashboard.endpoints.changes.incoming import Bases, Incoming, MergedDocument
from dashboard.endpoints.changes.layout import format_document
from dashboard.endpoints.changes.merge import merge_documents
from dashboard.endpoints.changes.references import referenced_names
from dashboard.endpoints.changes.replacing import replace_document
from dashboard.endpoints.changes.rewrite import rewrite
from dashboard.endpoints.changes.values import Json, entries_of
from dashboard.endpoints.file import load_document
from dashboard.endpoints.parse import FILE_NAME
from dashboard.model.endpoints_version import ImportBase
from dashboard.model.errors import FieldError, InvalidRequest
from dashboard.model.strict_json import decode_json
from dashboard.store.store import Store

Mode = Literal["replace", "merge"]
_SHOWN_NAMES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveRequest:
    """Requests to save. `source` identifies where they come from, `title` names it for people."""

    mode: Mode
    incoming: Incoming
    source: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavePlan:
    """What a save makes of the file: its new bytes, the difference, and why the result would be refused."""

    before: bytes
    raw: bytes
    merged: MergedDocument
    difference: Difference
    violations: tuple[FieldError, ...]
    warnings: tuple[str, ...]


class EndpointsSaver:
    """Plans and executes saves."""

    def __init__(self, editor: EndpointsEditor, store: Store, clock: Callable[[], datetime]) -> None:
        self._editor = editor
        self._versions = store.endpoints_versions
        self._clock = clock

    def plan(self, request: SaveRequest) -> SavePlan:
        """Return what a save would change now. Raises InvalidRequest if the present file cannot be merged into."""
        return self._plan(request, self._editor.file.raw() or b"")

    def save(self, request: SaveRequest, matches: Matches, who: str) -> tuple[SavePlan, Edited]:
        """Write the file. Raises what `EndpointsEditor.change` raises."""
        plans: list[SavePlan] = []

        def make(raw: bytes) -> bytes:
            plans.append(self._plan(request, raw))
            return plans[0].raw

        edited = self._editor.change(make, matches, Author(who, "save", request.title))
        self._keep_bases(request, plans[0].merged)
        return plans[0], edited

    def _plan(self, request: SaveRequest, before: bytes) -> SavePlan:
        if request.mode == "merge" and before:
            load_document(before)
        current = data_of(before)
        merged = self._merged(request, current)
        raw = _bytes_of(request.mode, before, merged)
        return SavePlan(
            before=before,
            raw=raw,
            merged=merged,
            difference=difference_of(current, merged.document, merged.file_renames),
            violations=tuple(_violations(raw)),
            warnings=tuple(_warnings(merged.document)),
        )

    def _merged(self, request: SaveRequest, current: Json) -> MergedDocument:
        if request.mode == "replace":
            return replace_document(current, request.incoming)
        return merge_documents(current, request.incoming, self._bases(request))

    def _bases(self, request: SaveRequest) -> Bases:
        return {} if request.source is None else self._versions.bases(request.source)

    def _keep_bases(self, request: SaveRequest, merged: MergedDocument) -> None:
        """Store what the source gave for the saved requests. Operations that were removed are forgotten."""
        if request.source is None:
            return
        incoming, names = request.incoming, merged.names
        bases = {
            incoming.keys[name]: ImportBase(names[name], incoming.generated_of(endpoint))
            for endpoint in incoming.endpoints
            if (name := str(endpoint.get("name"))) in incoming.keys
        }
        is_gone_removed = incoming.remove_gone and request.mode == "merge"
        gone = [one.key for one in merged.operations if one.status == "gone"] if is_gone_removed else []
        if request.mode == "replace":
            gone = [key for key in self._bases(request) if key not in bases]
        self._versions.put_bases(request.source, bases, gone, self._clock())


def _bytes_of(mode: Mode, before: bytes, merged: MergedDocument) -> bytes:
    if mode == "replace" or not before:
        return format_document(merged.document).encode()
    decoded = decode_json(before)
    return decoded.encoded(rewrite(decoded.text, merged.document, merged.file_renames))


def _violations(raw: bytes) -> tuple[FieldError, ...]:
    try:
        load_document(raw)
    except InvalidRequest as error:
        return tuple(
            FieldError(entry.field.removeprefix(FILE_NAME).removeprefix(": "), entry.message)
            for entry in error.errors
        )
    return ()


def _warnings(document: Json) -> list[str]:
    """Return what a user may not expect of the new document."""
    if not entries_of(document, "scenarios"):
        return []
    used = referenced_names(document)
    unused = [name for one in entries_of(document, "endpoints") if (name := str(one.get("name"))) not in used]
    if not unused:
        return []
    names = ", ".join(unused[:_SHOWN_NAMES]) + (" …" if len(unused) > _SHOWN_NAMES else "")
    noun = "endpoint is" if len(unused) == 1 else "endpoints are"
    return [f"{len(unused)} {noun} in no scenario and will not be sent: {names}"]

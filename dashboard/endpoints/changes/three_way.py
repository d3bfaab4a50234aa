"""Brings a new version of one request into the file, field by field, and keeps what was edited by hand.

Three values of each field decide: the one that the source gave when it was last saved (`base`), the one in the file,
and the one that the source gives now (`document`). A field that only the document changed is updated. A field that was
edited in the file is kept.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from dashboard.endpoints.changes.values import Json, is_same

FieldOutcome = Literal["updated", "edited", "conflict"]
# Fields that describe what is sent. Most of them exclude each other, so an edited request keeps all of its own.
PAYLOAD_FIELDS: Final = (
    *("body", "body_template", "form", "multipart", "query", "variables", "variables_template"),
    "operation_name",
)
# Objects whose entries are independent of each other.
_UNIONS: Final = ("checks", "headers", "extract", "slos")


@dataclass(frozen=True, slots=True)
class FieldMerge:
    """A field that was not the same everywhere. None for a missing value.

    updated: the document changed it. edited: it was changed by hand, and is kept. conflict: both changed it; the hand
    edit is kept.
    """

    field: str
    base: Any
    file: Any
    document: Any
    outcome: FieldOutcome


@dataclass(frozen=True, slots=True)
class RequestMerge:
    """A merged request, and what became of its fields."""

    request: Json
    fields: tuple[FieldMerge, ...]

    def has(self, outcome: FieldOutcome) -> bool:
        """Return whether any field had this outcome."""
        return any(field.outcome == outcome for field in self.fields)


def merge_request(base: Json | None, file: Json, document: Json) -> RequestMerge:
    """Return the request of the file with the changes of the document. Without a base, the document wins."""
    if base is None:
        return RequestMerge(_without_base(file, document), ())
    fields = _with_whole_payload(tuple(_merge_fields(base, file, document, "")))
    kept = {field.field for field in fields if field.outcome != "updated"}
    return RequestMerge(_merge(base, file, document, "", kept), fields)


def with_edits(request: Json, generated: Json, edited: Json) -> Json:
    """Return `request` with the fields in which `edited` differs from `generated`."""
    names = [name for name in (*generated, *edited) if not is_same(generated.get(name), edited.get(name))]
    changed = {**request, **{name: edited[name] for name in names if name in edited}}
    return {name: value for name, value in changed.items() if name in edited or name not in names}


def _without_base(file: Json, document: Json) -> Json:
    has_payload = any(name in document for name in PAYLOAD_FIELDS)
    kept = {
        name: value
        for name, value in file.items()
        if name in document or name not in PAYLOAD_FIELDS or not has_payload
    }
    unions = {
        name: {**value, **document[name]}
        for name, value in kept.items()
        if name in _UNIONS and isinstance(value, dict) and isinstance(document.get(name), dict)
    }
    return {**kept, **document, **unions}


def _merge_fields(base: Json, file: Json, document: Json, parent: str) -> Iterator[FieldMerge]:
    for name in dict.fromkeys((*file, *base, *document)):
        values = base.get(name), file.get(name), document.get(name)
        path = f"{parent}.{name}" if parent else name
        if all(isinstance(value, dict) for value in values):
            yield from _merge_fields(base[name], file[name], document[name], path)
        elif outcome := _outcome(*values):
            yield FieldMerge(path, *values, outcome)


def _outcome(base: Any, file: Any, document: Any) -> FieldOutcome | None:
    is_edited, is_changed = not is_same(file, base), not is_same(document, base)
    if is_same(file, document):
        return None
    if is_edited:
        return "conflict" if is_changed else "edited"
    return "updated" if is_changed else None


def _with_whole_payload(fields: tuple[FieldMerge, ...]) -> tuple[FieldMerge, ...]:
    """Return the fields. If what is sent was replaced by hand, no part of it is updated from the document."""
    conflicts = [field for field in fields if field.field in PAYLOAD_FIELDS and field.outcome == "conflict"]
    return tuple(
        FieldMerge(field.field, field.base, field.file, field.document, "conflict")
        if conflicts and field.outcome == "updated" and field.field.partition(".")[0] in PAYLOAD_FIELDS
        else field
        for field in fields
    )


def _merge(base: Json, file: Json, document: Json, parent: str, kept: Collection[str]) -> Json:
    merged: Json = {}
    for name in dict.fromkeys((*file, *document)):
        path = f"{parent}.{name}" if parent else name
        values = [source.get(name) for source in (base, file, document)]
        if all(isinstance(value, dict) for value in values):
            merged[name] = _merge(base[name], file[name], document[name], path, kept)
        else:
            source = file if path in kept or is_same(values[1], values[2]) else document
            if name in source:
                merged[name] = source[name]
    return merged

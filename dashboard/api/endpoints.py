"""Changes to the endpoints file: previews, saves, and earlier versions."""

import re
from dataclasses import asdict
from typing import Any

from flask import Response

from dashboard.api.http.audit import describe_change
from dashboard.api.http.conditions import if_match
from dashboard.api.http.context import services
from dashboard.api.http.identity import identity
from dashboard.api.http.responses import data_answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.endpoints import (
    MAX_SAVE_BYTES,
    EndpointsSavedAnswer,
    PreviewAnswer,
    PreviewBody,
    RestoreBody,
    RestoredAnswer,
    SaveBody,
    VersionAnswer,
    VersionPath,
    VersionsAnswer,
)
from dashboard.document_edits.saving import SavePlan
from dashboard.endpoints.changes.difference import Difference
from dashboard.endpoints.changes.incoming import MergedDocument, Rename
from dashboard.endpoints.changes.values import Json, entries_of
from dashboard.endpoints.file import sha256_of
from dashboard.endpoints.parse import FILE_NAME
from dashboard.model.endpoints_version import EndpointsVersion
from dashboard.model.errors import FieldError, PreconditionFailed
from dashboard.model.run import iso

routes = Routes("endpoints")
_ENTRY = re.compile(r"(endpoints|setup|teardown|scenarios)\[(\d+)\]")
_GIVEN_NAME = "The source gives it this name."


@routes.post("/endpoints/preview", {200: PreviewAnswer}, max_body_bytes=MAX_SAVE_BYTES)
def preview_endpoints(body: PreviewBody) -> Response:
    """Return what a save of these requests would change in the endpoints file. Nothing is written."""
    plan = services().saver.plan(body.to_request())
    problem = services().endpoints.write_problem()
    document = plan.merged.document
    return data_answer(
        {
            "sha256": sha256_of(plan.before) if plan.before else None,
            "can_write": problem is None,
            "write_problem": problem,
            "operations": [asdict(one) for one in plan.merged.operations],
            "violations": [violation_data(one, document) for one in plan.violations],
            **plan_data(plan),
        }
    )


@routes.post("/endpoints/save", {200: EndpointsSavedAnswer}, 412, 503, max_body_bytes=MAX_SAVE_BYTES)
def save_endpoints(body: SaveBody) -> Response:
    """Save requests to the endpoints file. `If-Match` or `base_sha256` prevents lost updates."""
    try:
        plan, edited = services().saver.save(body.to_request(), if_match(body.base_sha256), identity().who)
    except PreconditionFailed as error:
        raise with_changes(error, body.base_sha256) from None
    describe_change(FILE_NAME, after=change_data(plan, body))
    response = data_answer({"sha256": edited.document.sha256, "version": edited.version, **plan_data(plan)})
    response.set_etag(edited.document.sha256)
    return response


@routes.get("/endpoints/versions", {200: VersionsAnswer})
def list_endpoints_versions() -> Response:
    """Return the last 20 versions of the endpoints file, the newest first."""
    raw = services().endpoints.raw()
    current = sha256_of(raw) if raw is not None else None
    versions = [version_data(one, current) for one in services().editor.versions()]
    return data_answer({"versions": versions, "sha256": current})


@routes.get("/endpoints/versions/<int:n>", {200: VersionAnswer}, 404)
def read_endpoints_version(path: VersionPath) -> Response:
    """Return a version of the endpoints file, and what changed in the file since."""
    editor = services().editor
    version, content = editor.version(path.n)
    difference = difference_data(editor.difference_to_now(content))
    current = sha256_of(services().endpoints.raw() or b"")
    text = content.decode("utf-8", "replace")
    return data_answer({**version_data(version, current), "content": text, "difference": difference})


@routes.post("/endpoints/versions/<int:n>/restore", {200: RestoredAnswer}, 404, 412, 503)
def restore_endpoints_version(path: VersionPath, body: RestoreBody) -> Response:
    """Give the endpoints file the content of an earlier version. The present content becomes a version."""
    try:
        edited = services().editor.restore(path.n, if_match(body.base_sha256), identity().who)
    except PreconditionFailed as error:
        raise with_changes(error, body.base_sha256) from None
    describe_change(FILE_NAME, after={"version": path.n})
    document = edited.document
    response = data_answer({"sha256": document.sha256, "version": edited.version, **counts_of(document.data)})
    response.set_etag(document.sha256)
    return response


def with_changes(error: PreconditionFailed, base_sha256: str | None) -> PreconditionFailed:
    """Return the error with what changed since the client read the file; null if that content is not kept."""
    difference = services().editor.changes_since(base_sha256) if base_sha256 else None
    changes = difference and difference_data(difference)
    return PreconditionFailed(error.detail, extra={**error.extra, "difference": changes})


def plan_data(plan: SavePlan) -> dict[str, Any]:
    """Return the fields that a preview and a save have in common."""
    return {
        "difference": difference_data(plan.difference),
        "renames": [asdict(rename) for rename in renames_of(plan.merged)],
        "dropped": list(plan.merged.dropped),
        "warnings": list(plan.warnings),
        **counts_of(plan.merged.document),
    }


def renames_of(merged: MergedDocument) -> list[Rename]:
    """Return requests that were renamed on their way into the file, and endpoints of the file with a new name."""
    renamed = [Rename(old, new, _GIVEN_NAME) for old, new in merged.file_renames.items()]
    return [*merged.incoming_renames, *renamed]


def counts_of(document: Json) -> dict[str, int]:
    """Return how many endpoints and scenarios a document has."""
    return {f"{name}_count": len(entries_of(document, name)) for name in ("endpoints", "scenarios")}


def difference_data(difference: Difference) -> dict[str, Any]:
    """Return a difference as JSON."""
    return asdict(difference)


def version_data(version: EndpointsVersion, current: str | None) -> dict[str, Any]:
    """Return a version as JSON. `current` is the SHA-256 of the present file."""
    return {**asdict(version), "at": iso(version.at), "is_current": version.sha256 == current}


def violation_data(violation: FieldError, document: Json) -> dict[str, Any]:
    """Return a violation with the name of the entry that it is in."""
    match = _ENTRY.match(violation.field)
    entries = entries_of(document, match[1]) if match else []
    entry = entries[int(match[2])] if match and int(match[2]) < len(entries) else {}
    name = entry.get("name")
    return {**asdict(violation), "name": name if isinstance(name, str) else None}


def change_data(plan: SavePlan, body: SaveBody) -> dict[str, Any]:
    """Return what the audit log records of a save."""
    difference = plan.difference
    counts = {name: len(getattr(difference, name)) for name in ("added", "changed", "removed")}
    return {"mode": body.mode, "source": body.source and body.source.name, **counts}

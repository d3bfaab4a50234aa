"""Annotations of a run: label, notes, tags, and marks on its charts."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import Response

from dashboard.api.http.audit import describe_change
from dashboard.api.http.context import services
from dashboard.api.http.identity import identity
from dashboard.api.http.responses import data_answer, json_answer, no_content
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.event import EventShape, MarkBody, MarkPath
from dashboard.api.shapes.run import AnnotateAnswer, AnnotateBody, ChoicesAnswer, RunPath
from dashboard.model.audit import differing
from dashboard.model.errors import InvalidRequest
from dashboard.model.json_text import json_text
from dashboard.model.record import record_of
from dashboard.model.run import Run, from_iso

routes = Routes("annotations")
RUN_URL = "/runs/<run_id:run_id>"


@routes.get("/runs/choices", {200: ChoicesAnswer})
def read_choices() -> Response:
    """Return the environments and tags of all runs, for filters."""
    return data_answer(services().store.lists.choices())


@routes.patch(RUN_URL, {200: AnnotateAnswer}, 404, 409)
def annotate_run(path: RunPath, body: AnnotateBody) -> Response:
    """Change the label, notes or tags of a run. Fields that are left out stay unchanged; null removes a value."""
    run_id = services().reader.resolve(path.run_id)
    before = annotations_of(services().reader.run(run_id))
    who = identity().who
    run = services().run_editor.rewrite(run_id, lambda run: change_annotations(run, body, who))
    old, new = differing(before, annotations_of(run))
    describe_change(run_id, before=old, after=new)
    return data_answer({"run": record_of(run), "notes": run.notes})


@routes.post(f"{RUN_URL}/marks", {201: EventShape}, 404, 409)
def set_mark(path: RunPath, body: MarkBody) -> Response:
    """Set a mark on the charts of a run, for example for a deployment. The default time is now."""
    if body.at is not None and body.elapsed_s is not None:
        raise InvalidRequest.field("elapsed_s", "cannot be combined with the field `at`. Send one of them.")
    run = services().reader.run(path.run_id)
    at = None if body.at is None else from_iso(body.at)
    event = services().marks.set(run, body.text, datetime.now(UTC), at=at, elapsed_s=body.elapsed_s)
    describe_change(run.run_id, after={"text": body.text})
    return json_answer(json_text(event), 201, {"Location": f"/runs/{run.run_id}"})


@routes.delete(f"{RUN_URL}/marks/<int:n>", {204: None}, 404)
def remove_mark(path: MarkPath) -> Response:
    """Remove a mark."""
    services().marks.remove(services().reader.run(path.run_id).run_id, path.n)
    return no_content()


def annotations_of(run: Run) -> dict[str, Any]:
    """Return what can be annotated."""
    return {"label": run.config.label, "notes": run.notes, "tags": list(run.tags)}


def change_annotations(run: Run, body: AnnotateBody, who: str) -> Run:
    """Return the run with the changes of `body`, and with `who` if they change anything."""
    changed = apply_annotations(run, body)
    is_same = annotations_of(changed) == annotations_of(run)
    return changed if is_same else replace(changed, changed_by=who)


def apply_annotations(run: Run, body: AnnotateBody) -> Run:
    """Return the run with the changes of `body`. Blank texts count as null."""
    changes: dict[str, object] = {}
    if "label" in body.model_fields_set:
        label = (body.label or "").strip() or None
        changes["config"] = replace(run.config, label=label)
    if "notes" in body.model_fields_set:
        changes["notes"] = body.notes if (body.notes or "").strip() else None
    if "tags" in body.model_fields_set:
        changes["tags"] = tuple(dict.fromkeys(body.tags or ()))
    return replace(run, **changes)  # type: ignore[arg-type]

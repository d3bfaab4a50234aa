"""SLOs: the results of a run, and the SLOs in the endpoints file."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Response

from dashboard.api.http.audit import describe_change
from dashboard.api.http.conditions import if_match
from dashboard.api.http.context import services
from dashboard.api.http.identity import identity
from dashboard.api.http.responses import data_answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.run import RunPath
from dashboard.api.shapes.slo import SloAnswer, SloConfigAnswer, SloConfigBody, SloLimitsBody, SloQuery
from dashboard.document_edits.editor import Author
from dashboard.endpoints.file import LoadedDocument
from dashboard.endpoints.parse import FILE_NAME
from dashboard.endpoints.slo_edit import SloChanges, apply_slo_changes
from dashboard.endpoints.slo_shape import Slos
from dashboard.model.audit import differing
from dashboard.model.errors import FieldError, InvalidRequest
from dashboard.model.run import iso
from dashboard.model.slo_set import SLO_KEYS

routes = Routes("slo")
# Kind and name of the stored object with the last change of the SLOs.
CHANGED = ("changes", "slos")
# Prefix of a location in the file -> prefix of the field in the body.
FIELD_PREFIXES = {
    "slo_groups.": "groups.",
    "slo_profiles.": "profiles.",
    "slo_options.": "options.",
    "endpoints.": "endpoints.",
}


@routes.get("/runs/<run_id:run_id>/slo", {200: SloAnswer}, 404)
def read_slo(path: RunPath, query: SloQuery) -> Response:
    """Return the SLO results of a run. With `against=current`, the current SLOs replace those of the run."""
    current = services().endpoints.read().slo_set if query.against == "current" else None
    return data_answer(services().reader.slo(path.run_id, current))


@routes.get("/slo/config", {200: SloConfigAnswer}, 404)
def read_slo_config() -> Response:
    """Return the SLOs of future runs. Send the `ETag` in `If-Match` with a change."""
    return _config_answer(services().endpoints.read())


@routes.post("/slo/config", {200: SloConfigAnswer}, 404, 412, 503)
def change_slo_config(body: SloConfigBody) -> Response:
    """Change SLOs in the endpoints file. Other content stays unchanged. `If-Match` prevents lost updates."""
    changes = changes_of(body)
    try:
        before = _slos_of(services().endpoints.read())
        author = Author(identity().who, "slos")
        edited = services().editor.change_text(
            lambda text: apply_slo_changes(text, changes), if_match(), author
        )
    except InvalidRequest as error:
        raise _with_body_fields(error) from None
    document, now = edited.document, iso(datetime.now(UTC))
    changed: dict[str, object] = {"sha256": document.sha256, "changed_by": author.who, "changed_at": now}
    services().store.objects.put(*CHANGED, changed)
    old, new = differing(before, _slos_of(document))
    describe_change(FILE_NAME, before=old, after=new)
    return _config_answer(document)


def changes_of(body: SloConfigBody) -> SloChanges:
    """Return the changes in `body`. Fields that are left out change nothing."""
    given = body.model_fields_set
    options = body.options.model_dump(exclude_none=True) if body.options else None
    return SloChanges(
        run={key: getattr(body, key) for key in SLO_KEYS if key in given},
        endpoints=_by_name(body.endpoints),
        groups=_by_name(body.groups),
        profiles=_by_name(body.profiles, keep_nulls=True),
        options=(options,) if "options" in given else (),
    )


def _by_name(
    levels: Mapping[str, SloLimitsBody | None] | None, *, keep_nulls: bool = False
) -> dict[str, dict[str, Any] | None]:
    return {
        name: None if slos is None else slos.model_dump(exclude_unset=True, exclude_none=not keep_nulls)
        for name, slos in (levels or {}).items()
    }


def _with_body_fields(error: InvalidRequest) -> InvalidRequest:
    """Return the errors of the changed file, with the fields of the body instead of locations in the file."""
    fields = tuple(FieldError(_body_field(entry.field), entry.message) for entry in error.errors)
    return InvalidRequest("; ".join(f"{entry.field}: {entry.message}" for entry in fields), errors=fields)


def _body_field(location: str) -> str:
    path = location.removeprefix(f"{FILE_NAME}: ")
    fields = (
        field + path[len(prefix) :] for prefix, field in FIELD_PREFIXES.items() if path.startswith(prefix)
    )
    return next(fields, location)


def _config_answer(document: LoadedDocument) -> Response:
    endpoints = document.checked.endpoints
    response = data_answer(
        {
            **_slos_of(document),
            "endpoint_names": [endpoint.name for endpoint in endpoints],
            "group_names": list(dict.fromkeys(endpoint.group for endpoint in endpoints)),
            "profile_names": list(services().profiles),
            **_last_change(document),
        }
    )
    response.set_etag(document.sha256)
    return response


def _slos_of(document: LoadedDocument) -> dict[str, Any]:
    checked = document.checked
    options = checked.slo_options
    abort = options.abort if options else None
    return {
        **dict.fromkeys(SLO_KEYS),
        **document.slos,
        "endpoints": {
            endpoint.name: limits for endpoint in checked.endpoints if (limits := _limits(endpoint.slos))
        },
        "groups": {name: _limits(slos) for name, slos in (checked.slo_groups or {}).items()},
        "profiles": {
            name: slos.model_dump(exclude_unset=True) for name, slos in (checked.slo_profiles or {}).items()
        },
        "options": {"skip": options.skip if options else None, "abort": abort and abort.model_dump()},
    }


def _last_change(document: LoadedDocument) -> dict[str, Any]:
    """Return who last changed the SLOs through the API, and when. Null if the file was edited in another way since."""
    changed = services().store.objects.get(*CHANGED) or {}
    is_current = changed.get("sha256") == document.sha256
    return {name: changed.get(name) if is_current else None for name in ("changed_by", "changed_at")}


def _limits(slos: Slos | None) -> dict[str, float]:
    return slos.model_dump(exclude_none=True) if slos else {}

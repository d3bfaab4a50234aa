"""SLOs: a run against its limits, and the limits themselves, which live in the endpoints file."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from dashboard.api.http.context import services
from dashboard.api.http.responses import data_answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.queries import RunPath
from dashboard.api.shapes.slo import SloAnswer, SloConfigAnswer, SloConfigBody, SloLimitsBody, SloQuery
from dashboard.endpoints.file import LoadedDocument
from dashboard.endpoints.parse import FILE
from dashboard.endpoints.shape import Slos
from dashboard.endpoints.slo_edit import SloChanges, with_slos
from dashboard.model.errors import FieldError, InvalidRequest
from dashboard.model.slo_set import SLO_KEYS

routes = Routes("slo")
# Place in the file -> field of the body.
FIELDS = {
    "slo_groups.": "groups.",
    "slo_profiles.": "profiles.",
    "slo_options.": "options.",
    "endpoints.": "endpoints.",
}


@routes.get("/runs/<run_id:run_id>/slo", {200: SloAnswer}, 404)
def read_slo(path: RunPath, query: SloQuery) -> Response:
    """A run against the limits that were in force for it, or with `against=current` against today's."""
    current = services().endpoints.read().slo_set if query.against == "current" else None
    return data_answer(services().reader.slo(path.run_id, current))


@routes.get("/slo/config", {200: SloConfigAnswer}, 404)
def read_slo_config() -> Response:
    """The limits of runs that start from now on. `ETag` is for a later change."""
    return _config_answer(services().endpoints.read())


@routes.post("/slo/config", {200: SloConfigAnswer}, 404, 412, 503)
def change_slo_config(body: SloConfigBody) -> Response:
    """Change limits in the endpoints file; all that is not named stays. `If-Match` guards against others' changes."""
    changes = changes_of(body)
    try:
        return _config_answer(services().endpoints.change(lambda text: with_slos(text, changes), _matches))
    except InvalidRequest as error:
        raise _of_body(error) from None


def changes_of(body: SloConfigBody) -> SloChanges:
    """What `body` names, and nothing else."""
    given = body.model_fields_set
    options = body.options.model_dump(exclude_none=True) if body.options else None
    return SloChanges(
        run={key: getattr(body, key) for key in SLO_KEYS if key in given},
        endpoints=_by_name(body.endpoints),
        groups=_by_name(body.groups),
        profiles=_by_name(body.profiles, nulls=True),
        options=(options,) if "options" in given else (),
    )


def _matches(sha256: str) -> bool:
    """`If-Match` may be left out; a compressed answer has made its tag a weak one."""
    wanted = request.if_match
    return "If-Match" not in request.headers or wanted.star_tag or wanted.contains_weak(sha256)


def _by_name(
    levels: Mapping[str, SloLimitsBody | None] | None, *, nulls: bool = False
) -> dict[str, dict[str, Any] | None]:
    return {
        name: None if slos is None else slos.model_dump(exclude_unset=True, exclude_none=not nulls)
        for name, slos in (levels or {}).items()
    }


def _of_body(error: InvalidRequest) -> InvalidRequest:
    """What is wrong with the file after the change, said of the field that would bring it about."""
    found = tuple(FieldError(_field(one.field), one.message) for one in error.errors)
    return InvalidRequest("; ".join(f"{one.field}: {one.message}" for one in found), errors=found)


def _field(place: str) -> str:
    inside = place.removeprefix(f"{FILE}: ")
    return next((field + inside[len(at) :] for at, field in FIELDS.items() if inside.startswith(at)), place)


def _config_answer(document: LoadedDocument) -> Response:
    checked = document.checked
    options = checked.slo_options
    abort = options.abort if options else None
    response = data_answer(
        {
            **dict.fromkeys(SLO_KEYS),
            **document.slos,
            "endpoints": {e.name: kept for e in checked.endpoints if (kept := _limits(e.slos))},
            "groups": {name: _limits(slos) for name, slos in (checked.slo_groups or {}).items()},
            "profiles": {
                name: slos.model_dump(exclude_unset=True)
                for name, slos in (checked.slo_profiles or {}).items()
            },
            "options": {
                "skip": options.skip if options else None,
                "abort": abort and abort.model_dump(),
            },
            "endpoint_names": [endpoint.name for endpoint in checked.endpoints],
            "group_names": list(dict.fromkeys(endpoint.group for endpoint in checked.endpoints)),
            "profile_names": list(services().profiles),
        }
    )
    response.set_etag(document.sha256)
    return response


def _limits(slos: Slos | None) -> dict[str, float]:
    return slos.model_dump(exclude_none=True) if slos else {}

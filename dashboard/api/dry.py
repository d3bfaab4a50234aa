"""Dry runs: every request once, shown as it comes. Nothing of it is kept in the history."""

from flask import Response

from dashboard.api.http.context import services
from dashboard.api.http.responses import answer, data_answer, no_content
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.bodies import DryBody
from dashboard.api.shapes.exchange import DryAnswer, DryStarted
from dashboard.api.shapes.queries import DryPath, DryQuery
from dashboard.runs.dry.dry_runs import dry_wish

routes = Routes("dry")
DRY = "/run/dry/<run_id:dry_id>"


@routes.post("/run/dry", {201: DryStarted}, 403, 409, 503)
def begin_dry_run(body: DryBody) -> Response:
    """Send every request once: set-up, each endpoint, each scenario, teardown. One at a time."""
    chosen = body.model_dump(
        include={"base_url", "auth_mode", "auth_api_key_header", "auth_refresh_interval"}
    )
    chosen["network"] = body.network.model_dump() if body.network else {}
    dry = services().dry_runs.begin(dry_wish(**chosen, credentials=body.credentials()))
    shape = DryStarted(dry_id=dry.run.run_id, status="starting")
    return answer(shape, 201, {"Location": f"/run/dry/{dry.run.run_id}"})


@routes.get(DRY, {200: DryAnswer}, 404)
def read_dry_run(path: DryPath, query: DryQuery) -> Response:
    """How far it is, and its requests from number `after` on. Ask on with the number of those that do not wait."""
    return data_answer(services().dry_runs.find(path.dry_id).answer(query.after))


@routes.delete(DRY, {204: None}, 404)
def cancel_dry_run(path: DryPath) -> Response:
    """Ask it to end; the teardown is still sent. One that has ended stays as it is."""
    services().dry_runs.cancel(path.dry_id)
    return no_content()

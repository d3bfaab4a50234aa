"""Dry runs: send every request once and show it with its response. They are not stored in the history."""

from flask import Response

from dashboard.api.http.audit import describe_change
from dashboard.api.http.context import services
from dashboard.api.http.identity import identity
from dashboard.api.http.responses import answer, data_answer, no_content
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.bodies import MAX_START_BYTES, DryBody
from dashboard.api.shapes.dry_run import DryRunAnswer, DryRunPath, DryRunQuery, DryRunStartAnswer

routes = Routes("dry")
DRY_RUN_URL = "/run/dry/<run_id:dry_id>"


@routes.post("/run/dry", {201: DryRunStartAnswer}, 403, 409, 503, max_body_bytes=MAX_START_BYTES)
def begin_dry_run(body: DryBody) -> Response:
    """Send every request once: setup, each endpoint, each scenario, teardown. Only one dry run at a time."""
    dry = services().dry_runs.start_dry_run(body.to_request(), identity())
    describe_change(dry.run.run_id, after={"base_url": dry.run.config.base_url})
    shape = DryRunStartAnswer(dry_id=dry.run.run_id, status="starting")
    return answer(shape, 201, {"Location": f"/run/dry/{dry.run.run_id}"})


@routes.get(DRY_RUN_URL, {200: DryRunAnswer}, 404)
def read_dry_run(path: DryRunPath, query: DryRunQuery) -> Response:
    """Return the state of a dry run, and its requests from index `after` on. To poll, pass the number already read."""
    return data_answer(services().dry_runs.find(path.dry_id).to_json(query.after))


@routes.delete(DRY_RUN_URL, {204: None}, 404)
def cancel_dry_run(path: DryRunPath) -> Response:
    """Cancel a dry run; its teardown is still sent. No effect on a dry run that has ended."""
    services().dry_runs.cancel(path.dry_id)
    return no_content()

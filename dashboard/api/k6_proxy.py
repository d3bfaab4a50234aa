"""Reading k6's own REST API through the dashboard: a few cheap addresses of a live run, nothing else."""

import re

from flask import Response

from dashboard.api.http.context import services
from dashboard.api.http.responses import json_answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.general import K6Answer
from dashboard.api.shapes.queries import K6Path, K6Query
from dashboard.engine.rest import fetch
from dashboard.model.errors import Conflict, NotFound, Unavailable

routes = Routes("k6")
TIMEOUT_S = 2.0
# Trends are left out on purpose: k6 sorts every sample it has for each reading, and holds up the run meanwhile.
METRICS = "http_reqs|iterations|dropped_iterations|data_sent|data_received|http_req_failed|checks|vus|vus_max"
ALLOWED = re.compile(rf"v1/(?:status|groups|metrics/(?:{METRICS}))", re.ASCII)


@routes.get("/k6/<path:path>", {200: K6Answer}, 404, 409, 503)
def read(path: K6Path, query: K6Query) -> Response:
    """k6's REST API of a live run: v1/status, v1/groups, and v1/metrics of counters, rates and gauges."""
    if not ALLOWED.fullmatch(path.path):
        raise NotFound(
            "Of k6's API there are v1/status, v1/groups and v1/metrics/<counter, rate or gauge> here."
        )
    port = live_port(query.run_id)
    got = fetch(port, f"/{path.path}", timeout_s=TIMEOUT_S)
    if got is None:
        raise Unavailable("k6 did not answer in time.")
    status, body = got
    return json_answer(body.decode("utf-8", "replace"), status)


def live_port(run_id: str | None) -> int:
    """Port of the REST API of that live run, or of the newest. Raises Conflict."""
    live_runs = services().live_runs
    live = [run.run_id for run in live_runs.runs()]
    wanted = live[0] if live and run_id in (None, "latest") else run_id
    port = live_runs.rest_port(wanted) if wanted else None
    if port is None:
        raise Conflict("k6 is not running." if wanted is None else f"k6 of run {wanted} is not running.")
    return port

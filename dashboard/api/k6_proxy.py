"""Read-only proxy to k6's REST API of a live run, for a few inexpensive resources."""

import re

from flask import Response

from dashboard.api.http.context import services
from dashboard.api.http.responses import json_answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.k6 import K6Answer, K6Path, K6Query
from dashboard.engine.rest import fetch
from dashboard.model.errors import Conflict, NotFound, Unavailable

routes = Routes("k6")
REST_TIMEOUT_S = 2.0
# No trends: for each request k6 sorts all samples of a trend, which delays the run.
METRICS = "http_reqs|iterations|dropped_iterations|data_sent|data_received|http_req_failed|checks|vus|vus_max"
ALLOWED_PATHS = re.compile(rf"v1/(?:status|groups|metrics/(?:{METRICS}))", re.ASCII)


@routes.get("/k6/<path:path>", {200: K6Answer}, 404, 409, 503)
def read(path: K6Path, query: K6Query) -> Response:
    """Read k6's REST API of a live run: v1/status, v1/groups, or v1/metrics/<name> for counters, rates and gauges."""
    if not ALLOWED_PATHS.fullmatch(path.path):
        raise NotFound(
            f"The proxy offers v1/status, v1/groups and v1/metrics/<name>. Names: {METRICS.replace('|', ', ')}."
        )
    port = live_port(query.run_id)
    response = fetch(port, f"/{path.path}", timeout_s=REST_TIMEOUT_S)
    if response is None:
        raise Unavailable(f"k6 did not respond within {REST_TIMEOUT_S:g} s. Try again.")
    status, body = response
    return json_answer(body.decode("utf-8", "replace"), status)


def live_port(run_id: str | None) -> int:
    """Return the port of the REST API of a live run, by default of the newest one. Raises Conflict."""
    live_runs = services().live_runs
    live = [run.run_id for run in live_runs.runs()]
    chosen = live[0] if live and run_id in (None, "latest") else run_id
    port = live_runs.rest_port(chosen) if chosen else None
    if port is None:
        raise Conflict("No run is live." if chosen is None else f"k6 of run {chosen} is not running.")
    return port

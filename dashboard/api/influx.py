"""The replica in InfluxDB: status, rejected lines, backfill and verification."""

from typing import TYPE_CHECKING

from flask import Response

from dashboard.api.http.audit import describe_change
from dashboard.api.http.context import services
from dashboard.api.http.responses import answer, data_answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.replica import (
    BackfillAnswer,
    RejectedList,
    RejectedQuery,
    RemoteRunList,
    ReplicaStatusAnswer,
    RetryAnswer,
    VerifyAnswer,
    VerifyBody,
)
from dashboard.model.errors import Conflict, Unavailable
from dashboard.replica.errors import InfluxError

if TYPE_CHECKING:
    from dashboard.replica.replica import Replica

routes = Routes("influx")
MAX_LINE_CHARS = 2_000


@routes.get("/influx/status", {200: ReplicaStatusAnswer})
def read_replica() -> Response:
    """Return whether runs are replicated to InfluxDB, the backlog, and the last error."""
    replica = services().replica
    return answer(
        ReplicaStatusAnswer(configured=replica is not None, **(replica.status() if replica else {}))
    )


@routes.get("/influx/remote-runs", {200: RemoteRunList})
def read_remote_runs() -> Response:
    """List live runs of other dashboards that use the same InfluxDB. The history contains them once they have ended."""
    replica = services().replica
    return data_answer(replica.remote_runs.records() if replica else [])


@routes.post("/influx/retry", {200: RetryAnswer}, 409, 503)
def retry_rejected() -> Response:
    """Send the rejected lines and the backlog again, without waiting for the next attempt."""
    try:
        sent, rejected = require_replica().retry_now()
    except InfluxError as error:
        raise Unavailable(f"{error}.") from None
    return answer(RetryAnswer(sent=sent, rejected=rejected))


@routes.get("/influx/rejected", {200: RejectedList}, 409)
def read_rejected(query: RejectedQuery) -> Response:
    """List the lines that InfluxDB rejected, with their error messages. Lines are cut after 2,000 characters."""
    rejected_lines = require_replica().outbox.rejected(after=query.after, limit=query.limit)
    return data_answer(
        [
            {
                "number": rejected.number,
                "run_id": rejected.run_id,
                "line": rejected.line[:MAX_LINE_CHARS],
                "error": rejected.error,
                "at": rejected.at,
            }
            for rejected in rejected_lines
        ]
    )


@routes.post("/influx/backfill", {200: BackfillAnswer}, 409)
def backfill() -> Response:
    """Add to the backlog the runs that were never sent, for example runs from before InfluxDB was configured."""
    return answer(BackfillAnswer(runs=require_replica().backfill()))


@routes.post("/influx/verify", {200: VerifyAnswer}, 409, 503)
def verify(body: VerifyBody) -> Response:
    """Compare counts and totals of runs here and in InfluxDB. With `repair`, runs that differ are sent again."""
    describe_change("", after={"runs": len(body.run_ids), "repair": body.repair})
    try:
        return data_answer(require_replica().verify(body.run_ids, repair=body.repair))
    except InfluxError as error:
        raise Unavailable(f"{error}.") from None


def require_replica() -> "Replica":
    """Return the replica. Raises Conflict when InfluxDB is not configured."""
    replica = services().replica
    if replica is None:
        raise Conflict("InfluxDB is not configured. Set INFLUXDB_URL and restart the dashboard.")
    return replica

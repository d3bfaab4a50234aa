"""The replica in InfluxDB: its state, and what a person can have done about it."""

from typing import TYPE_CHECKING

from flask import Response

from dashboard.api.http.context import services
from dashboard.api.http.responses import answer, data_answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.influx import (
    Backfilled,
    ElsewhereRuns,
    ParkedLines,
    ParkedQuery,
    ReplicaAnswer,
    Retried,
    Verified,
    VerifyBody,
)
from dashboard.model.errors import Conflict, Unavailable
from dashboard.replica.errors import InfluxError

if TYPE_CHECKING:
    from dashboard.replica.replica import Replica

routes = Routes("influx")
MOST_SHOWN = 2_000


@routes.get("/influx/status", {200: ReplicaAnswer})
def read_replica() -> Response:
    """Whether runs are replicated to InfluxDB, how much waits, and what went wrong last."""
    replica = services().replica
    return answer(ReplicaAnswer(configured=replica is not None, **(replica.status() if replica else {})))


@routes.get("/influx/elsewhere", {200: ElsewhereRuns})
def read_elsewhere() -> Response:
    """Runs that other dashboards on this InfluxDB are in the middle of. They come to History when they have ended."""
    replica = services().replica
    return data_answer(replica.elsewhere.records() if replica else [])


@routes.post("/influx/retry", {200: Retried}, 409, 503)
def retry_parked() -> Response:
    """Send what was refused once more, and everything else at once."""
    try:
        sent, refused = configured().try_now()
    except InfluxError as error:
        raise Unavailable(f"InfluxDB: {error}") from None
    return answer(Retried(sent=sent, refused=refused))


@routes.get("/influx/parked", {200: ParkedLines}, 409)
def read_parked(query: ParkedQuery) -> Response:
    """Lines that InfluxDB refused, each with its words; long ones are cut."""
    found = configured().outbox.rejected(after=query.after, limit=query.limit)
    return data_answer(
        [
            {
                "number": one.number,
                "run_id": one.run_id,
                "line": one.line[:MOST_SHOWN],
                "error": one.error,
                "at": one.at,
            }
            for one in found
        ]
    )


@routes.post("/influx/backfill", {200: Backfilled}, 409)
def backfill() -> Response:
    """Have every run sent that never was: those from before InfluxDB was configured."""
    return answer(Backfilled(runs=configured().backfill()))


@routes.post("/influx/verify", {200: Verified}, 409, 503)
def verify(body: VerifyBody) -> Response:
    """Compare both sides of some runs by counts and totals; with `repair` what differs is sent anew."""
    try:
        return data_answer(configured().verify(body.run_ids, repair=body.repair))
    except InfluxError as error:
        raise Unavailable(f"InfluxDB: {error}") from None


def configured() -> "Replica":
    """The replica. Raises Conflict without one."""
    replica = services().replica
    if replica is None:
        raise Conflict("No InfluxDB is configured: set INFLUXDB_URL and start the dashboard anew.")
    return replica

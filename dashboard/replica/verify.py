"""Does InfluxDB hold what the record holds? Counts and totals of both sides, run by run."""

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from dashboard.model.run import RetentionLevel, Run, RunId, iso
from dashboard.model.snapshot import OVERALL
from dashboard.replica.influx import Influx
from dashboard.store.store import Store
from dashboard.store.outbox import Outbox

_SUMS = """
from(bucket: params.bucket)
  |> range(start: time(v: params.start), stop: time(v: params.stop))
  |> filter(fn: (r) => r.run_id == params.run_id)
  |> filter(fn: (r) => (r._measurement == "k6_snapshot" and r._field == "requests")
      or (r._measurement == "k6_op" and r._field == "total_reqs")
      or (r._measurement == "k6_run_final" and r._field == "sent_ms"))
  |> group(columns: ["_measurement"])
  |> reduce(identity: {count: 0.0, total: 0.0},
      fn: (r, accumulator) => ({count: accumulator.count + 1.0, total: accumulator.total + r._value}))
"""
AROUND = timedelta(days=1)
FAR = "2200-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What one side holds of a run."""

    snapshots: int = 0
    requests: int = 0
    op_points: int = 0
    op_requests: int = 0
    finals: int = 0


@dataclass(frozen=True, slots=True)
class Compared:
    """Both sides of a run. `afresh`: sending it again would leave points there that are not here."""

    run_id: RunId
    equal: bool
    afresh: bool
    here: Sums
    there: Sums

    def answer(self) -> dict[str, Any]:
        """For the API."""
        named = {"run_id": self.run_id, "equal": self.equal}
        return {**named, "here": asdict(self.here), "there": asdict(self.there)}


def compared(run: Run, store: Store, outbox: Outbox, influx: Influx) -> Compared:
    """Both sides of a run, and whether they are equal. Raises InfluxError."""
    here, there = sums_here(run, store, outbox), sums_there(run, influx)
    more = there.snapshots > here.snapshots or there.op_points > here.op_points
    afresh = more or run.retention_level is not RetentionLevel.FULL
    return Compared(run.run_id, _equal(run, here, there), afresh, here, there)


def sums_here(run: Run, store: Store, outbox: Outbox) -> Sums:
    """What the record holds."""
    snapshots, requests, op_points = outbox.totals(run.run_id)
    cumulative = store.ranges.cumulative(run.run_id)
    return Sums(
        snapshots=snapshots,
        requests=requests,
        op_points=op_points,
        op_requests=sum(tally.requests for key, tally in cumulative.items() if key != OVERALL),
        finals=1,
    )


def sums_there(run: Run, influx: Influx) -> Sums:
    """What InfluxDB holds."""
    start, stop = run.created_at - AROUND, (run.ended_at + AROUND) if run.ended_at else None
    parameters = {
        "bucket": influx.target.bucket,
        "run_id": run.run_id,
        "start": str(iso(start)),
        "stop": iso(stop) or FAR,
    }
    found = {
        row["_measurement"]: (round(float(row["count"])), round(float(row["total"])))
        for row in influx.query(_SUMS, parameters)
    }
    snapshots, requests = found.get("k6_snapshot", (0, 0))
    op_points, op_requests = found.get("k6_op", (0, 0))
    return Sums(
        snapshots=snapshots,
        requests=requests,
        op_points=op_points,
        op_requests=op_requests,
        finals=found.get("k6_run_final", (0, 0))[0],
    )


def _equal(run: Run, here: Sums, there: Sums) -> bool:
    """Detail that was rolled up here has fewer points than what was sent, and the same requests."""
    if run.retention_level is RetentionLevel.FULL:
        return here == there
    return replace(there, snapshots=here.snapshots, op_points=here.op_points) == here

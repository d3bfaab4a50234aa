"""Compares a run with its replica by counts and totals."""

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from dashboard.model.run import RetentionLevel, Run, RunId, iso
from dashboard.model.snapshot import OVERALL
from dashboard.replica.client import InfluxClient
from dashboard.store.store import Store

_TOTALS = """
from(bucket: bucket)
  |> range(start: time(v: start), stop: time(v: stop))
  |> filter(fn: (r) => r.run_id == run_id)
  |> filter(fn: (r) => (r._measurement == "k6_snapshot" and r._field == "requests")
      or (r._measurement == "k6_op" and r._field == "total_reqs")
      or (r._measurement == "k6_run_final" and r._field == "sent_ms"))
  |> group(columns: ["_measurement"])
  |> reduce(identity: {count: 0.0, total: 0.0},
      fn: (r, accumulator) => ({count: accumulator.count + 1.0, total: accumulator.total + r._value}))
"""
# Points of a run can lie outside its recorded times when clocks differ.
TIME_MARGIN = timedelta(days=1)
FAR_FUTURE = "2200-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaCounts:
    """What one side stores of a run. `finals` counts final records."""

    snapshots: int = 0
    requests: int = 0
    op_points: int = 0
    op_requests: int = 0
    finals: int = 0


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """The record and the replica of a run.

    `must_delete`: the replica has points that the record lacks, so they must be deleted before the run is sent again.
    """

    run_id: RunId
    equal: bool
    must_delete: bool
    record: ReplicaCounts
    replica: ReplicaCounts

    def answer(self) -> dict[str, Any]:
        """Return the result for the API."""
        counts = {"record": asdict(self.record), "replica": asdict(self.replica)}
        return {"run_id": self.run_id, "equal": self.equal, **counts}


def verify_run(run: Run, store: Store, influx: InfluxClient) -> VerifyResult:
    """Compare an ended run with its replica. Raises InfluxError."""
    record, replica = _record_counts(run, store), _replica_counts(run, influx)
    has_more = replica.snapshots > record.snapshots or replica.op_points > record.op_points
    must_delete = has_more or run.retention_level is not RetentionLevel.FULL
    return VerifyResult(run.run_id, _are_equal(run, record, replica), must_delete, record, replica)


def _record_counts(run: Run, store: Store) -> ReplicaCounts:
    snapshots, requests, op_points = store.outbox.totals(run.run_id)
    cumulative = store.ranges.cumulative(run.run_id)
    return ReplicaCounts(
        snapshots=snapshots,
        requests=requests,
        op_points=op_points,
        op_requests=sum(tally.requests for key, tally in cumulative.items() if key != OVERALL),
        finals=1,
    )


def _replica_counts(run: Run, influx: InfluxClient) -> ReplicaCounts:
    parameters = {
        "bucket": influx.target.bucket,
        "run_id": run.run_id,
        "start": str(iso(run.created_at - TIME_MARGIN)),
        "stop": str(iso(run.ended_at + TIME_MARGIN)) if run.ended_at else FAR_FUTURE,
    }
    totals = {
        row["_measurement"]: (round(row["count"]), round(row["total"]))
        for row in influx.query(_TOTALS, parameters)
    }
    snapshots, requests = totals.get("k6_snapshot", (0, 0))
    op_points, op_requests = totals.get("k6_op", (0, 0))
    return ReplicaCounts(
        snapshots=snapshots,
        requests=requests,
        op_points=op_points,
        op_requests=op_requests,
        finals=totals.get("k6_run_final", (0, 0))[0],
    )


def _are_equal(run: Run, record: ReplicaCounts, replica: ReplicaCounts) -> bool:
    """Return whether both sides are equal. A downsampled run has fewer points in the record, but the same requests."""
    if run.retention_level is RetentionLevel.FULL:
        return record == replica
    return replace(replica, snapshots=record.snapshots, op_points=record.op_points) == record

"""Assertions about a fully replicated run."""

from __future__ import annotations

from tests.e2e.harness import Server, wait_for
from tests.support.influxd import Influxd


def wait_for_replication(server: Server, within_s: float = 60.0) -> None:
    wait_for(
        lambda: server.get("/influx/status")["backlog_runs"] == 0,
        "the backlog is empty",
        within_s=within_s,
        every_s=0.2,
    )


def assert_replicated(influxd: Influxd, server: Server, run_id: str, received: int) -> None:
    """Assert that the record, its snapshots and InfluxDB all have the number of requests that the target received."""
    bucket = server.environment["INFLUXDB_BUCKET"]
    snapshots = server.snapshots(run_id)
    assert server.record(run_id)["total_reqs"] == received
    assert sum(snapshot["requests"] for snapshot in snapshots) == received
    assert influxd.total(bucket, "k6_snapshot", "requests", run_id) == received
    assert influxd.total(bucket, "k6_op", "total_reqs", run_id) == received
    assert influxd.total(bucket, "k6_run_final", "total_reqs", run_id) == received

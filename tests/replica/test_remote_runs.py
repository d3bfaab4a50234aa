"""Live runs of other dashboards: shown while they are live, marked silent without updates."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.model.run import Run, iso
from dashboard.replica.batches import BatchBuilder
from dashboard.replica.client import InfluxClient, InfluxTarget
from dashboard.replica.remote_runs import ERROR_PAUSE_S, POLL_INTERVAL_S, RemoteRun, RemoteRunWatch
from dashboard.replica.shipper import Shipper
from dashboard.store.store import Store
from tests.factories import A_MOMENT, a_run, an_ended_run, an_interval
from tests.support.influxd import ORG, TOKEN

pytestmark = pytest.mark.influx
SOON = A_MOMENT + timedelta(seconds=20)
HOSTILE = '") |> drop( a,b=c d\\n1 🚀\n'


def send_snapshots(store: Store, influx: InfluxClient, run: Run, seqs: range, origin: str = "theirs") -> None:
    """Store snapshots in the other dashboard and send everything that is final."""
    store.outbox.add_new("")
    if store.runs.get(run.run_id) is None:
        store.runs.insert(run)
    store.append(run.run_id, [an_interval(seq, rps=seq * 1.5, p95_ms=82.4) for seq in seqs], run=run)
    builder = BatchBuilder(store, store.outbox, origin, lambda: 1)
    shipper = Shipper(influx, store.outbox, builder, lambda: False, lambda: datetime.now(UTC))
    while shipper.tick(time.monotonic()) != 1.0:
        assert shipper.error is None, shipper.error


def poll(influx: InfluxClient, origin: str, now: datetime) -> list[RemoteRun]:
    """Return the remote runs that a newly started dashboard finds."""
    watch = RemoteRunWatch(influx, origin, lambda: now, lambda _: None)
    assert watch.tick(0.0) == POLL_INTERVAL_S
    return list(watch.runs)


def test_live_remote_run_has_its_newest_figures(store: Store, influx: InfluxClient) -> None:
    run = a_run(label=HOSTILE, profile=HOSTILE)
    send_snapshots(store, influx, run, range(1, 8))
    (found,) = poll(influx, "ours", SOON)
    newest = store.snapshots.of_run(run.run_id)[5]  # the seventh is not final
    assert (found.run_id, found.origin, found.label, found.profile) == (
        run.run_id,
        "theirs",
        HOSTILE,
        HOSTILE,
    )
    assert (found.elapsed_s, found.rps, found.p95_ms) == (newest.elapsed_s, newest.rps, newest.p95_ms)
    assert (found.vus, found.total_reqs, found.planned_s) == (newest.vus, newest.total_reqs, 30.0)
    assert found.last_update_at == iso(A_MOMENT + timedelta(seconds=newest.elapsed_s))
    assert not found.silent


def test_own_and_ended_runs_are_not_remote_runs(store: Store, influx: InfluxClient) -> None:
    send_snapshots(store, influx, a_run(), range(1, 5))
    assert poll(influx, "theirs", SOON) == []
    assert len(poll(influx, "ours", SOON)) == 1
    send_snapshots(store, influx, an_ended_run(), range(5, 6))
    assert poll(influx, "ours", SOON) == []


def test_ended_run_disappears_and_others_stay(store: Store, influx: InfluxClient) -> None:
    other = "20261121-101500-bbbbbbbb"
    watch = RemoteRunWatch(influx, "ours", lambda: SOON, lambda _: None)
    send_snapshots(store, influx, a_run(), range(1, 5))
    send_snapshots(store, influx, a_run(other), range(1, 5))
    watch.tick(0.0)
    assert {run.run_id for run in watch.runs} == {other, a_run().run_id}
    send_snapshots(store, influx, an_ended_run(), range(5, 6))
    for _ in range(2):
        watch.tick(0.0)
        assert [run.run_id for run in watch.runs] == [other]


def test_run_without_snapshots_has_no_figures(store: Store, influx: InfluxClient) -> None:
    send_snapshots(store, influx, a_run(), range(1, 1))
    (found,) = poll(influx, "ours", SOON)
    assert (found.elapsed_s, found.total_reqs, found.p95_ms) == (None, None, None)
    assert found.last_update_at == iso(A_MOMENT)


def test_run_without_updates_is_silent_and_disappears_after_a_day(store: Store, influx: InfluxClient) -> None:
    send_snapshots(store, influx, a_run(), range(1, 5))
    updated = A_MOMENT + timedelta(seconds=6)
    for after_s, silent in ((59, False), (61, True), (23 * 3600, True)):
        (found,) = poll(influx, "ours", updated + timedelta(seconds=after_s))
        assert (found.silent, found.last_update_at) == (silent, iso(updated))
    assert poll(influx, "ours", updated + timedelta(hours=25)) == []


def test_change_is_reported_once_and_runs_turn_silent_without_influxdb(
    store: Store, influx: InfluxClient, bucket: str
) -> None:
    reported: list[list[dict[str, Any]]] = []
    now = [SOON]
    watch = RemoteRunWatch(influx, "ours", lambda: now[0], reported.append)
    assert watch.tick(0.0) == POLL_INTERVAL_S
    assert reported == []
    send_snapshots(store, influx, a_run(), range(1, 5))
    watch.tick(0.0)
    watch.tick(0.0)
    assert [len(runs) for runs in reported] == [1]
    now[0] += timedelta(minutes=5)
    watch._influx = InfluxClient(replace(InfluxTarget("http://127.0.0.1:9", ORG, bucket, TOKEN)))
    assert watch.tick(0.0) == ERROR_PAUSE_S
    assert [run["silent"] for run in reported[-1]] == [True]


def test_points_of_other_programs_are_ignored(influx: InfluxClient) -> None:
    influx.write(['k6_run_start,run_id=x,origin=other body="{}" 1795256100000'])
    assert poll(influx, "ours", SOON) == []

"""Everything that is sent arrives exactly once, whatever InfluxDB does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dashboard.model.run import Run
from dashboard.model.snapshot import OpKey
from dashboard.replica.batches import MAX_LINES, BatchBuilder
from dashboard.replica.client import InfluxClient, InfluxTarget
from dashboard.replica.errors import InfluxUnavailable
from dashboard.replica.shipper import Shipper
from dashboard.store.store import Store
from tests.factories import A_MOMENT, a_run, a_tally, an_ended_run, an_event, an_interval
from tests.replica.proxy import Proxy
from tests.support.influxd import ORG, TOKEN, Influxd

pytestmark = pytest.mark.influx
REQUESTS_PER_INTERVAL = 3
ShipperFactory = Callable[[InfluxClient], Shipper]


@pytest.fixture
def make_shipper(store: Store) -> ShipperFactory:
    def make(influx: InfluxClient) -> Shipper:
        builder = BatchBuilder(store, store.outbox, "here", lambda: 1_700_000_000_000)
        return Shipper(influx, store.outbox, builder, lambda: False, lambda: datetime.now(UTC))

    return make


@pytest.fixture
def proxy(influxd: Influxd) -> Iterator[Proxy]:
    with Proxy(influxd.port) as made:
        yield made


@pytest.fixture
def proxied_influx(proxy: Proxy, bucket: str) -> Iterator[InfluxClient]:
    client = InfluxClient(InfluxTarget(proxy.url, ORG, bucket, TOKEN))
    yield client
    client.close()


def add_run(store: Store, run: Run, intervals: int, ops: int = 1) -> None:
    """Store a run that must be sent."""
    tallies = {OpKey(f"op {n}", "g", ""): a_tally() for n in range(ops)}
    store.outbox.add_new("")
    store.runs.insert(run)
    store.append(run.run_id, [an_interval(seq, tallies) for seq in range(1, intervals + 1)])


def drain(shipper: Shipper, within_s: float = 60.0) -> None:
    """Send until nothing is pending, without the pauses."""
    deadline = time.monotonic() + within_s
    while shipper.tick(time.monotonic()) != 1.0 or shipper.error:
        shipper.wake()
        assert time.monotonic() < deadline, shipper.error


def test_run_sent_twice_is_stored_once(
    store: Store, influxd: Influxd, influx: InfluxClient, bucket: str, make_shipper: ShipperFactory
) -> None:
    add_run(store, an_ended_run(), intervals=40, ops=3)
    store.events.add(an_ended_run().run_id, an_event())
    shipper = make_shipper(influx)
    for _ in range(2):
        drain(shipper)
        assert influxd.total(bucket, "k6_snapshot", "requests") == 40 * 9 / 3
        assert influxd.total(bucket, "k6_op", "total_reqs") == 40 * 3 * REQUESTS_PER_INTERVAL
        assert influxd.count(bucket, "k6_op") == 40 * 3
        assert influxd.count(bucket, "k6_run_start", "body") == 1
        assert influxd.count(bucket, "k6_run_final", "events") == 1
        store.outbox.resend(an_ended_run().run_id)
    drain(shipper)
    assert store.outbox.backlog().snapshots == 0
    assert store.outbox.backlog().runs == 0


def test_newest_snapshot_of_a_live_run_is_not_sent_yet(
    store: Store, influxd: Influxd, influx: InfluxClient, bucket: str, make_shipper: ShipperFactory
) -> None:
    add_run(store, a_run(), intervals=3)
    shipper = make_shipper(influx)
    drain(shipper)
    assert influxd.count(bucket, "k6_snapshot") == 2
    store.append(a_run().run_id, [an_interval(3, requests=7)], run=an_ended_run())
    drain(shipper)
    assert influxd.total(bucket, "k6_snapshot", "requests") == 3 + 3 + 7
    assert influxd.count(bucket, "k6_run_final", "total_reqs") == 1


def test_changed_record_replaces_the_earlier_one(
    store: Store, influxd: Influxd, influx: InfluxClient, bucket: str, make_shipper: ShipperFactory
) -> None:
    add_run(store, an_ended_run(), intervals=1)
    shipper = make_shipper(influx)
    drain(shipper)
    store.runs.update(an_ended_run(exit_reason="reviewed"))
    assert store.outbox.backlog().runs == 1
    drain(shipper)
    assert influxd.count(bucket, "k6_run_final", "exit_reason") == 1
    rows = influxd.query(
        f'from(bucket: "{bucket}") |> range(start: 0) '
        '|> filter(fn: (r) => r._measurement == "k6_run_final" and r._field == "exit_reason")'
    )
    assert [row["_value"] for row in rows] == ["reviewed"]


def test_deleted_run_is_deleted_in_influxdb(
    store: Store, influxd: Influxd, influx: InfluxClient, bucket: str, make_shipper: ShipperFactory
) -> None:
    add_run(store, an_ended_run(), intervals=3)
    kept = "20261121-101500-bbbbbbbb"
    add_run(store, an_ended_run(kept), intervals=2)
    shipper = make_shipper(influx)
    drain(shipper)
    store.runs.delete(an_ended_run().run_id, everywhere=True)
    drain(shipper)
    assert influxd.count(bucket, "k6_snapshot") == 2
    assert store.outbox.deletions() == []
    store.runs.delete(kept)
    drain(shipper)
    assert influxd.count(bucket, "k6_snapshot") == 2


def test_runs_from_before_influxdb_need_a_backfill(
    store: Store, influxd: Influxd, influx: InfluxClient, bucket: str, make_shipper: ShipperFactory
) -> None:
    store.runs.insert(an_ended_run())
    store.outbox.add_new("2026-11-21T10:16:00.000Z")
    shipper = make_shipper(influx)
    add_run(
        store, an_ended_run("20261121-101700-bbbbbbbb", created_at=A_MOMENT.replace(minute=17)), intervals=1
    )
    drain(shipper)
    assert influxd.count(bucket, "k6_run_start", "body") == 1
    assert store.outbox.add_all() == 1
    drain(shipper)
    assert influxd.count(bucket, "k6_run_start", "body") == 2


@pytest.mark.parametrize(
    "name",
    ['") |> drop(', "a,b=c d\n1", "x" * 10_000, "🚀 ‮abc", "back\\slash\\", "%0A", "a\tb\r\n", "=", "日本"],
    ids=["flux", "line", "long", "emoji", "backslash", "encoded", "controls", "equals", "kanji"],
)
def test_hostile_name_is_stored_as_data(
    store: Store,
    influxd: Influxd,
    influx: InfluxClient,
    bucket: str,
    make_shipper: ShipperFactory,
    name: str,
) -> None:
    store.outbox.add_new("")
    ops = {OpKey(name, name, ""): a_tally(), OpKey("plain", "g", ""): a_tally()}
    run = an_ended_run(profile=name[:100], label=name, env_profile=name[:100], base_url=name)
    store.runs.insert(run)
    store.append(run.run_id, [an_interval(1, ops)])
    drain(make_shipper(influx))
    assert store.outbox.backlog().rejected == 0
    assert influxd.count(bucket, "k6_op") == 2
    assert influxd.count(bucket, "k6_run_final", "label") == 1
    assert influxd.total(bucket, "k6_op", "total_reqs") == 2 * REQUESTS_PER_INTERVAL


@pytest.mark.parametrize("status", [429, 500, 503, 401, 403, 404])
def test_refused_batches_are_sent_again_until_they_are_accepted(
    store: Store,
    influxd: Influxd,
    proxied_influx: InfluxClient,
    proxy: Proxy,
    bucket: str,
    make_shipper: ShipperFactory,
    status: int,
) -> None:
    add_run(store, an_ended_run(), intervals=10)
    shipper = make_shipper(proxied_influx)
    proxy.respond_with(status, {"Retry-After": "7"})
    pause_s = shipper.tick(time.monotonic())
    assert pause_s >= 7 or status in (401, 403, 404)
    assert shipper.error is not None
    assert shipper.error.is_denied == (status in (401, 403, 404))
    assert str(status) in shipper.error.message
    assert shipper.tick(time.monotonic()) > 0
    assert proxy.failed_requests <= 3
    proxy.stop_failing()
    drain(shipper)
    assert shipper.error is None
    assert influxd.count(bucket, "k6_snapshot") == 10


def test_pauses_grow_to_at_most_a_minute(
    store: Store, proxied_influx: InfluxClient, proxy: Proxy, make_shipper: ShipperFactory
) -> None:
    add_run(store, an_ended_run(), intervals=1)
    shipper = make_shipper(proxied_influx)
    proxy.respond_with(500, {})
    pauses = []
    for _ in range(40):
        pauses.append(shipper.tick(time.monotonic()))
        shipper.wake()
    assert max(pauses) <= 60
    assert max(pauses[:3]) <= 8
    assert max(pauses[8:]) > 30


def test_broken_connections_lose_and_duplicate_nothing(
    store: Store,
    influxd: Influxd,
    proxied_influx: InfluxClient,
    proxy: Proxy,
    bucket: str,
    make_shipper: ShipperFactory,
) -> None:
    add_run(store, an_ended_run(), intervals=200, ops=30)
    shipper = make_shipper(proxied_influx)
    for cut in (100, 5_000, 20_000):
        proxy.cut_after(cut)
        shipper.wake()
        assert shipper.tick(time.monotonic()) >= 0
        assert shipper.error is not None
    proxy.stop_failing()
    drain(shipper)
    assert influxd.count(bucket, "k6_op") == 200 * 30
    assert influxd.total(bucket, "k6_op", "total_reqs") == 200 * 30 * REQUESTS_PER_INTERVAL


def test_hanging_server_times_out_and_gets_everything_later(
    store: Store, influxd: Influxd, proxy: Proxy, bucket: str, make_shipper: ShipperFactory
) -> None:
    add_run(store, an_ended_run(), intervals=10)
    influx = InfluxClient(InfluxTarget(proxy.url, ORG, bucket, TOKEN), read_timeout_s=0.3)
    shipper = make_shipper(influx)
    proxy.hang()
    began = time.monotonic()
    shipper.tick(began)
    assert time.monotonic() - began < 3
    assert shipper.error is not None
    assert shipper.error.message == "InfluxDB did not respond in time"
    proxy.stop_failing()
    drain(shipper)
    assert influxd.count(bucket, "k6_snapshot") == 10
    influx.close()


def test_a_wake_during_a_failing_request_retries_immediately(make_shipper: Callable[[Any], Shipper]) -> None:
    class FailingClient:
        def ensure_bucket(self) -> None:
            shipper.wake()
            raise InfluxUnavailable("InfluxDB is starting", retry_after_s=30)

    shipper = make_shipper(FailingClient())
    assert shipper.tick(time.monotonic()) == 0
    assert shipper.error is not None


def test_bad_lines_are_rejected_and_the_others_arrive(
    store: Store, influxd: Influxd, influx: InfluxClient, bucket: str, make_shipper: ShipperFactory
) -> None:
    run, too_long = an_ended_run(), "x" * 70_000
    bad = {seq: {OpKey(f"{seq}{too_long}", "g", ""): a_tally()} for seq in (3, 500, 900)}
    store.outbox.add_new("")
    store.runs.insert(run)
    store.append(run.run_id, [an_interval(seq, bad.get(seq)) for seq in range(1, 1_001)])
    shipper = make_shipper(influx)
    drain(shipper)
    assert store.outbox.backlog().rejected == 3
    assert shipper.attempts < 100
    assert influxd.count(bucket, "k6_snapshot") == 1_000
    assert influxd.count(bucket, "k6_op") == 997
    assert shipper.retry_rejected() == (0, 3)


def test_killed_server_gets_the_rest_of_the_backlog_later(
    influxd_bin: Path, store: Store, tmp_path: Path, make_shipper: ShipperFactory
) -> None:
    add_run(store, an_ended_run(), intervals=1_200, ops=20)
    server = Influxd(influxd_bin, tmp_path / "own")
    server.start()
    influx = InfluxClient(InfluxTarget(server.url, ORG, "created-by-dashboard", TOKEN))
    try:
        shipper = make_shipper(influx)
        shipper.tick(time.monotonic())
        server.kill()
        shipper.tick(time.monotonic())
        assert shipper.error is not None
        server.start()
        drain(shipper)
        assert server.count("created-by-dashboard", "k6_op") == 1_200 * 20
        assert server.count("created-by-dashboard", "k6_snapshot") == 1_200
    finally:
        influx.close()
        server.kill()


def test_crash_before_progress_is_stored_duplicates_nothing(
    store: Store, influxd: Influxd, influx: InfluxClient, bucket: str, make_shipper: ShipperFactory
) -> None:
    add_run(store, an_ended_run(), intervals=300, ops=20)
    builder = BatchBuilder(store, store.outbox, "here", lambda: 1_700_000_000_000)
    for batch in builder.build(store.outbox.pending()):
        influx.write(batch.lines)
    drain(make_shipper(influx))
    assert influxd.count(bucket, "k6_op") == 300 * 20
    assert influxd.total(bucket, "k6_op", "total_reqs") == 300 * 20 * REQUESTS_PER_INTERVAL


def test_batch_size_is_bounded(store: Store) -> None:
    add_run(store, an_ended_run(), intervals=2_000, ops=40)
    builder = BatchBuilder(store, store.outbox, "here", lambda: 0)
    lines = sum(len(batch.lines) for batch in builder.build(store.outbox.pending()))
    assert lines <= MAX_LINES + 50

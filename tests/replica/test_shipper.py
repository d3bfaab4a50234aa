"""What is sent arrives, once, whatever InfluxDB does meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.model.run import Run
from dashboard.model.snapshot import OpKey
from dashboard.replica.influx import Influx, Target
from dashboard.replica.parcels import MOST_LINES, Packer
from dashboard.replica.shipper import Shipper
from dashboard.store.store import Store
from tests.factories import A_MOMENT, a_run, an_interval, a_tally, an_ended_run, an_event
from tests.replica.proxy import Proxy
from tests.support.influxd import ORG, TOKEN, Influxd

pytestmark = pytest.mark.influx
REQUESTS_A_STEP = 3


@pytest.fixture
def ship(store: Store) -> Callable[[Influx], Shipper]:
    def make(influx: Influx) -> Shipper:
        packer = Packer(store, store.outbox, "here", lambda: 1_700_000_000_000)
        return Shipper(influx, store.outbox, packer, lambda: False, lambda: datetime.now(UTC))

    return make


@pytest.fixture
def proxy(influxd: Influxd) -> Iterator[Proxy]:
    with Proxy(influxd.port) as made:
        yield made


@pytest.fixture
def through(proxy: Proxy, bucket: str) -> Iterator[Influx]:
    client = Influx(Target(proxy.url, ORG, bucket, TOKEN))
    yield client
    client.close()


def put(store: Store, run: Run, intervals: int, ops: int = 1) -> None:
    """A run that is to be sent."""
    tallies = {OpKey(f"op {n}", "g", ""): a_tally() for n in range(ops)}
    store.outbox.add_new("")
    store.runs.insert(run)
    store.append(run.run_id, [an_interval(seq, tallies) for seq in range(1, intervals + 1)])


def drain(shipper: Shipper, within_s: float = 60.0) -> None:
    """Until nothing waits; the pauses that it asks for are left out."""
    deadline = time.monotonic() + within_s
    while shipper.tick(time.monotonic()) != 1.0 or shipper.trouble:
        shipper.wake()
        assert time.monotonic() < deadline, shipper.trouble


def test_every_fact_of_a_run_is_there_once_however_often_it_is_sent(
    store: Store, influxd: Influxd, influx: Influx, bucket: str, ship: Callable[[Influx], Shipper]
) -> None:
    put(store, an_ended_run(), intervals=40, ops=3)
    store.events.add(an_ended_run().run_id, an_event())
    shipper = ship(influx)
    for _ in range(2):
        drain(shipper)
        assert influxd.total(bucket, "k6_snapshot", "requests") == 40 * 9 / 3
        assert influxd.total(bucket, "k6_op", "total_reqs") == 40 * 3 * REQUESTS_A_STEP
        assert influxd.count(bucket, "k6_op") == 40 * 3
        assert influxd.count(bucket, "k6_run_start", "body") == 1
        assert influxd.count(bucket, "k6_run_final", "events") == 1
        store.outbox.resend(an_ended_run().run_id)
    drain(shipper)
    assert store.outbox.backlog().snapshots == 0
    assert store.outbox.backlog().runs == 0


def test_the_newest_snapshot_of_a_live_run_waits_until_it_is_settled(
    store: Store, influxd: Influxd, influx: Influx, bucket: str, ship: Callable[[Influx], Shipper]
) -> None:
    put(store, a_run(), intervals=3)
    shipper = ship(influx)
    drain(shipper)
    assert influxd.count(bucket, "k6_snapshot") == 2
    store.append(a_run().run_id, [an_interval(3, requests=7)], run=an_ended_run())
    drain(shipper)
    assert influxd.total(bucket, "k6_snapshot", "requests") == 3 + 3 + 7
    assert influxd.count(bucket, "k6_run_final", "total_reqs") == 1


def test_a_record_that_changes_later_is_sent_again_and_replaces_the_old_one(
    store: Store, influxd: Influxd, influx: Influx, bucket: str, ship: Callable[[Influx], Shipper]
) -> None:
    put(store, an_ended_run(), intervals=1)
    shipper = ship(influx)
    drain(shipper)
    store.runs.update(an_ended_run(exit_reason="looked at again"))
    assert store.outbox.backlog().runs == 1
    drain(shipper)
    assert influxd.count(bucket, "k6_run_final", "exit_reason") == 1
    rows = influxd.rows(
        f'from(bucket: "{bucket}") |> range(start: 0) '
        '|> filter(fn: (r) => r._measurement == "k6_run_final" and r._field == "exit_reason")'
    )
    assert [row["_value"] for row in rows] == ["looked at again"]


def test_a_run_that_is_deleted_here_is_deleted_there(
    store: Store, influxd: Influxd, influx: Influx, bucket: str, ship: Callable[[Influx], Shipper]
) -> None:
    put(store, an_ended_run(), intervals=3)
    kept = "20261121-101500-bbbbbbbb"
    put(store, an_ended_run(kept), intervals=2)
    shipper = ship(influx)
    drain(shipper)
    store.runs.delete(an_ended_run().run_id, everywhere=True)
    drain(shipper)
    assert influxd.count(bucket, "k6_snapshot") == 2
    assert store.outbox.deletions() == []
    store.runs.delete(kept)
    drain(shipper)
    assert influxd.count(bucket, "k6_snapshot") == 2


def test_runs_from_before_the_replica_are_left_to_the_backfill(
    store: Store, influxd: Influxd, influx: Influx, bucket: str, ship: Callable[[Influx], Shipper]
) -> None:
    store.runs.insert(an_ended_run())
    store.outbox.add_new("2026-11-21T10:16:00.000Z")
    shipper = ship(influx)
    put(store, an_ended_run("20261121-101700-bbbbbbbb", created_at=A_MOMENT.replace(minute=17)), intervals=1)
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
def test_a_hostile_name_is_data_and_nothing_else(
    store: Store,
    influxd: Influxd,
    influx: Influx,
    bucket: str,
    ship: Callable[[Influx], Shipper],
    name: str,
) -> None:
    store.outbox.add_new("")
    ops = {OpKey(name, name, ""): a_tally(), OpKey("plain", "g", ""): a_tally()}
    run = an_ended_run(profile=name[:100], label=name, env_profile=name[:100], base_url=name)
    store.runs.insert(run)
    store.append(run.run_id, [an_interval(1, ops)])
    drain(ship(influx))
    assert store.outbox.backlog().rejected == 0
    assert influxd.count(bucket, "k6_op") == 2
    assert influxd.count(bucket, "k6_run_final", "label") == 1
    assert influxd.total(bucket, "k6_op", "total_reqs") == 2 * REQUESTS_A_STEP


@pytest.mark.parametrize("status", [429, 500, 503, 401, 403, 404])
def test_a_refusal_that_ends_is_waited_out(
    store: Store,
    influxd: Influxd,
    through: Influx,
    proxy: Proxy,
    bucket: str,
    ship: Callable[[Influx], Shipper],
    status: int,
) -> None:
    put(store, an_ended_run(), intervals=10)
    shipper = ship(through)
    proxy.answer_with(status, {"Retry-After": "7"})
    pause_s = shipper.tick(time.monotonic())
    assert pause_s >= 7 or status in (401, 403, 404)
    assert shipper.trouble is not None
    assert shipper.trouble.mend == (status in (401, 403, 404))
    assert str(status) in shipper.trouble.words
    assert shipper.tick(time.monotonic()) > 0
    assert proxy.seen <= 3
    proxy.heal()
    drain(shipper)
    assert shipper.trouble is None
    assert influxd.count(bucket, "k6_snapshot") == 10


def test_pauses_grow_to_a_minute_and_no_further(
    store: Store, through: Influx, proxy: Proxy, ship: Callable[[Influx], Shipper]
) -> None:
    put(store, an_ended_run(), intervals=1)
    shipper = ship(through)
    proxy.answer_with(500, {})
    pauses = []
    for _ in range(40):
        pauses.append(shipper.tick(time.monotonic()))
        shipper.wake()
    assert max(pauses) <= 60
    assert max(pauses[:3]) <= 8
    assert max(pauses[8:]) > 30


def test_connections_that_break_in_mid_body_lose_and_double_nothing(
    store: Store,
    influxd: Influxd,
    through: Influx,
    proxy: Proxy,
    bucket: str,
    ship: Callable[[Influx], Shipper],
) -> None:
    put(store, an_ended_run(), intervals=200, ops=30)
    shipper = ship(through)
    for cut in (100, 5_000, 20_000):
        proxy.cut_after(cut)
        shipper.wake()
        assert shipper.tick(time.monotonic()) >= 0
        assert shipper.trouble is not None
    proxy.heal()
    drain(shipper)
    assert influxd.count(bucket, "k6_op") == 200 * 30
    assert influxd.total(bucket, "k6_op", "total_reqs") == 200 * 30 * REQUESTS_A_STEP


def test_one_that_hangs_is_given_up_and_gets_everything_later(
    store: Store, influxd: Influxd, proxy: Proxy, bucket: str, ship: Callable[[Influx], Shipper]
) -> None:
    put(store, an_ended_run(), intervals=10)
    influx = Influx(Target(proxy.url, ORG, bucket, TOKEN), read_s=0.3)
    shipper = ship(influx)
    proxy.hang()
    began = time.monotonic()
    shipper.tick(began)
    assert time.monotonic() - began < 3
    assert shipper.trouble is not None
    assert shipper.trouble.words == "no answer in time"
    proxy.heal()
    drain(shipper)
    assert influxd.count(bucket, "k6_snapshot") == 10
    influx.close()


def test_bad_lines_are_parked_and_the_others_arrive(
    store: Store, influxd: Influxd, influx: Influx, bucket: str, ship: Callable[[Influx], Shipper]
) -> None:
    run, too_long = an_ended_run(), "x" * 70_000
    bad = {seq: {OpKey(f"{seq}{too_long}", "g", ""): a_tally()} for seq in (3, 500, 900)}
    store.outbox.add_new("")
    store.runs.insert(run)
    store.append(run.run_id, [an_interval(seq, bad.get(seq)) for seq in range(1, 1_001)])
    shipper = ship(influx)
    drain(shipper)
    assert store.outbox.backlog().rejected == 3
    assert shipper.attempts < 100
    assert influxd.count(bucket, "k6_snapshot") == 1_000
    assert influxd.count(bucket, "k6_op") == 997
    assert shipper.retry_parked() == (0, 3)


def test_a_server_that_is_killed_while_a_backlog_drains_gets_the_rest_later(
    influxd_bin: Path, store: Store, tmp_path: Path, ship: Callable[[Influx], Shipper]
) -> None:
    put(store, an_ended_run(), intervals=1_200, ops=20)
    server = Influxd(influxd_bin, tmp_path / "own")
    server.start()
    influx = Influx(Target(server.url, ORG, "made-by-us", TOKEN))
    try:
        shipper = ship(influx)
        shipper.tick(time.monotonic())
        server.kill()
        shipper.tick(time.monotonic())
        assert shipper.trouble is not None
        server.start()
        drain(shipper)
        assert server.count("made-by-us", "k6_op") == 1_200 * 20
        assert server.count("made-by-us", "k6_snapshot") == 1_200
    finally:
        influx.close()
        server.kill()


def test_a_dashboard_that_dies_before_it_notes_what_it_sent_doubles_nothing(
    store: Store, influxd: Influxd, influx: Influx, bucket: str, ship: Callable[[Influx], Shipper]
) -> None:
    put(store, an_ended_run(), intervals=300, ops=20)
    packer = Packer(store, store.outbox, "here", lambda: 1_700_000_000_000)
    for parcel in packer.batch(store.outbox.pending()):
        influx.write(parcel.lines)
    drain(ship(influx))
    assert influxd.count(bucket, "k6_op") == 300 * 20
    assert influxd.total(bucket, "k6_op", "total_reqs") == 300 * 20 * REQUESTS_A_STEP


def test_a_batch_is_bounded(store: Store) -> None:
    put(store, an_ended_run(), intervals=2_000, ops=40)
    packer = Packer(store, store.outbox, "here", lambda: 0)
    lines = sum(len(parcel.lines) for parcel in packer.batch(store.outbox.pending()))
    assert lines <= MOST_LINES + 50

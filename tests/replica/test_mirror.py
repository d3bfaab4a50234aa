"""A run that another dashboard copies has the same figures as the original run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.model.slo import SloResult
from dashboard.model.snapshot import OVERALL, OpKey
from dashboard.model.tally import Tally
from dashboard.replica.batches import BatchBuilder
from dashboard.replica.client import InfluxClient
from dashboard.replica.mirror import POLL_INTERVAL_S, Mirror
from dashboard.replica.shipper import Shipper
from dashboard.store.store import Store
from dashboard.store.values import Cohort, RunFilter
from tests.e2e.harness import wait_for
from tests.factories import a_run, a_tally, an_ended_run, an_event, an_interval

pytestmark = pytest.mark.influx
HOSTILE = 'a "b", c=d\\\n%0A 🚀'


class Dashboard:
    """A store with a shipper and a mirror that the test drives."""

    def __init__(self, store: Store, influx: InfluxClient, origin: str) -> None:
        self.store = store
        self.sent_ms = 1_000
        builder = BatchBuilder(store, store.outbox, origin, self._clock_ms)
        self.shipper = Shipper(influx, store.outbox, builder, lambda: False, lambda: datetime.now(UTC))
        self.copied: list[str] = []
        on_copied = lambda run: self.copied.append(run.run_id)  # noqa: E731
        self.mirror = Mirror(influx, store, store.mirrored, origin, lambda: False, on_copied)
        store.outbox.add_new("")

    def _clock_ms(self) -> int:
        self.sent_ms += 1
        return self.sent_ms

    def send(self) -> None:
        while self.shipper.tick(time.monotonic()) != 1.0 or self.shipper.error:
            assert self.shipper.error is None, self.shipper.error

    def read(self, *, full: bool = False) -> None:
        now = time.monotonic() + (10_000 if full else 0)
        while self.mirror.tick(now) != POLL_INTERVAL_S:
            assert self.mirror.last_error is None, self.mirror.last_error

    def ids(self) -> set[str]:
        import json

        records = self.store.lists.records(RunFilter(), limit=1_000, before=None)
        return {json.loads(text)["run_id"] for text in records}


DashboardFactory = Callable[[str], Dashboard]


@pytest.fixture
def make_dashboard(tmp_path: Path, influx: InfluxClient) -> Iterator[DashboardFactory]:
    opened: list[Store] = []

    def build(origin: str) -> Dashboard:
        opened.append(Store(tmp_path / origin / "dashboard.db"))
        return Dashboard(opened[-1], influx, origin)

    yield build
    for store in opened:
        store.close()


def fill(dashboard: Dashboard, run_id: str, intervals: int = 80) -> None:
    """Store a run of more than two minutes, with keyframes as a session writes them."""
    run, store = an_ended_run(run_id, label=HOSTILE), dashboard.store
    cumulative = {key: Tally() for key in (OVERALL, OpKey(HOSTILE, "g", ""), OpKey("other", "", "setup"))}
    listed = []
    for seq in range(1, intervals + 1):
        ops = {
            OpKey(HOSTILE, "g", ""): a_tally((0.01 * seq, 0.5), failed=(0.2,)),
            OpKey("other", "", "setup"): a_tally(),
        }
        interval = an_interval(seq, ops, rps=None if seq == 3 else 1.5 / 7)
        for key, tally in interval.tallies.items():
            cumulative[key].add(tally)
        if seq % 30 == 0 or seq == intervals:
            copies = {key: Tally.from_bytes(tally.to_bytes()) for key, tally in cumulative.items()}
            interval = replace(interval, keyframe=copies)
        listed.append(interval)
    store.runs.insert(a_run(run_id, label=HOSTILE))
    store.events.add(run_id, an_event(HOSTILE))
    results = [SloResult(key="p95_ms", value=82.4, limit=500.0, passed=True)]
    store.append(run_id, listed, run=run, slo_results=results)


def test_copied_run_equals_the_original_in_every_figure(make_dashboard: DashboardFactory) -> None:
    ours, theirs = make_dashboard("ours"), make_dashboard("theirs")
    run_id = an_ended_run().run_id
    fill(theirs, run_id)
    theirs.send()
    ours.read()
    original, copy = theirs.store.runs.get(run_id), ours.store.runs.get(run_id)
    assert original is not None
    assert copy is not None
    assert (copy.origin, original.origin) == ("theirs", None)
    assert replace(copy, origin=None) == original
    assert ours.copied == [run_id]
    assert ours.store.snapshots.of_run(run_id) == theirs.store.snapshots.of_run(run_id)
    assert ours.store.ranges.cumulative(run_id) == theirs.store.ranges.cumulative(run_id)
    for from_s, to_s in ((0, 20), (17, 63), (50, 130), (0, 1_000)):
        assert ours.store.ranges.window(run_id, from_s, to_s) == theirs.store.ranges.window(
            run_id, from_s, to_s
        )
    assert ours.store.op_series.windows(run_id, HOSTILE) == theirs.store.op_series.windows(run_id, HOSTILE)
    cohort = Cohort(profile=original.config.profile)
    wait_for(lambda: ours.store.trends.series(HOSTILE, cohort, 10), "the operations are in the trends")
    assert ours.store.trends.series(HOSTILE, cohort, 10) == theirs.store.trends.series(HOSTILE, cohort, 10)
    assert list(ours.store.trends.figure_by_time("p95_ms", RunFilter())) == list(
        theirs.store.trends.figure_by_time("p95_ms", RunFilter())
    )
    assert ours.store.events.of_run(run_id) == theirs.store.events.of_run(run_id)
    assert ours.store.slo_results.of_run(run_id) == theirs.store.slo_results.of_run(run_id)


def test_dashboards_copy_each_others_runs_but_do_not_send_the_copies(
    make_dashboard: DashboardFactory,
) -> None:
    ours, theirs = make_dashboard("ours"), make_dashboard("theirs")
    our_run, their_run = "20261121-101500-aaaaaaaa", "20261121-101500-bbbbbbbb"
    fill(ours, our_run, intervals=3)
    fill(theirs, their_run, intervals=3)
    for dashboard in (ours, theirs, ours, theirs):
        dashboard.send()
        dashboard.read(full=True)
    assert ours.ids() == theirs.ids() == {our_run, their_run}
    assert ours.store.outbox.own_runs() == [our_run]
    assert ours.store.runs.newest(ended=True) == our_run
    assert theirs.store.runs.newest(ended=True) == their_run


def test_changed_record_is_copied_again(make_dashboard: DashboardFactory) -> None:
    ours, theirs = make_dashboard("ours"), make_dashboard("theirs")
    run_id = an_ended_run().run_id
    fill(theirs, run_id, intervals=2)
    theirs.send()
    ours.read()
    theirs.store.runs.update(an_ended_run(exit_reason="looked at again"))
    theirs.send()
    ours.read()
    copy = ours.store.runs.get(run_id)
    assert copy is not None
    assert (copy.exit_reason, copy.origin) == ("looked at again", "theirs")


def test_deleted_remote_run_disappears_and_own_runs_stay(make_dashboard: DashboardFactory) -> None:
    ours, theirs = make_dashboard("ours"), make_dashboard("theirs")
    our_run, their_run = "20261121-101500-aaaaaaaa", "20261121-101500-bbbbbbbb"
    fill(ours, our_run, intervals=2)
    fill(theirs, their_run, intervals=2)
    theirs.send()
    ours.read()
    assert ours.ids() == {our_run, their_run}
    theirs.store.runs.delete(their_run, everywhere=True)
    theirs.send()
    ours.read(full=True)
    assert ours.ids() == {our_run}


def test_locally_deleted_run_is_not_copied_again(make_dashboard: DashboardFactory) -> None:
    ours, theirs = make_dashboard("ours"), make_dashboard("theirs")
    fill(theirs, an_ended_run().run_id, intervals=2)
    theirs.send()
    ours.read()
    ours.store.runs.delete(an_ended_run().run_id)
    ours.read(full=True)
    assert ours.ids() == set()


def test_points_of_other_programs_are_ignored(make_dashboard: DashboardFactory, influx: InfluxClient) -> None:
    ours, theirs = make_dashboard("ours"), make_dashboard("theirs")
    fill(theirs, an_ended_run().run_id, intervals=2)
    theirs.send()
    influx.write(
        ['k6_run_final,run_id=x,origin=other body="{}",sent_ms=5.0 1', "k6_run_final,run_id=y sent_ms=6.0 1"]
    )
    ours.read()
    ours.read(full=True)
    assert ours.ids() == {an_ended_run().run_id}

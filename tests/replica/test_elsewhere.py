"""Runs that others are in the middle of: known while they go on, honest when nothing is heard of them."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.model.run import Run, iso
from dashboard.replica.elsewhere import AFTER_ERROR_S, LOOK_EVERY_S, Elsewhere, LiveElsewhere
from dashboard.replica.influx import Influx, Target
from dashboard.replica.parcels import Packer
from dashboard.replica.shipper import Shipper
from dashboard.store.store import Store
from tests.factories import A_MOMENT, a_run, an_interval, an_ended_run
from tests.support.influxd import ORG, TOKEN

pytestmark = pytest.mark.influx
SOON = A_MOMENT + timedelta(seconds=20)
HOSTILE = '") |> drop( a,b=c d\\n1 🚀\n'


def sent(store: Store, influx: Influx, run: Run, seqs: range, origin: str = "theirs") -> None:
    """Their dashboard has so many more snapshots, and has sent what it may."""
    store.outbox.add_new("")
    if store.runs.get(run.run_id) is None:
        store.runs.insert(run)
    store.append(run.run_id, [an_interval(seq, rps=seq * 1.5, p95_ms=82.4) for seq in seqs], run=run)
    packer = Packer(store, store.outbox, origin, lambda: 1)
    shipper = Shipper(influx, store.outbox, packer, lambda: False, lambda: datetime.now(UTC))
    while shipper.tick(time.monotonic()) != 1.0:
        assert shipper.trouble is None, shipper.trouble


def live_elsewhere(influx: Influx, origin: str, now: datetime) -> list[LiveElsewhere]:
    """What a dashboard that has just been started sees."""
    elsewhere = Elsewhere(influx, origin, lambda: now, lambda _: None)
    assert elsewhere.tick(0.0) == LOOK_EVERY_S
    return list(elsewhere.runs)


def test_a_live_run_of_another_is_there_with_its_newest_figures(store: Store, influx: Influx) -> None:
    run = a_run(label=HOSTILE, profile=HOSTILE)
    sent(store, influx, run, range(1, 8))
    (found,) = live_elsewhere(influx, "ours", SOON)
    newest = store.snapshots.of_run(run.run_id)[5]  # the seventh may still change
    assert (found.run_id, found.origin, found.label, found.profile) == (
        run.run_id,
        "theirs",
        HOSTILE,
        HOSTILE,
    )
    assert (found.elapsed_s, found.rps, found.p95_ms) == (newest.elapsed_s, newest.rps, newest.p95_ms)
    assert (found.vus, found.total_reqs, found.planned_s) == (newest.vus, newest.total_reqs, 30.0)
    assert found.last_news_at == iso(A_MOMENT + timedelta(seconds=newest.elapsed_s))
    assert not found.silent


def test_own_runs_and_those_that_ended_are_not_elsewhere(store: Store, influx: Influx) -> None:
    sent(store, influx, a_run(), range(1, 5))
    assert live_elsewhere(influx, "theirs", SOON) == []
    assert len(live_elsewhere(influx, "ours", SOON)) == 1
    sent(store, influx, an_ended_run(), range(5, 6))
    assert live_elsewhere(influx, "ours", SOON) == []


def test_one_that_ends_goes_and_the_others_stay(store: Store, influx: Influx) -> None:
    other = "20261121-101500-bbbbbbbb"
    elsewhere = Elsewhere(influx, "ours", lambda: SOON, lambda _: None)
    sent(store, influx, a_run(), range(1, 5))
    sent(store, influx, a_run(other), range(1, 5))
    elsewhere.tick(0.0)
    assert {run.run_id for run in elsewhere.runs} == {other, a_run().run_id}
    sent(store, influx, an_ended_run(), range(5, 6))
    for _ in range(2):
        elsewhere.tick(0.0)
        assert [run.run_id for run in elsewhere.runs] == [other]


def test_one_that_has_just_begun_has_no_figures_yet(store: Store, influx: Influx) -> None:
    sent(store, influx, a_run(), range(1, 1))
    (found,) = live_elsewhere(influx, "ours", SOON)
    assert (found.elapsed_s, found.total_reqs, found.p95_ms) == (None, None, None)
    assert found.last_news_at == iso(A_MOMENT)


def test_without_news_it_is_silent_and_after_a_day_forgotten(store: Store, influx: Influx) -> None:
    sent(store, influx, a_run(), range(1, 5))
    news = A_MOMENT + timedelta(seconds=6)
    for after_s, silent in ((59, False), (61, True), (23 * 3600, True)):
        (found,) = live_elsewhere(influx, "ours", news + timedelta(seconds=after_s))
        assert (found.silent, found.last_news_at) == (silent, iso(news))
    assert live_elsewhere(influx, "ours", news + timedelta(hours=25)) == []


def test_what_changes_is_told_once_and_falls_silent_while_influxdb_is_away(
    store: Store, influx: Influx, bucket: str
) -> None:
    told: list[list[dict[str, Any]]] = []
    now = [SOON]
    elsewhere = Elsewhere(influx, "ours", lambda: now[0], told.append)
    assert elsewhere.tick(0.0) == LOOK_EVERY_S
    assert told == []
    sent(store, influx, a_run(), range(1, 5))
    elsewhere.tick(0.0)
    elsewhere.tick(0.0)
    assert [len(runs) for runs in told] == [1]
    now[0] += timedelta(minutes=5)
    elsewhere._influx = Influx(replace(Target("http://127.0.0.1:9", ORG, bucket, TOKEN)))
    assert elsewhere.tick(0.0) == AFTER_ERROR_S
    assert [run["silent"] for run in told[-1]] == [True]


def test_points_that_are_not_ours_are_passed_over(influx: Influx) -> None:
    influx.write(['k6_run_start,run_id=x,origin=other body="{}" 1795256100000'])
    assert live_elsewhere(influx, "ours", SOON) == []

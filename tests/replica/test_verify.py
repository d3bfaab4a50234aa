"""Repair makes InfluxDB hold what the record holds, no more and no less."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from dashboard.model.run import RetentionLevel
from dashboard.replica.influx import Influx
from dashboard.replica.parcels import Packer
from dashboard.replica.shipper import Shipper
from dashboard.replica.verify import Compared, compared
from dashboard.retention.downsampler import Downsampler
from dashboard.store.store import Store
from tests.factories import LIST_PRODUCTS, an_interval, a_tally, an_ended_run

pytestmark = pytest.mark.influx
RUN = an_ended_run()


def send(store: Store, influx: Influx) -> Compared:
    """Both sides after all that is due was sent."""
    packer = Packer(store, store.outbox, "here", lambda: 1)
    shipper = Shipper(influx, store.outbox, packer, lambda: False, lambda: datetime.now(UTC))
    while shipper.tick(time.monotonic()) != 1.0:
        assert shipper.trouble is None, shipper.trouble
    run = store.runs.get(RUN.run_id)
    assert run is not None
    return compared(run, store, store.outbox, influx)


def make_coarser(store: Store, level: RetentionLevel = RetentionLevel.MINUTE) -> int:
    """How many snapshots are left."""
    list(Downsampler(store, RUN.run_id, level, RUN.config.apdex_t_ms).slices())
    return len(store.snapshots.of_run(RUN.run_id))


@pytest.fixture
def filled(store: Store) -> Store:
    store.outbox.add_new("")
    store.runs.insert(RUN)
    store.append(RUN.run_id, [an_interval(seq, {LIST_PRODUCTS: a_tally()}) for seq in range(1, 91)])
    store.outbox.add_new("")
    return store


def test_a_run_is_not_made_coarser_before_all_of_it_was_sent(filled: Store, influx: Influx) -> None:
    assert make_coarser(filled) == 90
    assert send(filled, influx).equal
    assert make_coarser(filled) == 3


def test_what_is_finer_there_is_equal_and_repaired_without_doubles(
    filled: Store, influx: Influx
) -> None:
    send(filled, influx)
    make_coarser(filled)
    finer = send(filled, influx)
    assert finer.equal
    assert finer.there.snapshots == 90
    influx.write([f"k6_snapshot,run_id={RUN.run_id},origin=here requests=7.0 1795256100000"])
    spoilt = compared(RUN, filled, filled.outbox, influx)
    assert (spoilt.equal, spoilt.afresh) == (False, True)
    filled.outbox.resend(RUN.run_id, delete_first=spoilt.afresh)
    repaired = send(filled, influx)
    assert repaired.equal
    assert repaired.there == repaired.here


def test_what_is_missing_there_is_sent_without_a_deletion(filled: Store, influx: Influx) -> None:
    missing = compared(RUN, filled, filled.outbox, influx)
    assert (missing.equal, missing.afresh) == (False, False)
    filled.outbox.resend(RUN.run_id, delete_first=missing.afresh)
    assert filled.outbox.deletions() == []
    assert send(filled, influx).equal

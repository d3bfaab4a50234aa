"""Repair makes the replica equal to the record."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from dashboard.model.run import RetentionLevel
from dashboard.replica.batches import BatchBuilder
from dashboard.replica.client import InfluxClient
from dashboard.replica.shipper import Shipper
from dashboard.replica.verify import VerifyResult, verify_run
from dashboard.retention.downsampler import Downsampler
from dashboard.store.store import Store
from tests.factories import LIST_PRODUCTS, a_tally, an_ended_run, an_interval

pytestmark = pytest.mark.influx
RUN = an_ended_run()


def send(store: Store, influx: InfluxClient) -> VerifyResult:
    """Send everything that is pending, then compare."""
    builder = BatchBuilder(store, store.outbox, "here", lambda: 1)
    shipper = Shipper(influx, store.outbox, builder, lambda: False, lambda: datetime.now(UTC))
    while shipper.tick(time.monotonic()) != 1.0:
        assert shipper.error is None, shipper.error
    run = store.runs.get(RUN.run_id)
    assert run is not None
    return verify_run(run, store, influx)


def downsample(store: Store, level: RetentionLevel = RetentionLevel.MINUTE) -> int:
    """Downsample the run and return the number of its snapshots."""
    list(Downsampler(store, RUN.run_id, level, RUN.config.apdex_t_ms).slices())
    return len(store.snapshots.of_run(RUN.run_id))


@pytest.fixture
def filled(store: Store) -> Store:
    store.outbox.add_new("")
    store.runs.insert(RUN)
    store.append(RUN.run_id, [an_interval(seq, {LIST_PRODUCTS: a_tally()}) for seq in range(1, 91)])
    store.outbox.add_new("")
    return store


def test_run_is_not_downsampled_before_it_is_fully_sent(filled: Store, influx: InfluxClient) -> None:
    assert downsample(filled) == 90
    assert send(filled, influx).equal
    assert downsample(filled) == 3


def test_finer_replica_is_equal_and_repaired_without_duplicates(filled: Store, influx: InfluxClient) -> None:
    send(filled, influx)
    downsample(filled)
    finer = send(filled, influx)
    assert finer.equal
    assert finer.replica.snapshots == 90
    influx.write([f"k6_snapshot,run_id={RUN.run_id},origin=here requests=7.0 1795256100000"])
    damaged = verify_run(RUN, filled, influx)
    assert (damaged.equal, damaged.must_delete) == (False, True)
    filled.outbox.resend(RUN.run_id, delete_first=damaged.must_delete)
    repaired = send(filled, influx)
    assert repaired.equal
    assert repaired.replica == repaired.record


def test_missing_points_are_sent_without_a_deletion(filled: Store, influx: InfluxClient) -> None:
    missing = verify_run(RUN, filled, influx)
    assert (missing.equal, missing.must_delete) == (False, False)
    filled.outbox.resend(RUN.run_id, delete_first=missing.must_delete)
    assert filled.outbox.deletions() == []
    assert send(filled, influx).equal

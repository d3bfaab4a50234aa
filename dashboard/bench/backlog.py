"""A day of a long run that waits for InfluxDB: how fast it drains, what that costs, against bare writes."""

import os
import resource
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median

from dashboard.bench.bench import Bench
from dashboard.bench.influxd import BUCKET, ORG, TOKEN, Influxd
from dashboard.bench.samples import SyntheticSteps, a_run, a_tally
from dashboard.bench.server import BenchError
from dashboard.bench.table import Row
from dashboard.model.run import Run
from dashboard.replica.influx import Influx, Target
from dashboard.replica.parcels import Packer
from dashboard.replica.shipper import Shipper
from dashboard.services import DATABASE
from dashboard.store.base import StoredStep
from dashboard.store.sqlite import SqliteStore

OPERATIONS, PUSH_S, STEPS_AT_ONCE = 30, 2.0, 200
BARE_WRITES = 20


def backlog(bench: Bench) -> list[Row]:
    """Rate, CPU and memory of draining it."""
    influxd = Influxd(_binary(), bench.folder / "influxd")
    store = SqliteStore(bench.folder / DATABASE)
    try:
        influxd.start()
        run, snapshots = _fill(store, bench.scale.backlog_s)
        influx = Influx(Target(influxd.url, ORG, BUCKET, TOKEN))
        packer = Packer(store, store.outbox, "bench", lambda: 0)
        bare = _bare_rate(influx, packer, store)
        return _drained(influx, packer, store, run, snapshots, bare)
    finally:
        store.close()
        influxd.kill()


def _drained(
    influx: Influx, packer: Packer, store: SqliteStore, run: Run, snapshots: int, bare: float
) -> list[Row]:
    store.outbox.send_again(run.run_id)
    shipper = Shipper(influx, store.outbox, packer, lambda: False, lambda: datetime.now(UTC))
    before_bytes, cpu_s, began = _peak_bytes(), time.process_time(), time.monotonic()
    while store.outbox.waiting().runs:
        shipper.tick(time.monotonic())
        if shipper.trouble:
            raise BenchError(f"InfluxDB: {shipper.trouble.words}")
    took_s, cpu_s = time.monotonic() - began, time.process_time() - cpu_s
    points = snapshots * (OPERATIONS + 1)
    what = f"{snapshots:,} snapshots, {OPERATIONS} operations"
    return [
        Row(name="bare writes of the same lines", value=bare, unit="points/s"),
        Row(
            name="a backlog drains",
            value=points / took_s,
            unit="points/s",
            detail=f"{what} in {took_s:.0f} s",
        ),
        Row(
            name="its CPU for a point",
            value=cpu_s / points * 1e6,
            unit="µs",
            detail="half of the time at most while a run is live",
        ),
        Row(name="its memory at the peak", value=(_peak_bytes() - before_bytes) / 1e6, unit="MB", most=100),
    ]


def _fill(store: SqliteStore, seconds: float) -> tuple[Run, int]:
    run = a_run(0, a_tally(200, Random(1)), seconds=seconds)
    steps, count = SyntheticSteps(OPERATIONS), int(seconds / PUSH_S)
    draft = store.open_draft()
    for start in range(0, count, STEPS_AT_ONCE):
        made = [steps.next() for _ in range(min(STEPS_AT_ONCE, count - start))]
        stored = [
            StoredStep(
                snapshot=step.snapshot,
                intervals={key: tally.to_bytes() for key, tally in step.intervals.items()},
                keyframe={key: tally.to_bytes() for key, tally in (step.keyframe or {}).items()},
            )
            for step in made
        ]
        store.add_to_draft(draft, stored)
    store.publish_draft(draft, run, [])
    store.outbox.enlist_all()
    return run, count


def _bare_rate(influx: Influx, packer: Packer, store: SqliteStore) -> float:
    """Points a second when a batch is made already."""
    (parcel,) = packer.batch(store.outbox.due())
    took = []
    for _ in range(BARE_WRITES):
        began = time.monotonic()
        influx.write(parcel.lines)
        took.append(time.monotonic() - began)
    return len(parcel.lines) / median(took)


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _binary() -> Path:
    found = os.environ.get("INFLUXD_BIN", "")
    if not found:
        raise BenchError("there is no InfluxDB: bin/test builds it, or set INFLUXD_BIN")
    return Path(found)

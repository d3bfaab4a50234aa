"""Drains a day of a long run into InfluxDB, partly while a real run is live, and measures rate and cost."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from bench.context import BenchContext
from bench.drain import POLL_INTERVAL_S, BacklogStatus, DrainWatcher
from bench.generator import k6_path
from bench.paired_runs import request_counter
from bench.samples import SyntheticIntervals, a_run, a_tally
from bench.server import BenchError, BenchServer, running_server
from bench.table import Row
from dashboard.demo.launcher import start_demo
from dashboard.model.run import Run
from dashboard.replica.batches import BatchBuilder
from dashboard.replica.client import InfluxClient, InfluxTarget
from dashboard.run_folder.files import RunFolder
from dashboard.services import DATABASE
from dashboard.settings import ROOT
from dashboard.store.store import Store
from dashboard.store.values import StoredInterval
from tests.support.influxd import BUCKET, ORG, TOKEN, Influxd
from tests.support.stream_lag import listening

OPERATIONS, PUSH_INTERVAL_S, INTERVALS_AT_ONCE = 30, 2.0, 200
BARE_WRITES = 20
FIRST_SHARE = 0.3
MAX_LAG_MS, MAX_OVERRUN_S, MAX_MEMORY_GROWTH_MIB = 200.0, 1.0, 100.0
USERS = 5


@dataclass(frozen=True, slots=True)
class ConcurrentRun:
    """The result of a run during the drain."""

    received: int
    recorded: int
    overrun_s: float
    lags_ms: Sequence[float]


def measure_backlog(bench: BenchContext) -> list[Row]:
    """Measure rate, CPU and memory of the drain, and the lag of a run that is live meanwhile."""
    k6, data_dir = k6_path(), bench.folder / "data"
    influxd = Influxd(influxd_path(), bench.folder / "influxd")
    store = Store(data_dir / DATABASE)
    try:
        try:
            influxd.start()
            run, snapshots = _fill(store, bench.scale.backlog_s)
            bench.log(f"{snapshots:,} snapshots stored")
            bare = _measure_bare_rate(influxd, store)
        finally:
            store.close()
        with running_server(
            data_dir,
            k6_bin=k6,
            endpoints_file=ROOT / "k6" / "config" / "endpoints.example.json",
            influxdb_url=influxd.url,
            influxdb_org=ORG,
            influxdb_bucket=BUCKET,
            influxdb_token=TOKEN,
            roll_up_10s_days=0,
            roll_up_60s_days=0,
            retention_detail_days=0,
        ) as server:
            return [bare, *_measure_drain(bench, server, data_dir, run, snapshots)]
    finally:
        influxd.kill()


def _measure_drain(
    bench: BenchContext, server: BenchServer, data_dir: Path, run: Run, snapshots: int
) -> list[Row]:
    before_mib, drain = server.rss_mib(), DrainWatcher(server)
    server.post("/influx/backfill", {})
    first = drain.read()
    second = drain.wait_until(round(snapshots * (1 - FIRST_SHARE)))
    with _target(bench) as target:
        concurrent = _run_during_drain(server, data_dir, target, bench.scale.backlog_run_s)
    third = drain.read()
    last = drain.wait_until(0)
    bench.log(f"drained in {last.at_s - first.at_s:.0f} s")
    (verified,) = server.post("/influx/verify", {"run_ids": [run.run_id]})
    if not verified["equal"]:
        raise BenchError(f"InfluxDB differs from the record: {verified}")
    peak_mib = max(status.rss_mib for status in drain.statuses)
    return [
        _rate_row("a backlog drains", first, second, f"{snapshots:,} snapshots, {OPERATIONS} operations"),
        _cpu_row(first, second),
        _rate_row(
            "the same while a run is live", second, third, "the drain yields half of the time to the run"
        ),
        _rate_row(
            "the rest of the backlog",
            third,
            last,
            f"{last.at_s - first.at_s:.0f} s in total; counts and totals match",
        ),
        Row(
            name="memory during the drain",
            value=peak_mib - before_mib,
            unit="MiB",
            at_most=MAX_MEMORY_GROWTH_MIB,
            detail=f"server before: {before_mib:.0f}, peak: {peak_mib:.0f}",
        ),
        *_run_rows(concurrent, bench.scale.backlog_run_s),
    ]


def _points(snapshots: int) -> int:
    return snapshots * (OPERATIONS + 1)


def _rate_row(name: str, begin: BacklogStatus, end: BacklogStatus, detail: str) -> Row:
    points = _points(begin.waiting - end.waiting)
    took_s = end.at_s - begin.at_s
    what = f"{points:,} points in {took_s:.0f} s; {detail}"
    return Row(name=name, value=points / max(took_s, POLL_INTERVAL_S), unit="points/s", detail=what)


def _cpu_row(begin: BacklogStatus, end: BacklogStatus) -> Row:
    """Return a row with the whole CPU time of the server per point."""
    points = max(1, _points(begin.waiting - end.waiting))
    value = (end.cpu_s - begin.cpu_s) / points * 1e6
    return Row(name="CPU of the server per point", value=value, unit="µs", detail="no run is live")


def _run_rows(run: ConcurrentRun, seconds: int) -> list[Row]:
    what = f"a run of {seconds} s with {USERS} users during the drain"
    lags = sorted(run.lags_ms)
    return [
        Row(
            name=f"{what}: requests not recorded",
            value=abs(run.received - run.recorded),
            at_most=0,
            detail=f"received by the target: {run.received:,}, recorded: {run.recorded:,}",
        ),
        Row(
            name="the same: from push to page, p99",
            value=lags[min(len(lags) - 1, int(len(lags) * 0.99))],
            unit="ms",
            at_most=MAX_LAG_MS,
            detail=f"median {median(lags):.0f}, of {len(lags)} pushes",
        ),
        Row(name="the same: longer than planned", value=run.overrun_s, unit="s", at_most=MAX_OVERRUN_S),
    ]


def _run_during_drain(server: BenchServer, data_dir: Path, target: str, seconds: int) -> ConcurrentRun:
    body = {"profile": "smoke", "base_url": target, "vus": USERS, "duration": f"{seconds}s"}
    with request_counter(target) as received:
        run_id = str(server.post("/run/start", body)["run_id"])
        with listening(server.url, run_id) as stream:
            record = _wait_for_end(server, run_id, seconds)
        lags = stream.lags_ms(RunFolder(data_dir / "runs" / run_id))
        if record["status"] != "finished" or not lags:
            raise BenchError(f"the run is {record['status']}: {record['exit_reason']}")
        return ConcurrentRun(received(), record["total_reqs"], record["duration_s"] - seconds, lags)


def _wait_for_end(server: BenchServer, run_id: str, seconds: int) -> Any:
    deadline = time.monotonic() + seconds + 60
    while time.monotonic() < deadline:
        record = server.json(f"/runs/{run_id}")["run"]
        if record["ended_at"]:
            return record
        time.sleep(POLL_INTERVAL_S)
    raise BenchError("the run did not stop")


@contextmanager
def _target(bench: BenchContext) -> Iterator[str]:
    """Run a demo service, which counts its requests, and yield its address."""
    process = start_demo(None, bench.folder / "demo.log")
    try:
        yield process.url
    finally:
        process.stop()


def _fill(store: Store, seconds: float) -> tuple[Run, int]:
    run = a_run(0, a_tally(200, Random(1)), seconds=seconds)
    intervals, count = SyntheticIntervals(OPERATIONS), int(seconds / PUSH_INTERVAL_S)
    draft = store.drafts.open()
    for start in range(0, count, INTERVALS_AT_ONCE):
        made = [intervals.next() for _ in range(min(INTERVALS_AT_ONCE, count - start))]
        stored = [
            StoredInterval(
                snapshot=interval.snapshot,
                tallies={key: tally.to_bytes() for key, tally in interval.tallies.items()},
                keyframe={key: tally.to_bytes() for key, tally in (interval.keyframe or {}).items()},
            )
            for interval in made
        ]
        store.drafts.add(draft, stored)
    store.drafts.publish(draft, run, [])
    return run, count


def _measure_bare_rate(influxd: Influxd, store: Store) -> Row:
    """Measure points per second for a prepared batch, without recording anything as sent."""
    store.outbox.add_all()
    (batch,) = BatchBuilder(store, store.outbox, "bench", lambda: 0).build(store.outbox.pending())
    store.outbox.clear()
    influxd.create_bucket("bare")
    influx = InfluxClient(InfluxTarget(influxd.url, ORG, "bare", TOKEN))
    times = []
    for _ in range(BARE_WRITES):
        began = time.monotonic()
        influx.write(batch.lines)
        times.append(time.monotonic() - began)
    influx.close()
    value = len(batch.lines) / median(times)
    return Row(name="bare writes of the same lines", value=value, unit="points/s")


def influxd_path() -> Path:
    """Return the path of the InfluxDB to start. Raises BenchError."""
    path = os.environ.get("INFLUXD_BIN", "")
    if not path:
        raise BenchError("InfluxDB is missing: run bin/test, which builds it, or set INFLUXD_BIN")
    return Path(path)

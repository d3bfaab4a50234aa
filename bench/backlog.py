"""A day of a long run that waits for InfluxDB: how fast it drains and what that costs, with a real run beside it."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from bench.arms import counted
from bench.bench import Bench
from bench.generator import k6_program
from bench.lag import hearing
from bench.samples import SyntheticIntervals, a_run, a_tally
from bench.server import BenchError, Served, serving
from bench.table import Row
from dashboard.demo.launcher import start_demo
from dashboard.model.run import Run
from dashboard.replica.client import InfluxClient, InfluxTarget
from dashboard.replica.batches import BatchBuilder
from dashboard.run_folder.files import RunFolder
from dashboard.services import DATABASE
from dashboard.settings import ROOT
from dashboard.store.values import StoredInterval
from dashboard.store.store import Store
from tests.support.influxd import BUCKET, ORG, TOKEN, Influxd

OPERATIONS, PUSH_S, INTERVALS_AT_ONCE = 30, 2.0, 200
BARE_WRITES = 20
LOOK_S, PATIENCE_S = 0.5, 3600.0
FIRST_SHARE = 0.3
MOST_LAG_MS, MOST_OFF_S, MOST_MORE_MIB = 200.0, 1.0, 100.0
USERS = 5


@dataclass(frozen=True, slots=True)
class Look:
    """How far it was at a moment, and what the server had used until then."""

    at_s: float
    waiting: int
    cpu_s: float
    rss_mib: float


@dataclass(frozen=True, slots=True)
class Beside:
    """A run while the backlog drained."""

    received: int
    recorded: int
    off_s: float
    lags_ms: Sequence[float]


class Drain:
    """Watches the server until nothing waits."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self.looks: list[Look] = []

    def look(self) -> Look:
        """How far it is. Raises BenchError when InfluxDB is not well."""
        status = self._served.json("/influx/status")
        if status["last_error"]:
            raise BenchError(f"InfluxDB: {status['last_error']}")
        served, waiting = self._served, status["backlog_snapshots"]
        self.looks.append(Look(time.monotonic(), waiting, served.cpu_s(), served.rss_mib()))
        return self.looks[-1]

    def until(self, waiting: int) -> Look:
        """Until no more than so many snapshots wait."""
        deadline = time.monotonic() + PATIENCE_S
        while (found := self.look()).waiting > waiting:
            if time.monotonic() > deadline:
                raise BenchError("the backlog does not drain")
            time.sleep(LOOK_S)
        return found


def backlog(bench: Bench) -> list[Row]:
    """Rate, CPU and memory of draining it; how a run fares meanwhile."""
    k6, data_dir = k6_program(), bench.folder / "data"
    influxd = Influxd(influxd_program(), bench.folder / "influxd")
    store = Store(data_dir / DATABASE)
    try:
        try:
            influxd.start()
            run, snapshots = _fill(store, bench.scale.backlog_s)
            bench.say(f"{snapshots:,} snapshots stored")
            bare = _bare_rate(influxd, store)
        finally:
            store.close()
        with serving(
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
        ) as served:
            return [bare, *_drained(bench, served, data_dir, run, snapshots)]
    finally:
        influxd.kill()


def _drained(bench: Bench, served: Served, data_dir: Path, run: Run, snapshots: int) -> list[Row]:
    before_mib, drain = served.rss_mib(), Drain(served)
    served.post("/influx/backfill", {})
    first = drain.look()
    second = drain.until(round(snapshots * (1 - FIRST_SHARE)))
    with _target(bench) as target:
        beside = _run_beside(served, data_dir, target, bench.scale.backlog_beside_s)
    third = drain.look()
    last = drain.until(0)
    bench.say(f"drained in {last.at_s - first.at_s:.0f} s")
    (verified,) = served.post("/influx/verify", {"run_ids": [run.run_id]})
    if not verified["equal"]:
        raise BenchError(f"InfluxDB holds something else: {verified}")
    peak_mib = max(look.rss_mib for look in drain.looks)
    return [
        _rate("a backlog drains", first, second, f"{snapshots:,} snapshots, {OPERATIONS} operations"),
        _cpu(first, second),
        _rate("the same while a run is live", second, third, "half of the time is left to the run"),
        _rate(
            "the rest of it", third, last, f"{last.at_s - first.at_s:.0f} s in all; counts and totals agree"
        ),
        Row(
            name="memory that it takes",
            value=peak_mib - before_mib,
            unit="MiB",
            most=MOST_MORE_MIB,
            detail=f"the server before {before_mib:.0f}, at the peak {peak_mib:.0f}",
        ),
        *_beside_rows(beside, bench.scale.backlog_beside_s),
    ]


def _points(snapshots: int) -> int:
    return snapshots * (OPERATIONS + 1)


def _rate(name: str, begin: Look, end: Look, detail: str) -> Row:
    points = _points(begin.waiting - end.waiting)
    took_s = end.at_s - begin.at_s
    what = f"{points:,} points in {took_s:.0f} s; {detail}"
    return Row(name=name, value=points / max(took_s, LOOK_S), unit="points/s", detail=what)


def _cpu(begin: Look, end: Look) -> Row:
    """The server's CPU, all that it does besides included."""
    points = max(1, _points(begin.waiting - end.waiting))
    value = (end.cpu_s - begin.cpu_s) / points * 1e6
    return Row(name="CPU of the server for a point", value=value, unit="µs", detail="no run is live")


def _beside_rows(beside: Beside, seconds: int) -> list[Row]:
    what = f"a run of {seconds} s with {USERS} users beside it"
    lags = sorted(beside.lags_ms)
    return [
        Row(
            name=f"{what}: requests not recorded",
            value=abs(beside.received - beside.recorded),
            most=0,
            detail=f"the target received {beside.received:,}, the record says {beside.recorded:,}",
        ),
        Row(
            name="the same: from push to page, p99",
            value=lags[min(len(lags) - 1, int(len(lags) * 0.99))],
            unit="ms",
            most=MOST_LAG_MS,
            detail=f"median {median(lags):.0f}, of {len(lags)} pushes",
        ),
        Row(name="the same: longer than planned", value=beside.off_s, unit="s", most=MOST_OFF_S),
    ]


def _run_beside(served: Served, data_dir: Path, target: str, seconds: int) -> Beside:
    wish = {"profile": "smoke", "base_url": target, "vus": USERS, "duration": f"{seconds}s"}
    with counted(target) as received:
        run_id = str(served.post("/run/start", wish)["run_id"])
        with hearing(served.url, run_id) as heard:
            record = _ended(served, run_id, seconds)
        lags = heard.lags_ms(RunFolder(data_dir / "runs" / run_id))
        if record["status"] != "finished" or not lags:
            raise BenchError(f"the run is {record['status']}: {record['exit_reason']}")
        return Beside(received(), record["total_reqs"], record["duration_s"] - seconds, lags)


def _ended(served: Served, run_id: str, seconds: int) -> Any:
    deadline = time.monotonic() + seconds + 60
    while time.monotonic() < deadline:
        record = served.json(f"/runs/{run_id}")["run"]
        if record["ended_at"]:
            return record
        time.sleep(LOOK_S)
    raise BenchError("the run did not end")


@contextmanager
def _target(bench: Bench) -> Iterator[str]:
    """The demo service, which counts what it receives."""
    process = start_demo(None, bench.folder / "demo.log")
    try:
        yield process.url
    finally:
        process.stop()


def _fill(store: Store, seconds: float) -> tuple[Run, int]:
    run = a_run(0, a_tally(200, Random(1)), seconds=seconds)
    intervals, count = SyntheticIntervals(OPERATIONS), int(seconds / PUSH_S)
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


def _bare_rate(influxd: Influxd, store: Store) -> Row:
    """Points a second when a batch is made already; nothing is noted as sent."""
    store.outbox.add_all()
    (batch,) = BatchBuilder(store, store.outbox, "bench", lambda: 0).build(store.outbox.pending())
    store.outbox.clear()
    influxd.bucket("bare")
    influx = InfluxClient(InfluxTarget(influxd.url, ORG, "bare", TOKEN))
    took = []
    for _ in range(BARE_WRITES):
        began = time.monotonic()
        influx.write(batch.lines)
        took.append(time.monotonic() - began)
    influx.close()
    value = len(batch.lines) / median(took)
    return Row(name="bare writes of the same lines", value=value, unit="points/s")


def influxd_program() -> Path:
    """The InfluxDB to start. Raises BenchError."""
    found = os.environ.get("INFLUXD_BIN", "")
    if not found:
        raise BenchError("there is no InfluxDB: bin/test builds it, or set INFLUXD_BIN")
    return Path(found)

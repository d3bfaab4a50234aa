"""A long history in InfluxDB: its list, calendar and trends asked of it, beside the dashboard's own database."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median

from bench.backlog import influxd_program
from bench.bench import Bench
from bench.samples import PROFILES, SyntheticIntervals
from bench.server import Served, serving
from bench.table import Row
from bench.trends import fill, row
from dashboard.model.run import iso
from dashboard.replica.client import InfluxClient, InfluxTarget
from dashboard.replica.points import final_line, snapshot_lines, start_line
from dashboard.services import DATABASE
from dashboard.store import codec
from dashboard.store.store import Store
from tests.support.influxd import BUCKET, ORG, TOKEN, Influxd

RUNS_AT_ONCE = 500
FLUX_REPEATS = 5  # some take seconds
MOST_MS = 500.0
DAYS_BACK = 90
WATCHED_S, LOOK_S = 20.0, 0.5
OPERATION = "Operation7"
_FINALS = """
from(bucket: bucket) |> range(start: time(v: since), stop: 2200-01-01T00:00:00Z)
  |> filter(fn: (r) => r._measurement == "k6_run_final")
"""
_OPS = """
from(bucket: bucket) |> range(start: time(v: since), stop: 2200-01-01T00:00:00Z)
  |> filter(fn: (r) => r._measurement == "k6_op" and r.op == op and r.profile == profile)
  |> filter(fn: (r) => r._field == "p95_ms") |> group(columns: ["run_id"]) |> max() |> group()
"""
_LIST = (
    _FINALS
    + """
  |> filter(fn: (r) => r._field == "status" or r._field == "created_at" or r._field == "base_url")
  |> keep(columns: ["_time", "_field", "_value", "run_id", "origin", "profile"])
  |> group() |> pivot(rowKey: ["_time", "run_id", "origin", "profile"], columnKey: ["_field"], valueColumn: "_value")
  |> sort(columns: ["_time"], desc: true) |> limit(n: 200)
"""
)
_CALENDAR = (
    _FINALS
    + """
  |> filter(fn: (r) => r._field == "p95_ms") |> group() |> aggregateWindow(every: 1d, fn: max, createEmpty: false)
"""
)
_TREND = _OPS + '  |> sort(columns: ["run_id"], desc: true) |> limit(n: 10)'
_LONG_TREND = _OPS + '  |> sort(columns: ["run_id"], desc: true) |> limit(n: 1000)'


def shared(bench: Bench) -> list[Row]:
    """The same views from both, and from a dashboard that has half of the runs from each."""
    path, count = bench.folder / "data" / DATABASE, bench.scale.history_runs
    influxd = Influxd(influxd_program(), bench.folder / "influxd")
    try:
        influxd.start()
        run_ids = fill(bench, path, count, days_back=DAYS_BACK)
        influx = InfluxClient(InfluxTarget(influxd.url, ORG, BUCKET, TOKEN))
        since = _send(influx, path, run_ids)
        bench.say(f"{count:,} runs of another dashboard are in InfluxDB")
        profile = PROFILES[(count - 1) % len(PROFILES)]
        values = {"bucket": BUCKET, "since": since, "op": OPERATION, "profile": profile}
        there = [
            _flux(influx, f"{count:,} runs in InfluxDB: {name}", flux, values, bench)
            for name, flux in {
                "newest 200": _LIST,
                "days of three months": _CALENDAR,
                "trend of 10 runs": _TREND,
                "trend of 1,000 runs": _LONG_TREND,
            }.items()
        ]
        influx.close()
        with serving(path.parent) as served:
            here = [*_views(served, f"{count:,} runs in SQLite", profile, bench, None)]
        with serving(
            path.parent,
            influxdb_url=influxd.url,
            influxdb_org=ORG,
            influxdb_bucket=BUCKET,
            influxdb_token=TOKEN,
            influxdb_origin="ours",
        ) as served:
            both = _views(served, "both, while others' runs come", profile, bench, MOST_MS)
            return [*there, *here, *both, _taken_over(served, count)]
    finally:
        influxd.kill()


def _views(served: Served, name: str, profile: str, bench: Bench, most: float | None) -> list[Row]:
    kind = f"profile={profile}"
    asked = {
        "GET /runs, 200 rows": "/runs",
        "GET /heatmap, 90 days": "/heatmap?tz=Europe/Berlin",
        "trend of 10 runs": f"/ops/{OPERATION}/trend?{kind}",
        "trend of 1,000 runs": f"/ops/{OPERATION}/trend?{kind}&runs=1000",
    }
    return [row(served, f"{name}: {what}", [at], most, bench) for what, at in asked.items()]


def _taken_over(served: Served, count: int) -> Row:
    """How fast runs of others come into the own database, newest first, each told to open pages."""
    began, first = time.monotonic(), _runs(served)
    while time.monotonic() - began < WATCHED_S and _runs(served) < 2 * count:
        time.sleep(LOOK_S)
    took_s, taken = time.monotonic() - began, _runs(served) - first
    return Row(
        name="runs of others taken over",
        value=taken / took_s,
        unit="runs/s",
        detail=f"{taken:,} in {took_s:.0f} s after the first {first - count:,}; kept for good",
    )


def _runs(served: Served) -> int:
    """How many runs the dashboard lists."""
    return served.count("/runs?limit=1")


def _send(influx: InfluxClient, path: Path, run_ids: Sequence[str]) -> str:
    """The same runs as another dashboard would have sent them, with one window each; since when they are."""
    interval = SyntheticIntervals(8).next()
    blobs = [(key, tally.to_bytes()) for key, tally in interval.tallies.items() if key.op in ("", OPERATION)]
    store, lines = Store(path), list[str]()
    try:
        first = store.runs.get(run_ids[0])
        for number, run_id in enumerate(run_ids):
            known = store.runs.get(run_id)
            if known is None:
                continue
            run = replace(known, run_id=f"{run_id[:-8]}{number:07d}f")
            body = codec.run_to_json(run)
            lines.append(start_line(run, body, "theirs"))
            lines += snapshot_lines(run, [interval.snapshot], {interval.snapshot.seq: blobs}, "theirs")
            lines.append(final_line(run, body, [], [], "theirs", number + 1))
            if len(lines) >= RUNS_AT_ONCE * 4 or run_id == run_ids[-1]:
                influx.write(lines)
                lines.clear()
    finally:
        store.close()
    return str(iso(first.created_at - timedelta(days=1))) if first else ""


def _flux(influx: InfluxClient, name: str, flux: str, values: Mapping[str, str], bench: Bench) -> Row:
    took, rows = [], 0
    for _ in range(min(FLUX_REPEATS, bench.scale.repeats)):
        began = time.perf_counter()
        rows = len(list(influx.query(flux, values)))
        took.append((time.perf_counter() - began) * 1000)
    return Row(name=name, value=median(took), unit="ms", detail=f"{rows:,} rows; longest {max(took):.0f}")

"""A long history in InfluxDB: list, calendar and trends by Flux, compared with the dashboard's database."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median

from bench.backlog import influxd_path
from bench.context import BenchContext
from bench.samples import PROFILES, SyntheticIntervals
from bench.server import BenchServer, running_server
from bench.table import Row
from bench.trends import fill, measure_requests
from dashboard.model.run import iso
from dashboard.replica.client import InfluxClient, InfluxTarget
from dashboard.replica.points import final_line, snapshot_lines, start_line
from dashboard.services import DATABASE
from dashboard.store import codec
from dashboard.store.store import Store
from tests.support.influxd import BUCKET, ORG, TOKEN, Influxd

RUNS_PER_WRITE = 500
FLUX_REPEATS = 5  # some queries take seconds
MAX_RESPONSE_MS = 500.0
DAYS_BACK = 90
OBSERVATION_S, POLL_INTERVAL_S = 20.0, 0.5
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


def measure_shared(bench: BenchContext) -> list[Row]:
    """Measure the same views from both sources, and from a dashboard that gets half of its runs from each."""
    path, count = bench.folder / "data" / DATABASE, bench.scale.history_runs
    influxd = Influxd(influxd_path(), bench.folder / "influxd")
    try:
        influxd.start()
        run_ids = fill(bench, path, count, days_back=DAYS_BACK)
        influx = InfluxClient(InfluxTarget(influxd.url, ORG, BUCKET, TOKEN))
        since = _send(influx, path, run_ids)
        bench.log(f"{count:,} runs of another dashboard are in InfluxDB")
        profile = PROFILES[(count - 1) % len(PROFILES)]
        values = {"bucket": BUCKET, "since": since, "op": OPERATION, "profile": profile}
        influx_rows = [
            _measure_flux(influx, f"{count:,} runs in InfluxDB: {name}", flux, values, bench)
            for name, flux in {
                "newest 200": _LIST,
                "days of three months": _CALENDAR,
                "trend of 10 runs": _TREND,
                "trend of 1,000 runs": _LONG_TREND,
            }.items()
        ]
        influx.close()
        with running_server(path.parent) as server:
            sqlite_rows = [*_views(server, f"{count:,} runs in SQLite", profile, bench, None)]
        with running_server(
            path.parent,
            influxdb_url=influxd.url,
            influxdb_org=ORG,
            influxdb_bucket=BUCKET,
            influxdb_token=TOKEN,
            influxdb_origin="ours",
        ) as server:
            mixed_rows = _views(
                server, "runs from both, while remote runs are imported", profile, bench, MAX_RESPONSE_MS
            )
            return [*influx_rows, *sqlite_rows, *mixed_rows, _measure_import_rate(server, count)]
    finally:
        influxd.kill()


def _views(
    server: BenchServer, name: str, profile: str, bench: BenchContext, at_most: float | None
) -> list[Row]:
    kind = f"profile={profile}"
    requests = {
        "GET /runs, 200 rows": "/runs",
        "GET /heatmap, 90 days": "/heatmap?tz=Europe/Berlin",
        "trend of 10 runs": f"/ops/{OPERATION}/trend?{kind}",
        "trend of 1,000 runs": f"/ops/{OPERATION}/trend?{kind}&runs=1000",
    }
    return [
        measure_requests(server, f"{name}: {what}", [at], at_most, bench) for what, at in requests.items()
    ]


def _measure_import_rate(server: BenchServer, count: int) -> Row:
    """Measure the rate at which remote runs are imported, newest first, each with an event to open pages."""
    began, first = time.monotonic(), _count_runs(server)
    while time.monotonic() - began < OBSERVATION_S and _count_runs(server) < 2 * count:
        time.sleep(POLL_INTERVAL_S)
    seconds, imported = time.monotonic() - began, _count_runs(server) - first
    return Row(
        name="remote runs imported",
        value=imported / seconds,
        unit="runs/s",
        detail=f"{imported:,} in {seconds:.0f} s after the first {first - count:,}",
    )


def _count_runs(server: BenchServer) -> int:
    """Return the number of runs that the dashboard lists."""
    return server.count("/runs?limit=1")


def _send(influx: InfluxClient, path: Path, run_ids: Sequence[str]) -> str:
    """Write the runs as another dashboard would, with one window each. Returns the time of the first run."""
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
            if len(lines) >= RUNS_PER_WRITE * 4 or run_id == run_ids[-1]:
                influx.write(lines)
                lines.clear()
    finally:
        store.close()
    return str(iso(first.created_at - timedelta(days=1))) if first else ""


def _measure_flux(
    influx: InfluxClient, name: str, flux: str, values: Mapping[str, str], bench: BenchContext
) -> Row:
    times, rows = [], 0
    for _ in range(min(FLUX_REPEATS, bench.scale.repeats)):
        began = time.perf_counter()
        rows = len(list(influx.query(flux, values)))
        times.append((time.perf_counter() - began) * 1000)
    return Row(name=name, value=median(times), unit="ms", detail=f"{rows:,} rows; longest {max(times):.0f}")

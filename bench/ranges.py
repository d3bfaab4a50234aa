"""A run of many hours: figures of ranges, its whole time series, and the size of the database."""

import time
from dataclasses import replace
from pathlib import Path
from statistics import median

from bench.context import BenchContext
from bench.samples import PUSH_INTERVAL_S, SyntheticIntervals, a_run
from bench.server import BenchServer, running_server
from bench.table import Row
from dashboard.model.figures import figures_of, totals_of
from dashboard.model.tally import Tally
from dashboard.services import DATABASE
from dashboard.store.store import Store

MAX_RESPONSE_MS = 300.0
INTERVALS_PER_COMMIT = 200
OFFSET_S = 26.0  # a range starts and ends halfway between two keyframes, which is the slowest case


def measure_ranges(bench: BenchContext) -> list[Row]:
    """Measure GET /runs/<id>/window and related routes."""
    seconds, operations = bench.scale.long_run_s, bench.scale.long_run_ops
    data_dir = bench.folder / "data"
    before = time.monotonic()
    run_id = _fill(data_dir / DATABASE, seconds, operations)
    bench.log(f"{seconds // 2} pushes of {operations} operations stored in {time.monotonic() - before:.0f} s")
    window = f"/runs/{run_id}/window"
    run_label = f"{seconds / 3600:g} h × {operations} operations"
    requests = {
        "range of 50 s": f"{window}?from={seconds / 2 + 4}&to={seconds / 2 + 54}",
        "range of 5 minutes": f"{window}?from={seconds / 3 + OFFSET_S}&to={seconds / 3 + OFFSET_S + 300}",
        "range of half the run": f"{window}?from={seconds / 4 + OFFSET_S}&to={seconds * 3 / 4 + OFFSET_S}",
        "range of the whole run": f"{window}?from=0&to={seconds}",
        "whole run except its edges": f"{window}?from={OFFSET_S}&to={seconds - OFFSET_S}",
        "GET /runs/<id>/ops": f"/runs/{run_id}/ops",
        "GET /runs/<id>": f"/runs/{run_id}",
    }
    with running_server(data_dir) as server:
        rows = [_row(server, f"{run_label}: {name}", path, bench) for name, path in requests.items()]
        columns = f"/runs/{run_id}/snapshots?format=columns"
        rows.append(replace(_row(server, f"{run_label}: snapshots as columns", columns, bench), at_most=None))
    return [*rows, _size(data_dir / DATABASE, seconds, run_label)]


def _row(server: BenchServer, name: str, path: str, bench: BenchContext) -> Row:
    server.get(path)
    times = [server.timed_get(path) for _ in range(bench.scale.repeats)]
    milliseconds = sorted(seconds * 1000 for seconds, _ in times)
    return Row(
        name=name,
        value=median(milliseconds),
        unit="ms",
        at_most=MAX_RESPONSE_MS,
        detail=f"median of {len(times)}; slowest {milliseconds[-1]:.0f}; {times[0][1] / 1000:,.0f} kB before gzip",
    )


def _size(path: Path, seconds: int, run_label: str) -> Row:
    size = sum(file.stat().st_size for file in path.parent.glob(path.name + "*"))
    each = size / (seconds / PUSH_INTERVAL_S)
    return Row(
        name=f"{run_label}: database",
        value=size / 2**20,
        unit="MiB",
        detail=f"{each / 1000:.1f} kB per push, {size / 2**20 / seconds * 3600:.0f} MiB per hour",
    )


def _fill(path: Path, seconds: int, operations: int) -> str:
    """Store the run as a session does, and return its ID."""
    intervals = SyntheticIntervals(operations)
    run = a_run(1, Tally(), seconds=float(seconds))
    store = Store(path)
    try:
        store.runs.insert(run)
        left = round(seconds / PUSH_INTERVAL_S)
        while left:
            batch = [intervals.next() for _ in range(min(left, INTERVALS_PER_COMMIT))]
            left -= len(batch)
            if not left:
                batch[-1] = replace(batch[-1], keyframe=dict(intervals.cumulative))
            store.append(run.run_id, batch)
        figures = figures_of(intervals.overall, float(seconds), run.config.apdex_t_ms)
        store.runs.update(replace(run, figures=figures, totals=totals_of(intervals.overall)))
    finally:
        store.close()
    return run.run_id

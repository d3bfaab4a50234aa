"""A run of many hours: figures of any part of it, its whole time series, and what it takes on the disk."""

import time
from dataclasses import replace
from pathlib import Path
from statistics import median

from bench.bench import Bench
from bench.samples import PUSH_S, SyntheticIntervals, a_run
from bench.server import Served, serving
from bench.table import Row
from dashboard.model.figures import figures_of, totals_of
from dashboard.model.tally import Tally
from dashboard.services import DATABASE
from dashboard.store.store import Store

MOST_MS = 300.0
INTERVALS_PER_COMMIT = 200
OFF_S = 26.0  # a range begins and ends in the middle between two keyframes: the costliest place


def ranges(bench: Bench) -> list[Row]:
    """GET /runs/<id>/window and its companions."""
    seconds, operations = bench.scale.long_run_s, bench.scale.long_run_ops
    data_dir = bench.folder / "data"
    before = time.monotonic()
    run_id = _fill(data_dir / DATABASE, seconds, operations)
    bench.say(f"{seconds // 2} pushes of {operations} operations stored in {time.monotonic() - before:.0f} s")
    window = f"/runs/{run_id}/window"
    hours = f"{seconds / 3600:g} h × {operations} operations"
    asked = {
        "window of 50 s": f"{window}?from={seconds / 2 + 4}&to={seconds / 2 + 54}",
        "window of 5 minutes": f"{window}?from={seconds / 3 + OFF_S}&to={seconds / 3 + OFF_S + 300}",
        "window of half the run": f"{window}?from={seconds / 4 + OFF_S}&to={seconds * 3 / 4 + OFF_S}",
        "window of the whole run": f"{window}?from=0&to={seconds}",
        "whole run but for its edges": f"{window}?from={OFF_S}&to={seconds - OFF_S}",
        "GET /runs/<id>/ops": f"/runs/{run_id}/ops",
        "GET /runs/<id>": f"/runs/{run_id}",
    }
    with serving(data_dir) as served:
        rows = [_row(served, f"{hours}: {name}", path, bench) for name, path in asked.items()]
        columns = f"/runs/{run_id}/snapshots?format=columns"
        rows.append(replace(_row(served, f"{hours}: snapshots as columns", columns, bench), most=None))
    return [*rows, _size(data_dir / DATABASE, seconds, hours)]


def _row(served: Served, name: str, path: str, bench: Bench) -> Row:
    served.get(path)
    took = [served.timed_get(path) for _ in range(bench.scale.repeats)]
    milliseconds = sorted(seconds * 1000 for seconds, _ in took)
    return Row(
        name=name,
        value=median(milliseconds),
        unit="ms",
        most=MOST_MS,
        detail=f"median of {len(took)}; slowest {milliseconds[-1]:.0f}; {took[0][1] / 1000:,.0f} kB before gzip",
    )


def _size(path: Path, seconds: int, hours: str) -> Row:
    size = sum(file.stat().st_size for file in path.parent.glob(path.name + "*"))
    each = size / (seconds / PUSH_S)
    return Row(
        name=f"{hours}: database",
        value=size / 2**20,
        unit="MiB",
        detail=f"{each / 1000:.1f} kB a push, {size / 2**20 / seconds * 3600:.0f} MiB an hour",
    )


def _fill(path: Path, seconds: int, operations: int) -> str:
    """The run as sessions store it: its id."""
    intervals = SyntheticIntervals(operations)
    run = a_run(1, Tally(), seconds=float(seconds))
    store = Store(path)
    try:
        store.runs.insert(run)
        left = round(seconds / PUSH_S)
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

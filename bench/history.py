"""Response times of lists of a long history, compared with a bare query of the same rows."""

import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median

from bench.context import BenchContext
from bench.samples import a_run, a_tally
from bench.server import BenchServer, running_server
from bench.table import Row
from dashboard.model.run import Run
from dashboard.services import DATABASE
from dashboard.store.store import Store

MAX_RESPONSE_MS = 20.0
MAX_RATIO_TO_BARE = 3
WRITERS = 64  # the store groups waiting writes into one commit
BARE_QUERY = "SELECT record FROM runs ORDER BY created_at DESC, run_id DESC LIMIT 200"


def measure_history(bench: BenchContext) -> list[Row]:
    """Measure GET /runs with the queries that the page uses."""
    data_dir = bench.folder / "data"
    count = bench.scale.history_runs
    ids = fill_history(data_dir / DATABASE, count)
    bare_ms = _median_ms(bench.scale.repeats, lambda: _run_bare_query(data_dir / DATABASE))
    requests = {
        "GET /runs, 200 rows": "/runs",
        "GET /runs, 200 rows, from the middle": f"/runs?before={ids[count // 2]}",
        "GET /runs?status=failed": "/runs?status=failed",
        "GET /runs?profile=ramp&verdict=fail": "/runs?profile=ramp&verdict=fail",
        "GET /runs?search= matches one in ten": "/runs?search=nightly",
        "GET /runs?search= matches nothing": "/runs?search=no+such+text",
        "GET /runs?since=&until=, a week": "/runs?since=2026-01-12&until=2026-01-19",
    }
    with running_server(data_dir) as server:
        rows = [_row(server, name, path, bare_ms, bench) for name, path in requests.items()]
    return [
        Row(name=f"bare query of {count:,} runs + encoding", value=bare_ms, unit="ms", detail="200 rows"),
        *rows,
    ]


def _row(server: BenchServer, name: str, path: str, bare_ms: float, bench: BenchContext) -> Row:
    found = len(json.loads(server.get(path)))
    times = [server.timed_get(path) for _ in range(bench.scale.repeats)]
    milliseconds = sorted(seconds * 1000 for seconds, _ in times)
    return Row(
        name=name,
        value=median(milliseconds),
        unit="ms",
        at_most=max(MAX_RESPONSE_MS, MAX_RATIO_TO_BARE * bare_ms),
        detail=f"{found} rows, {times[0][1] / 1000:,.0f} kB before gzip; slowest of {len(times)}: "
        f"{milliseconds[-1]:.1f}",
    )


def fill_history(path: Path, count: int, *, days: int | None = None) -> Sequence[str]:
    """Store runs and return their IDs, oldest first. With `days` the runs are spread over the last `days` days."""
    random = Random(1)
    tallies = [a_tally(200, random) for _ in range(20)]
    runs = [a_run(number, tallies[number % len(tallies)]) for number in range(count)]
    if days is not None:
        newest, apart = datetime.now(UTC), timedelta(days=days) / count
        runs = [at_time(run, newest - apart * (count - number)) for number, run in enumerate(runs)]
    store = Store(path)
    try:
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(store.runs.insert, runs))
    finally:
        store.close()
    return [run.run_id for run in runs]


def at_time(run: Run, moment: datetime) -> Run:
    """Return the same run at another time."""
    length = timedelta(seconds=run.planned_s)
    run_id = f"{moment:%Y%m%d-%H%M%S}-{run.run_id[-8:]}"
    return replace(run, run_id=run_id, created_at=moment, started_at=moment, ended_at=moment + length)


def _run_bare_query(path: Path) -> bytes:
    """Run the reference query, without the program's code."""
    db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        return f"[{','.join(record for (record,) in db.execute(BARE_QUERY))}]".encode()
    finally:
        db.close()


def _median_ms(repeats: int, work: Callable[[], object]) -> float:
    found = []
    for _ in range(repeats):
        before = time.perf_counter()
        work()
        found.append((time.perf_counter() - before) * 1000)
    return median(found)

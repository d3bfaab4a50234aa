"""Views of a long history: lists in any order, trends, the calendar, a run's page; compared with bare queries."""

import json
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

from bench.context import BenchContext
from bench.history import fill_history
from bench.samples import PROFILES, SyntheticIntervals
from bench.server import BenchServer, running_server
from bench.table import Row
from dashboard.services import DATABASE
from dashboard.store.store import Store

OPERATIONS = 30
PUSHES = 300
MAX_LIST_MS, MAX_FILTERED_MS, MAX_MANY_RUNS_MS, MAX_PAGE_MS, MAX_LARGE_LIST_MS = (
    20.0,
    50.0,
    100.0,
    150.0,
    50.0,
)
_COPY_FIGURES = """
    INSERT OR REPLACE INTO run_ops
    SELECT runs.run_no, op, one.total_reqs, one.errors, one.rps, one.error_rate,
        one.avg_ms * (1 + runs.run_no % 17 / 100.0), one.p50_ms, one.p90_ms,
        one.p95_ms * (1 + runs.run_no % 23 / 100.0), one.p99_ms, one.ttfb_ms, one.apdex_score, one.checks_rate
    FROM runs CROSS JOIN run_ops AS one ON one.run_no = :newest WHERE runs.run_no != :newest
"""
_BARE = {
    "list": "SELECT record FROM runs ORDER BY created_at DESC, run_id DESC LIMIT 200",
    "days": "SELECT created_at, run_id, p95_ms FROM runs WHERE created_at >= :since",
    "trend": """
        SELECT run_id, started_at, run_ops.p95_ms FROM runs JOIN run_ops USING (run_no)
        WHERE op = 'Operation7' ORDER BY run_no DESC LIMIT :runs
    """,
}


def measure_trends(bench: BenchContext) -> list[Row]:
    """Measure the views of History with many runs, and the list with ten times as many."""
    path, count = bench.folder / "data" / DATABASE, bench.scale.history_runs
    run_ids = fill(bench, path, count, days_back=90)
    newest, profile = run_ids[-1], PROFILES[(count - 1) % len(PROFILES)]
    by_profile = f"profile={profile}"
    requests = {
        "GET /runs, 200 rows": (MAX_LIST_MS, ["/runs"]),
        "GET /runs?sort=-p95_ms": (MAX_FILTERED_MS, ["/runs?sort=-p95_ms"]),
        "GET /runs?tag=&target=&search=": (MAX_FILTERED_MS, ["/runs?tag=none&target=8003&search=nightly"]),
        f"GET /runs?{by_profile}&verdict=pass&sort=-rps": (
            MAX_FILTERED_MS,
            [f"/runs?{by_profile}&verdict=pass&sort=-rps"],
        ),
        "GET /heatmap, 90 days": (MAX_MANY_RUNS_MS, ["/heatmap?tz=Europe/Berlin"]),
        "GET /ops/<name>/trend, 10 runs": (MAX_MANY_RUNS_MS, [f"/ops/Operation7/trend?{by_profile}"]),
        "GET /ops/<name>/trend, 1,000 runs": (
            MAX_MANY_RUNS_MS,
            [f"/ops/Operation7/trend?{by_profile}&runs=1000"],
        ),
        "GET /ops/trends, 10 runs": (MAX_MANY_RUNS_MS, [f"/ops/trends?{by_profile}"]),
        "a run's page": (MAX_PAGE_MS, page_requests(newest)),
        "GET /runs/diff": (MAX_MANY_RUNS_MS, [f"/runs/diff?a={newest}&b={newest}"]),
    }
    rows = _measure_bare_queries(bench, path, f"{count:,}")
    with running_server(path.parent) as server:
        for name, (at_most, paths) in requests.items():
            rows.append(
                measure_requests(
                    server, f"{count:,} runs × {OPERATIONS} operations: {name}", paths, at_most, bench
                )
            )
    return [*rows, *_measure_large_history(bench)]


def _measure_large_history(bench: BenchContext) -> list[Row]:
    """Measure the list of ten times as many runs."""
    path, count = bench.folder / "large" / DATABASE, 10 * bench.scale.history_runs
    ids = fill_history(path, count)
    bare = _median_ms(bench.scale.repeats, partial(_run_bare_query, path, _BARE["list"], {}))
    requests = {
        "GET /runs, 200 rows": (MAX_LARGE_LIST_MS, "/runs"),
        "GET /runs, from the middle": (MAX_LARGE_LIST_MS, f"/runs?before={ids[count // 2]}"),
        "GET /runs?sort=-p95_ms": (None, "/runs?sort=-p95_ms"),
        "GET /runs?search= matches nothing": (None, "/runs?search=no+such+text"),
    }
    with running_server(path.parent) as server:
        rows = [
            measure_requests(server, f"{count:,} runs: {name}", [url], at_most, bench)
            for name, (at_most, url) in requests.items()
        ]
    return [
        Row(name=f"{count:,} runs: bare query + encoding", value=bare, unit="ms", detail="200 rows"),
        *rows,
    ]


def page_requests(run_id: str) -> Sequence[str]:
    """Return the requests of a run's page, in order."""
    base = f"/runs/{run_id}"
    return (base, f"{base}/ops", f"{base}/snapshots?format=columns", "/runs/baseline")


def fill(bench: BenchContext, path: Path, count: int, days_back: int) -> Sequence[str]:
    """Store many runs, the newest with its windows. The figures of the other runs are variations of its figures."""
    before = time.monotonic()
    run_ids = fill_history(path, count, days=days_back)
    intervals = SyntheticIntervals(OPERATIONS)
    store = Store(path)
    try:
        taken = [intervals.next() for _ in range(PUSHES)]
        newest = store.runs.get(run_ids[-1])
        store.append(run_ids[-1], taken, run=newest and replace(newest, elapsed_s=PUSHES * 2.0))
    finally:
        store.close()
    db = sqlite3.connect(path)
    try:
        with db:
            number = db.execute("SELECT run_no FROM runs WHERE run_id = ?", (run_ids[-1],)).fetchone()[0]
            db.execute(_COPY_FIGURES, {"newest": number})
    finally:
        db.close()
    bench.log(f"{count:,} runs of {OPERATIONS} operations stored in {time.monotonic() - before:.0f} s")
    return run_ids


def _measure_bare_queries(bench: BenchContext, path: Path, count: str) -> list[Row]:
    """Measure the reference: one connection, one query, its rows as JSON."""
    parameters: dict[str, Mapping[str, object]] = {"list": {}, "days": {"since": ""}, "trend": {"runs": 10}}
    made = []
    for name, values in parameters.items():
        median_ms = _median_ms(bench.scale.repeats, partial(_run_bare_query, path, _BARE[name], values))
        made.append(Row(name=f"{count} runs: bare query + encoding, {name}", value=median_ms, unit="ms"))
    return made


def measure_requests(
    server: BenchServer, name: str, paths: Sequence[str], at_most: float | None, bench: BenchContext
) -> Row:
    """Measure the time of the requests in sequence, over one connection."""
    size = sum(len(server.get(path)) for path in paths)
    times = sorted(
        sum(server.timed_get(path)[0] for path in paths) * 1000 for _ in range(bench.scale.repeats)
    )
    detail = f"slowest of {len(times)}: {times[-1]:.1f}; {size / 1000:,.0f} kB before gzip"
    return Row(name=name, value=median(times), unit="ms", at_most=at_most, detail=detail)


def _run_bare_query(path: Path, sql: str, parameters: Mapping[str, object]) -> bytes:
    db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        return json.dumps(db.execute(sql, parameters).fetchall()).encode()
    finally:
        db.close()


def _median_ms(repeats: int, work: Callable[[], object]) -> float:
    found = []
    for _ in range(repeats):
        before = time.perf_counter()
        work()
        found.append((time.perf_counter() - before) * 1000)
    return median(found)

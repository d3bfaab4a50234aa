"""A long history in all its views: lists in any order, trends, the calendar, a run's page; beside bare queries."""

import json
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

from bench.bench import Bench
from bench.history import fill_history
from bench.samples import PROFILES, SyntheticIntervals
from bench.server import Served, serving
from bench.table import Row
from dashboard.services import DATABASE
from dashboard.store.store import Store

OPERATIONS = 30
PUSHES = 300
LIST_MS, FILTERED_MS, MANY_MS, PAGE_MS, LARGE_MS = 20.0, 50.0, 100.0, 150.0, 50.0
_SPREAD = """
    INSERT OR REPLACE INTO run_ops
    SELECT runs.run_no, op, one.total_reqs, one.errors, one.rps, one.error_rate,
        one.avg_ms * (1 + runs.run_no % 17 / 100.0), one.p50_ms, one.p90_ms,
        one.p95_ms * (1 + runs.run_no % 23 / 100.0), one.p99_ms, one.ttfb_ms, one.apdex_score, one.checks_rate
    FROM runs CROSS JOIN run_ops AS one ON one.run_no = :model WHERE runs.run_no != :model
"""
_BARE = {
    "list": "SELECT record FROM runs ORDER BY created_at DESC, run_id DESC LIMIT 200",
    "days": "SELECT created_at, run_id, p95_ms FROM runs WHERE created_at >= :since",
    "trend": """
        SELECT run_id, started_at, run_ops.p95_ms FROM runs JOIN run_ops USING (run_no)
        WHERE op = 'Operation7' ORDER BY run_no DESC LIMIT :runs
    """,
}


def trends(bench: Bench) -> list[Row]:
    """The views of History over many runs, and the list alone over ten times as many."""
    path, count = bench.folder / "data" / DATABASE, bench.scale.history_runs
    run_ids = fill(bench, path, count, days_back=90)
    model, profile = run_ids[-1], PROFILES[(count - 1) % len(PROFILES)]
    kind = f"profile={profile}"
    asked = {
        "GET /runs, 200 rows": (LIST_MS, ["/runs"]),
        "GET /runs?sort=-p95_ms": (FILTERED_MS, ["/runs?sort=-p95_ms"]),
        "GET /runs?tag=&target=&search=": (FILTERED_MS, ["/runs?tag=none&target=8003&search=nightly"]),
        f"GET /runs?{kind}&verdict=pass&sort=-rps": (FILTERED_MS, [f"/runs?{kind}&verdict=pass&sort=-rps"]),
        "GET /heatmap, 90 days": (MANY_MS, ["/heatmap?tz=Europe/Berlin"]),
        "GET /ops/<name>/trend, 10 runs": (MANY_MS, [f"/ops/Operation7/trend?{kind}"]),
        "GET /ops/<name>/trend, 1,000 runs": (MANY_MS, [f"/ops/Operation7/trend?{kind}&runs=1000"]),
        "GET /ops/trends, 10 runs": (MANY_MS, [f"/ops/trends?{kind}"]),
        "a run's page": (PAGE_MS, page_of(model)),
        "GET /runs/diff": (MANY_MS, [f"/runs/diff?a={model}&b={model}"]),
    }
    rows = bare_rows(bench, path, f"{count:,}")
    with serving(path.parent) as served:
        for name, (most, paths) in asked.items():
            rows.append(row(served, f"{count:,} runs × {OPERATIONS} operations: {name}", paths, most, bench))
    return [*rows, *large(bench)]


def large(bench: Bench) -> list[Row]:
    """Ten times as many runs."""
    path, count = bench.folder / "large" / DATABASE, 10 * bench.scale.history_runs
    ids = fill_history(path, count)
    bare = _median_ms(bench.scale.repeats, partial(_bare, path, _BARE["list"], {}))
    asked = {
        "GET /runs, 200 rows": (LARGE_MS, "/runs"),
        "GET /runs, from the middle": (LARGE_MS, f"/runs?before={ids[count // 2]}"),
        "GET /runs?sort=-p95_ms": (None, "/runs?sort=-p95_ms"),
        "GET /runs?search= found nowhere": (None, "/runs?search=no+such+text"),
    }
    with serving(path.parent) as served:
        rows = [
            row(served, f"{count:,} runs: {name}", [at], most, bench) for name, (most, at) in asked.items()
        ]
    return [
        Row(name=f"{count:,} runs: bare query + encoding", value=bare, unit="ms", detail="200 rows"),
        *rows,
    ]


def page_of(run_id: str) -> Sequence[str]:
    """What the page of a run asks for, one after the other."""
    of = f"/runs/{run_id}"
    return (of, f"{of}/ops", f"{of}/snapshots?format=columns", "/runs/baseline")


def fill(bench: Bench, path: Path, count: int, days_back: int) -> Sequence[str]:
    """Many runs, the newest of them with its windows; figures of operations as that one has them, varied."""
    before = time.monotonic()
    run_ids = fill_history(path, count, days=days_back)
    intervals = SyntheticIntervals(OPERATIONS)
    store = Store(path)
    try:
        taken = [intervals.next() for _ in range(PUSHES)]
        model = store.runs.get(run_ids[-1])
        store.append(run_ids[-1], taken, run=model and replace(model, elapsed_s=PUSHES * 2.0))
    finally:
        store.close()
    db = sqlite3.connect(path)
    try:
        with db:
            number = db.execute("SELECT run_no FROM runs WHERE run_id = ?", (run_ids[-1],)).fetchone()[0]
            db.execute(_SPREAD, {"model": number})
    finally:
        db.close()
    bench.say(f"{count:,} runs of {OPERATIONS} operations stored in {time.monotonic() - before:.0f} s")
    return run_ids


def bare_rows(bench: Bench, path: Path, count: str) -> list[Row]:
    """The yardstick: one connection, one query, its rows as JSON."""
    parameters: dict[str, Mapping[str, object]] = {"list": {}, "days": {"since": ""}, "trend": {"runs": 10}}
    made = []
    for name, values in parameters.items():
        took = _median_ms(bench.scale.repeats, partial(_bare, path, _BARE[name], values))
        made.append(Row(name=f"{count} runs: bare query + encoding, {name}", value=took, unit="ms"))
    return made


def row(served: Served, name: str, paths: Sequence[str], most: float | None, bench: Bench) -> Row:
    """Asked one after the other, over one connection."""
    size = sum(len(served.get(path)) for path in paths)
    took = sorted(sum(served.timed_get(path)[0] for path in paths) * 1000 for _ in range(bench.scale.repeats))
    detail = f"slowest of {len(took)}: {took[-1]:.1f}; {size / 1000:,.0f} kB before gzip"
    return Row(name=name, value=median(took), unit="ms", most=most, detail=detail)


def _bare(path: Path, sql: str, parameters: Mapping[str, object]) -> bytes:
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

"""Synthetic long runs with seeded latencies that drift and spike."""

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from dashboard.model.figures import figures_of, totals_of
from dashboard.model.run import Run
from dashboard.model.snapshot import OVERALL, Interval, OpKey
from dashboard.model.tally import Tally
from dashboard.runs.live.window import GeneratorUsage, Window, snapshot_of
from dashboard.store.store import Store
from tests.factories import a_histogram, an_ended_run

PUSH_INTERVAL_S = 2.0
KEYFRAME_EVERY = 30


def store_run(
    store: Store, *, seconds: float, operations: int, requests: int = 4, seed: int = 1, **changes: Any
) -> Run:
    """Store a finished run in which each operation makes `requests` requests per push."""
    total: dict[OpKey, Tally] = {}
    run = an_ended_run(elapsed_s=seconds, **changes)
    store.runs.insert(run)
    intervals = []
    for interval in synthetic_intervals(seconds, operations, requests, random.Random(seed), total):
        intervals.append(interval)
        if len(intervals) == 100:
            store.append(run.run_id, intervals)
            intervals = []
    figures, totals = figures_of(total[OVERALL], seconds, 500.0), totals_of(total[OVERALL])
    ended = replace(run, figures=figures, totals=totals)
    store.append(run.run_id, intervals, run=ended)
    return ended


def synthetic_intervals(
    seconds: float, operations: int, requests: int, rng: random.Random, total: dict[OpKey, Tally]
) -> Iterator[Interval]:
    """Yield one interval per push. Adds every tally to `total`."""
    pushes = round(seconds / PUSH_INTERVAL_S)
    for seq in range(1, pushes + 1):
        spike = 8.0 if seq % 97 < 3 else 1.0
        window = Window((seq - 1) * PUSH_INTERVAL_S, seq * PUSH_INTERVAL_S, {})
        overall = window.tallies[OVERALL] = Tally()
        for number in range(operations):
            tally = operation_tally(number, requests, spike, rng)
            window.tallies[OpKey(f"Operation{number}", f"group {number % 5}", "")] = tally
            overall.add(tally)
        for op, tally in window.tallies.items():
            total.setdefault(op, Tally()).add(tally)
        window.generator = GeneratorUsage(seq * 2_000, None, 60_000_000 + seq, 2.0, rng.uniform(0.1, 0.6))
        snapshot = snapshot_of(
            window, seq=seq, vus=10, busy_vus=None, overall=total[OVERALL], apdex_t_ms=500.0
        )
        is_key = seq % KEYFRAME_EVERY == 0 or seq == pushes
        keyframe = {op: Tally.from_bytes(tally.to_bytes()) for op, tally in total.items()} if is_key else None
        yield Interval(snapshot=snapshot, tallies=window.tallies, keyframe=keyframe)


def operation_tally(number: int, requests: int, spike: float, rng: random.Random) -> Tally:
    """Return the tally of one operation in one push."""
    tally = Tally()
    times = [rng.lognormvariate(-4.0 + number / 40, 0.5) * spike for _ in range(requests)]
    failed = [time for time in times if rng.random() < 0.01]
    good = [time for time in times if time not in failed]
    if good:
        tally.add_duration("2+", a_histogram(good))
        tally.statuses["200"] = len(good)
    if failed:
        tally.add_duration("5-", a_histogram(failed))
        tally.statuses["503"] = len(failed)
        tally.errors["HTTP 503"] = len(failed)
    tally.add_check("status is 200", len(good), len(failed))
    tally.add_trend("http_req_waiting", a_histogram([time * 0.8 for time in times]))
    tally.add_trend("iteration_duration", a_histogram([time + 0.001 for time in times]))
    tally.counters |= {
        "data_received": 900.0 * requests,
        "data_sent": 120.0 * requests,
        "connections_reused": float(requests),
    }
    return tally

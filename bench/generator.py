"""Measures whether the dashboard disturbs the load generator, with pairs of k6 runs without and with it."""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean, median, quantiles

from bench.compiled_target import compiled_target
from bench.context import BenchContext
from bench.paired_runs import DashboardUsage, RateLoad, RunCost, run_bare, run_with_dashboard
from bench.quiet import wait_until_quiet
from bench.server import BenchError, BenchServer, running_server
from bench.table import Row
from dashboard.engine.k6_binary import K6Unavailable, find_k6
from dashboard.settings import ROOT

OPERATIONS = 12
MIN_ACHIEVED = 0.99
MAX_DROPPED = 0.1
PROBES_PER_RATE = 3
SCRIPT = ROOT / "bench" / "steady.js"


def measure_generator(bench: BenchContext) -> list[Row]:
    """Measure rate, dropped iterations and k6's CPU per request without and with the dashboard, and its own usage."""
    k6 = k6_path()
    endpoints = write_endpoints(bench.folder / "endpoints.json")
    with compiled_target(bench) as target:
        return _measure_pairs(bench, k6, target, endpoints)


def _measure_pairs(bench: BenchContext, k6: Path, target: str, endpoints: Path) -> list[Row]:
    def load(rate: int, seconds: int) -> RateLoad:
        return RateLoad(rate=rate, seconds=seconds, target=target, script=SCRIPT, endpoints=endpoints)

    rate = _sustainable_rate(
        bench, lambda candidate: run_bare(k6, load(candidate, bench.scale.probe_s), bench.folder)
    )
    load_at_rate = load(rate, bench.scale.pair_s)
    data_dir = bench.folder / "data"
    with running_server(data_dir, k6_script=SCRIPT, k6_bin=k6, endpoints_file=endpoints) as server:
        run_with_dashboard(server, data_dir / "runs", load(rate, 4))  # warm-up: also imports modules
        was_quiet, pairs = [], []
        for number in range(bench.scale.pairs):
            was_quiet.append(wait_until_quiet(bench.scale.quiet_wait_s))
            pairs.append(_pair(server, k6, load_at_rate, bench, number))
    return _rows(pairs, load_at_rate, was_quiet.count(True))


def _pair(
    server: BenchServer, k6: Path, load: RateLoad, bench: BenchContext, number: int
) -> tuple[RunCost, RunCost, DashboardUsage]:
    """Run k6 without and with the dashboard, in alternating order: the machine's speed drifts within minutes."""
    runs = bench.folder / "data" / "runs"
    if number % 2:
        with_dashboard, usage = run_with_dashboard(server, runs, load)
        bare = run_bare(k6, load, bench.folder)
    else:
        bare = run_bare(k6, load, bench.folder)
        with_dashboard, usage = run_with_dashboard(server, runs, load)
    ratio = with_dashboard.cpu_per_request / bare.cpu_per_request
    bench.log(
        f"pair {number + 1}: bare {bare.received}, {bare.cpu_per_request * 1e6:.0f} µs; with the dashboard "
        f"{with_dashboard.received}, {with_dashboard.cpu_per_request * 1e6:.0f} µs; ratio {ratio:.3f}"
    )
    return bare, with_dashboard, usage


def _sustainable_rate(bench: BenchContext, probe: Callable[[int], RunCost]) -> int:
    """Find the highest rate that k6 alone can sustain on this machine at this time."""
    for rate in bench.scale.rates[:-1]:
        for _ in range(PROBES_PER_RATE):
            wait_until_quiet(bench.scale.quiet_wait_s)
            if probe(rate).received >= MIN_ACHIEVED * rate * bench.scale.probe_s:
                return rate
        bench.log(f"k6 alone cannot sustain {rate:,} requests/s at this time; trying a lower rate")
    return bench.scale.rates[-1]


def _rows(
    pairs: Sequence[tuple[RunCost, RunCost, DashboardUsage]], load: RateLoad, was_quiet: int
) -> list[Row]:
    bare, with_dashboard = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    usages = [pair[2] for pair in pairs]
    ratios = [b.cpu_per_request / a.cpu_per_request for a, b, _ in pairs]
    low, _, high = quantiles(ratios, n=4) if len(ratios) > 1 else (ratios[0],) * 3
    what = f"{load.rate:,}/s, {load.seconds} s, {len(pairs)} pairs, {was_quiet} started on a quiet machine"
    extra_percent = [(b.dropped - a.dropped) / load.planned * 100 for a, b, _ in pairs]
    middle = sum(w.middle_s for w in usages)
    server = sum(w.server_middle_s for w in usages) / middle * 100
    runner = sum(w.runner_middle_s for w in usages) / middle * 100
    edges = [w.whole_cpu_s - (server + runner) / 100 * load.seconds for w in usages]
    per_request = [median(a.cpu_per_request for a in arm) * 1e6 for arm in (bare, with_dashboard)]
    return [
        _achieved_row("bare k6: achieved ÷ planned", bare, load, what),
        _achieved_row("with the dashboard: achieved ÷ planned", with_dashboard, load, what),
        Row(
            name="dropped iterations, with the dashboard − bare",
            value=median(extra_percent),
            unit="% of planned",
            at_most=MAX_DROPPED,
            detail=f"median of the pairs; each bare run: {_dropped_text(bare)}; "
            f"each run with the dashboard: {_dropped_text(with_dashboard)}",
        ),
        Row(
            name="k6's CPU per request, with the dashboard ÷ bare",
            value=median(ratios),
            at_most=1.15,
            detail=f"median; quartiles {low:.2f} and {high:.2f}, from {min(ratios):.2f} to {max(ratios):.2f}; "
            f"{per_request[0]:.0f} µs bare, {per_request[1]:.0f} µs with the dashboard",
        ),
        Row(
            name=f"dashboard + runner, {OPERATIONS} operations, a page open",
            value=server + runner,
            unit="% of a core",
            at_most=5,
            detail=f"dashboard {server:.1f}, runner {runner:.1f}; plus {fmean(edges) * 1000:.0f} ms of CPU "
            "to start and stop a run",
        ),
    ]


def _achieved_row(name: str, arms: Sequence[RunCost], load: RateLoad, what: str) -> Row:
    shares = [arm.received / load.planned for arm in arms]
    return Row(
        name=name,
        value=median(shares),
        at_least=MIN_ACHIEVED,
        detail=f"median; lowest {min(shares):.3f}; {what}",
    )


def _dropped_text(arms: Sequence[RunCost]) -> str:
    return " ".join(str(arm.dropped) for arm in arms)


def write_endpoints(path: Path) -> Path:
    """Write an endpoints file with the number of operations that the budget assumes."""
    endpoints = [
        {"name": f"Operation{n}", "group": f"group{n % 3}", "method": "GET", "path": f"/op/{n}", "weight": 1}
        for n in range(OPERATIONS)
    ]
    path.write_text(json.dumps({"service": "target", "endpoints": endpoints}))
    return path


def k6_path() -> Path:
    try:
        return find_k6(os.environ.get("K6_BIN", ""), ROOT).path
    except K6Unavailable as error:
        raise BenchError(str(error)) from None

"""CPU time of the dashboard per push: from the run folder to database rows and live messages."""

import gc
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.context import BenchContext
from bench.pushes import SyntheticRun
from bench.samples import a_run
from bench.table import Row
from dashboard.gc_tuning import freeze_loaded_objects, reduce_collections
from dashboard.model.run import RunStatus
from dashboard.model.tally import Tally
from dashboard.run_folder.files import PidFile, RunFolder, RunnerFile
from dashboard.run_folder.push_log import PushMeta, SegmentWriter
from dashboard.runner.processes.posix import own_identity
from dashboard.runs.live.session import RunSession, SessionDeps
from dashboard.runs.publish.hub import Hub, Subscription
from dashboard.runs.publish.publisher import Publisher
from dashboard.runs.slo.evaluate import SloEvaluator
from dashboard.runs.slo.tolerances import Tolerances
from dashboard.store.store import Store

MAX_PUSH_CPU_MS = 250.0
REQUESTS_PER_S = 2_000
STARTED_MS = 1_800_000_000_000
CLOSED_PORT = 1  # a port that refuses connections


def measure_intake(bench: BenchContext) -> list[Row]:
    """Measure the CPU time of the whole process per push, with one stream client."""
    with _gc_as_in_the_server():
        return [_row(bench, operations) for operations in bench.scale.op_counts]


def _row(bench: BenchContext, operations: int) -> Row:
    interval_s = 5 if operations > 300 else 2
    calls = max(1, REQUESTS_PER_S * interval_s // operations)
    run = SyntheticRun(operations, calls, started_ms=STARTED_MS, interval_ms=interval_s * 1000)
    bodies = [body for body, _ in zip(run, range(bench.scale.pushes), strict=False)]
    rounds = [
        _measure_round(bench.folder / f"{operations}-operations-{number}", bodies)
        for number in range(bench.scale.push_rounds)
    ]
    first, *later = minima(rounds)
    all_later = [cost for costs in rounds for cost in costs[1:]]
    return Row(
        name=f"a push with {operations:,} operations",
        value=median(later),
        unit="ms CPU",
        at_most=MAX_PUSH_CPU_MS,
        detail=f"median of {len(later)} pushes, each the minimum of {len(rounds)} rounds; with a checkpoint "
        f"{max(later):.0f}, first push of the run {first:.0f}; median of all rounds {median(all_later):.0f}, highest "
        f"{max(all_later):.0f}; {len(bodies[-1]) / 1000:,.0f} kB each",
    )


def minima(rounds: list[list[float]]) -> list[float]:
    """Return the lowest cost of each push in any round, because other load on the same core can double the cost."""
    return [min(costs) for costs in zip(*rounds, strict=True)]


def _measure_round(path: Path, bodies: list[bytes]) -> list[float]:
    """Measure the CPU milliseconds of processing each push."""
    costs = []
    with _session(path) as (session, writer, listener):
        for body in bodies:
            writer.append(STARTED_MS, PushMeta(1.0, 60_000_000, 2.0), body)
            before = time.process_time()
            session.tick(time.monotonic())
            costs.append((time.process_time() - before) * 1000)
            listener.next(0)
    return costs


@contextmanager
def _gc_as_in_the_server() -> Iterator[None]:
    """Apply the server's garbage collection settings."""
    thresholds = gc.get_threshold()
    reduce_collections()
    freeze_loaded_objects()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)


@contextmanager
def _session(path: Path) -> Iterator[tuple[RunSession, SegmentWriter, Subscription]]:
    """Yield the session of a live run whose runner and k6 appear to be this process."""
    folder = RunFolder(path / "run")
    folder.path.mkdir(parents=True)
    _record_this_process(folder)
    store = Store(path / "dashboard.db")
    run = replace(
        a_run(1, Tally()), status=RunStatus.RUNNING, ended_at=None, figures=None, totals=None, verdict=None
    )
    store.runs.insert(run)
    hub = Hub("bench")
    deps = SessionDeps(
        store=store,
        publisher=Publisher(run.run_id, store, hub),
        start_runner=lambda _: os.getpid(),
        clock=lambda: datetime.now(UTC),
        evaluator=SloEvaluator(store, Tolerances()),
        pause=lambda: False,
        stop=lambda _: None,
        ended=lambda _: None,
    )
    listener = hub.subscribe([f"run:{run.run_id}", f"ops:{run.run_id}"])
    session = RunSession(run, folder, deps)
    session.tick(time.monotonic())
    try:
        yield session, SegmentWriter(folder.path), listener
    finally:
        listener.close()
        store.close()


def _record_this_process(folder: RunFolder) -> None:
    me = own_identity()
    folder.write(
        RunnerFile(*me, receiver_port=CLOSED_PORT, rest_port=CLOSED_PORT, rescued=False, started_at="")
    )
    folder.write(
        PidFile(
            *me,
            pgid=me.pid,
            rest_port=CLOSED_PORT,
            receiver_port=CLOSED_PORT,
            started_at="",
            started_ms=STARTED_MS,
            attempt=1,
            cores=2.0,
        )
    )

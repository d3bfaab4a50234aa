"""Retention: downsampling keeps every figure exact, and protected runs are never changed."""

import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.model.baseline import Baseline, Scope
from dashboard.model.errors import Conflict
from dashboard.model.figures import figures_of
from dashboard.model.run import RetentionLevel, RunStatus
from dashboard.model.snapshot import OVERALL, OpKey
from dashboard.model.tally import Tally
from dashboard.retention.disk import folder_size
from dashboard.retention.downsampler import Downsampler
from dashboard.retention.policy import WINDOWS, RetentionPolicy
from dashboard.retention.worker import LIVE_SLICE_PAUSE_S, PASS_INTERVAL_S, SLICE_PAUSE_S, RetentionWorker
from dashboard.store.store import Store
from dashboard.store.values import RunFilter
from tests.api.conftest import wait_until
from tests.factories import A_MOMENT, a_run, an_ended_run, an_interval
from tests.reports.synthetic_runs import store_run

NOW = datetime(2026, 12, 31, tzinfo=UTC)
IDS = [f"202611{day:02}-101500-aaaaaaaa" for day in range(1, 21)]
KEEP_ALL = RetentionPolicy(ten_s_days=0, minute_days=0, detail_days=0, max_bytes=0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "dashboard.db")
    yield made
    made.close()


def worker_for(
    store: Store, folder: Path, policy: RetentionPolicy, *, live: bool = False, now: datetime = NOW
) -> RetentionWorker:
    def delete(run_id: str) -> None:
        store.runs.delete(run_id)

    return RetentionWorker(store, folder, policy, delete, lambda: live, lambda: now)


def finish(worker: RetentionWorker) -> None:
    """Do everything that is due."""
    for _ in worker.slices():
        time.sleep(0)


def all_figures(store: Store, run_id: str) -> dict[OpKey, Any]:
    return {op: figures_of(tally, 100.0, 500.0) for op, tally in store.ranges.cumulative(run_id).items()}


def sum_windows(store: Store, run_id: str) -> dict[OpKey, Any]:
    """Return the sum of all windows by operation, without keyframes."""
    total: dict[OpKey, Tally] = {}
    for interval in store.intervals.read(run_id, after=0, limit=100_000):
        for op, blob in interval.tallies.items():
            total.setdefault(op, Tally()).add(Tally.from_bytes(blob))
    return {op: exact_parts(tally) for op, tally in total.items()}


def exact_parts(tally: Tally) -> Any:
    """Return the parts of a tally that do not depend on the order of addition."""
    durations = {
        key: (h.zero, h.buckets, h.negatives, round(h.total, 6)) for key, h in tally.durations.items()
    }
    trends = {key: (h.zero, h.buckets, h.negatives, round(h.total, 6)) for key, h in tally.trends.items()}
    return durations, trends, tally.statuses, tally.errors, tally.checks, tally.counters


def assert_consistent(store: Store, run_id: str) -> None:
    """Check that every keyframe is the sum of the windows up to it, and that every snapshot matches its tallies."""
    total: dict[OpKey, Tally] = {}
    for interval in store.intervals.read(run_id, after=0, limit=100_000):
        for op, blob in interval.tallies.items():
            total.setdefault(op, Tally()).add(Tally.from_bytes(blob))
        assert interval.snapshot.requests == Tally.from_bytes(interval.tallies[OVERALL]).requests
        assert interval.snapshot.total_reqs == total[OVERALL].requests
        keyframe = {op: exact_parts(Tally.from_bytes(blob)) for op, blob in interval.keyframe.items()}
        assert not keyframe or keyframe == {op: exact_parts(tally) for op, tally in total.items()}


@pytest.mark.parametrize("level", [RetentionLevel.TEN_S, RetentionLevel.MINUTE, RetentionLevel.TOTALS])
def test_downsampling_keeps_all_percentiles(store: Store, level: RetentionLevel) -> None:
    run = store_run(store, seconds=1_300, operations=3)
    ranges = [(0, 1_300), (120, 480), (600, 1_200), (0, 60)]
    raw = {limits: store.ranges.window(run.run_id, *limits) for limits in ranges}
    figures, sums = all_figures(store, run.run_id), sum_windows(store, run.run_id)
    for _ in Downsampler(store, run.run_id, level, 500.0).slices():
        assert_consistent(store, run.run_id)

    seconds, _ = WINDOWS[level]
    windows = store.snapshots.of_run(run.run_id)
    assert len(windows) == (1 if level is RetentionLevel.TOTALS else -(-1_300 // seconds))
    assert sum_windows(store, run.run_id) == sums
    assert {op: f.p95_ms for op, f in all_figures(store, run.run_id).items()} == {
        op: f.p95_ms for op, f in figures.items()
    }
    for limits in ranges if level is not RetentionLevel.TOTALS else ranges[:1]:
        before, after = raw[limits], store.ranges.window(run.run_id, *limits)
        assert before is not None
        assert after is not None
        for op, tally in before.tallies.items():
            quantiles = (0.5, 0.75, 0.9, 0.95, 0.99)
            assert after.tallies[op].duration().quantiles(quantiles) == tally.duration().quantiles(quantiles)
    stored = store.runs.get(run.run_id)
    assert stored is not None
    assert stored.retention_level is level
    assert replace(stored, retention_level=RetentionLevel.FULL) == run


def test_downsampled_op_series_has_the_same_total(store: Store) -> None:
    run = store_run(store, seconds=1_300, operations=2)
    before = store.op_series.windows(run.run_id, "Operation1")
    for _ in Downsampler(store, run.run_id, RetentionLevel.TEN_S, 500.0).slices():
        pass
    after = store.op_series.windows(run.run_id, "Operation1")

    assert len(after) == 130
    assert sum(p.tally.requests for p in after) == sum(p.tally.requests for p in before)


def test_runs_are_downsampled_by_age_and_length(store: Store, tmp_path: Path) -> None:
    for run_id, days, seconds in (
        (IDS[0], 8, 500), (IDS[1], 8, 700), (IDS[2], 31, 700), (IDS[3], 31, 3_700), (IDS[4], 91, 20),
        (IDS[5], 6, 3_700),
    ):  # fmt: skip
        store.runs.insert(an_ended_run(run_id, created_at=NOW - timedelta(days=days), elapsed_s=seconds))
        store.append(run_id, [an_interval(seq) for seq in range(1, 6)])
    finish(worker_for(store, tmp_path, RetentionPolicy()))

    kept = {run_id: store.runs.get(run_id).retention_level.value for run_id in IDS[:6]}
    assert kept == dict(zip(IDS, ["full", "10s", "10s", "60s", "totals", "full"], strict=False))


def test_second_pass_changes_nothing(store: Store, tmp_path: Path) -> None:
    store.runs.insert(an_ended_run(created_at=NOW - timedelta(days=100), elapsed_s=20.0))
    finish(worker_for(store, tmp_path, RetentionPolicy()))
    before = store.runs.get(an_ended_run().run_id)
    finish(worker_for(store, tmp_path, RetentionPolicy()))

    assert before is not None
    assert before.retention_level is RetentionLevel.TOTALS
    assert store.runs.get(before.run_id) == before


def test_age_of_an_imported_run_starts_at_its_import(store: Store, tmp_path: Path) -> None:
    old = NOW - timedelta(days=400)
    store.runs.insert(an_ended_run(IDS[0], created_at=old, imported_at=NOW - timedelta(days=1)))
    store.runs.insert(an_ended_run(IDS[1], created_at=old))
    finish(worker_for(store, tmp_path, replace(KEEP_ALL, days=300)))

    assert store.runs.get(IDS[0]) is not None
    assert store.runs.get(IDS[1]) is None


def test_live_and_pinned_runs_are_never_changed(store: Store, tmp_path: Path) -> None:
    old = NOW - timedelta(days=1_000)
    store.runs.insert(a_run(IDS[0], created_at=old))
    store.runs.insert(a_run(IDS[1], RunStatus.QUEUED, created_at=old))
    store.runs.insert(an_ended_run(IDS[2], created_at=old))
    store.runs.insert(an_ended_run(IDS[3], created_at=old))
    for run_id in IDS[:4]:
        store.append(run_id, [an_interval(seq) for seq in range(1, 31)])
    store.baselines.pin(Baseline(scope=Scope(), run_id=IDS[2], pinned_at=A_MOMENT))
    before = {run_id: (store.runs.get(run_id), store.snapshots.of_run(run_id)) for run_id in IDS[:3]}
    finish(worker_for(store, tmp_path, RetentionPolicy(days=1, max_runs=1, max_bytes=1)))
    for run_id in IDS[:3]:
        for level in WINDOWS:
            list(Downsampler(store, run_id, level, 500.0).slices())

    assert {run_id: (store.runs.get(run_id), store.snapshots.of_run(run_id)) for run_id in IDS[:3]} == before
    assert store.runs.get(IDS[3]) is None


def test_oldest_runs_above_the_maximum_are_deleted(store: Store, tmp_path: Path) -> None:
    for day, run_id in enumerate(IDS[:6]):
        store.runs.insert(an_ended_run(run_id, created_at=A_MOMENT + timedelta(days=day)))
    finish(worker_for(store, tmp_path, replace(KEEP_ALL, max_runs=4)))

    assert [run_id for run_id in IDS[:6] if store.runs.get(run_id)] == IDS[2:6]


def test_oldest_runs_are_reduced_to_totals_before_any_run_is_deleted(store: Store, tmp_path: Path) -> None:
    for day, run_id in enumerate(IDS[:4]):
        store_run(store, seconds=400, operations=5, run_id=run_id, created_at=A_MOMENT + timedelta(days=day))
        folder = tmp_path / "runs" / run_id
        folder.mkdir(parents=True)
        (folder / "console.log").write_bytes(bytes(3_000_000))
        (folder / "endpoints.json").write_text("{}")
    finish(
        worker_for(
            store,
            tmp_path,
            replace(KEEP_ALL, max_bytes=store.usage().used_bytes + store.usage().log_bytes + 7_000_000),
        )
    )

    assert [store.runs.get(run_id).retention_level.value for run_id in IDS[:4]] == [
        "totals",
        "totals",
        "full",
        "full",
    ]
    assert [folder_size(tmp_path / "runs" / run_id) for run_id in IDS[:4]] == [2, 2, 3_000_002, 3_000_002]
    finish(worker_for(store, tmp_path, replace(KEEP_ALL, max_bytes=1)))
    assert store.lists.count(RunFilter()) == 0


def test_run_that_cannot_be_deleted_is_skipped(store: Store, tmp_path: Path) -> None:
    store.runs.insert(an_ended_run(created_at=NOW - timedelta(days=9)))

    def refuse(run_id: str) -> None:
        raise Conflict("in use")

    worker = RetentionWorker(store, tmp_path, replace(KEEP_ALL, days=1), refuse, lambda: False, lambda: NOW)
    finish(worker)
    assert store.lists.count(RunFilter()) == 1


def test_unreadable_run_does_not_block_others(store: Store, tmp_path: Path) -> None:
    for run_id in IDS[:2]:
        store.runs.insert(an_ended_run(run_id, created_at=NOW - timedelta(days=99)))
        store.append(run_id, [an_interval(seq) for seq in range(1, 6)])
    store._database.write(
        lambda db: db.execute("UPDATE intervals SET tally = x'00' WHERE run_no = 1").rowcount
    )
    finish(worker_for(store, tmp_path, RetentionPolicy(max_bytes=0)))

    assert [store.runs.get(run_id).retention_level.value for run_id in IDS[:2]] == ["full", "totals"]


def test_pause_is_longer_while_a_run_is_live(store: Store, tmp_path: Path) -> None:
    assert worker_for(store, tmp_path, KEEP_ALL).tick(0.0) == SLICE_PAUSE_S
    worker = worker_for(store, tmp_path, KEEP_ALL, live=True)
    assert (worker.tick(0.0), worker.tick(0.0)) == (LIVE_SLICE_PAUSE_S, PASS_INTERVAL_S)


def test_disk_space_is_freed_while_others_write(store: Store, tmp_path: Path) -> None:
    store_run(store, seconds=4_000, operations=8, requests=2, created_at=A_MOMENT)
    live = a_run("20261231-101500-bbbbbbbb")
    store.runs.insert(live)
    before = store.usage().file_bytes
    worker, seq = worker_for(store, tmp_path, RetentionPolicy(detail_days=1, max_bytes=0)), 0
    for _ in worker.slices():
        seq += 1
        store.append(live.run_id, [an_interval(seq)])
    wait_until(lambda: not store.is_cleanup_pending(), 20)

    assert store.usage().file_bytes < before / 2 + 10_000_000
    assert len(store.snapshots.of_run(live.run_id)) == seq


def kill_while(work: Callable[[], None], after_s: float) -> bool:
    """Run `work` in a process and kill it after `after_s` seconds. Returns False if it had already finished."""
    child = os.fork()
    if not child:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    end = time.monotonic() + after_s
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            assert os.WEXITSTATUS(status) == 0
            return False
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize("kills", [5, pytest.param(20, marks=pytest.mark.long)])
def test_runs_are_consistent_after_kills_at_random_times(tmp_path: Path, kills: int) -> None:
    """Kill a process at random times while it downsamples runs and deletes one."""
    original, path, chance = tmp_path / "original.db", tmp_path / "dashboard.db", random.Random(20)
    policy = RetentionPolicy(days=200, max_bytes=0)
    store = Store(original)
    for number, (days, seconds) in enumerate(((250, 700), (100, 700), (40, 3_700), (40, 700), (10, 700))):
        created_at = NOW - timedelta(days=days)
        store_run(store, seconds=seconds, operations=2, requests=1, run_id=IDS[number], created_at=created_at)
    store.baselines.pin(Baseline(scope=Scope(), run_id=IDS[3], pinned_at=A_MOMENT))
    sums = {run_id: sum_windows(store, run_id) for run_id in IDS[1:5]}
    pinned = store.intervals.read(IDS[3], after=0, limit=100_000)
    store.close()

    def work() -> None:
        opened = Store(path)
        finish(worker_for(opened, tmp_path, policy))
        opened.close()

    def reset() -> None:
        for old in tmp_path.glob("dashboard.db*"):
            old.unlink()
        shutil.copy(original, path)

    reset()
    began = time.monotonic()
    assert not kill_while(work, 60.0)
    whole_s = time.monotonic() - began
    killed = tried = 0
    while killed < kills:
        assert (tried := tried + 1) <= 3 * kills, "The process mostly finished before it was killed."
        reset()
        killed += kill_while(work, chance.uniform(0.02, whole_s * 0.9))
        store = Store(path)
        for run_id in IDS[1:5]:
            assert sum_windows(store, run_id) == sums[run_id]
            assert_consistent(store, run_id)
        assert store.runs.get(IDS[0]) is None or sum_windows(store, IDS[0])
        assert store.intervals.read(IDS[3], after=0, limit=100_000) == pinned
        store.close()
    store = Store(path)
    finish(worker_for(store, tmp_path, policy))

    assert [found.retention_level.value if (found := store.runs.get(run_id)) else None for run_id in IDS[:5]] == [
        None, "totals", "60s", "full", "10s",
    ]  # fmt: skip
    assert {run_id: sum_windows(store, run_id) for run_id in IDS[1:5]} == sums
    wait_until(lambda: not store.is_cleanup_pending(), 20)
    store.close()

"""The retention worker: applies the policy once an hour, in small slices with pauses between them."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from dashboard.model.errors import DashboardError
from dashboard.model.run import RetentionLevel, RunId
from dashboard.retention.disk import disk_usage, folder_size
from dashboard.retention.downsampler import Downsampler
from dashboard.retention.policy import ABOVE_TOTALS, RetentionPolicy, RetentionRule, days_before, rules_of
from dashboard.store.store import Store
from dashboard.store.values import RunFilter

log = structlog.get_logger()
PASS_INTERVAL_S = 3_600.0
SLICE_PAUSE_S = 0.02
# A slice takes about ten milliseconds of CPU. k6 and the pushes of a live run have priority.
LIVE_SLICE_PAUSE_S = 1.0
# A request for the disk usage measures the run folders again, but measuring takes at most 1% of the time.
MEASURE_INTERVAL_S, MEASURE_TIME_SHARE = 5.0, 0.01
KEPT_FILES = frozenset({"endpoints.json"})
ALL_LEVELS = tuple(RetentionLevel)
RUNS_PER_QUERY = 100
MAX_DELETIONS_PER_PASS = 1_000_000


class RetentionWorker:
    """The work of one loop. `delete` deletes a run of this dashboard; `is_live` returns whether any run is live."""

    def __init__(
        self,
        store: Store,
        data_dir: Path,
        policy: RetentionPolicy,
        delete: Callable[[RunId], None],
        is_live: Callable[[], bool],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._data_dir = data_dir
        self._runs_folder = data_dir / "runs"
        self._policy = policy
        self._delete_run = delete
        self._is_live = is_live
        self._clock = clock
        self._runs_bytes = 0
        self._measure_at = 0.0
        self._pass: Iterator[None] | None = None

    def tick(self, _now: float) -> float:
        """Do one slice and return the pause after it in seconds."""
        if self._pass is None:
            self._pass = self.slices()
        try:
            next(self._pass)
        except StopIteration:
            self._pass = None
            return PASS_INTERVAL_S
        except BaseException:
            self._pass = None
            raise
        return LIVE_SLICE_PAUSE_S if self._is_live() else SLICE_PAUSE_S

    def slices(self) -> Iterator[None]:
        """Do everything that is due, one slice before each yield."""
        self._measure()
        yield
        yield from self._delete_expired()
        yield from self._delete_excess()
        for rule in rules_of(self._policy):
            yield from self._apply(rule)
        yield from self._shrink()

    def disk(self) -> dict[str, Any]:
        """Return the disk usage for `/health` and the page."""
        if time.monotonic() >= self._measure_at:
            self._measure()
        return asdict(disk_usage(self._store, self._data_dir, self._runs_bytes, self._policy.max_bytes))

    def _measure(self) -> None:
        start = time.monotonic()
        self._runs_bytes = folder_size(self._runs_folder)
        duration_s = time.monotonic() - start
        self._measure_at = start + max(MEASURE_INTERVAL_S, duration_s / MEASURE_TIME_SHARE)

    def _apply(self, rule: RetentionRule) -> Iterator[None]:
        """Try each due run once, so that an unreadable run does not block the others."""
        until, tried = days_before(self._clock(), rule.days), set[RunId]()
        while True:
            limit = RUNS_PER_QUERY + len(tried)
            due = self._store.runs.find_old(
                rule.sources, until=until, min_length_s=rule.min_length_s, limit=limit
            )
            if not (new := [run_id for run_id in due if run_id not in tried]):
                return
            for run_id in new:
                tried.add(run_id)
                yield from self._downsample(run_id, rule.target)

    def _delete_expired(self) -> Iterator[None]:
        if self._policy.days:
            until = days_before(self._clock(), self._policy.days)
            for run_id in self._store.runs.find_old(ALL_LEVELS, until=until, limit=MAX_DELETIONS_PER_PASS):
                self._delete(run_id)
                yield

    def _delete_excess(self) -> Iterator[None]:
        if self._policy.max_runs:
            excess = self._store.lists.count(RunFilter()) - self._policy.max_runs
            now = days_before(self._clock(), 0)
            for run_id in self._store.runs.find_old(ALL_LEVELS, until=now, limit=max(0, excess)):
                self._delete(run_id)
                yield

    def _shrink(self) -> Iterator[None]:
        """Get below the size limit: first reduce the oldest runs to totals, then delete the oldest runs."""
        for levels, act in ((ABOVE_TOTALS, self._reduce_to_totals), (ALL_LEVELS, self._delete_slice)):
            tried: set[RunId] = set()
            while self._is_over_limit():
                now = days_before(self._clock(), 0)
                oldest = self._store.runs.find_old(levels, until=now, limit=1 + len(tried))
                if not (new := [run_id for run_id in oldest if run_id not in tried]):
                    break
                tried.add(new[0])
                yield from act(new[0])
                # Deleted rows count toward the limit until their pages are returned to the disk.
                while self._store.is_cleanup_pending():
                    yield

    def _is_over_limit(self) -> bool:
        limit = self._policy.max_bytes
        if not limit:
            return False
        return disk_usage(self._store, self._data_dir, self._runs_bytes, limit).used_bytes > limit

    def _reduce_to_totals(self, run_id: RunId) -> Iterator[None]:
        yield from self._downsample(run_id, RetentionLevel.TOTALS)

    def _delete_slice(self, run_id: RunId) -> Iterator[None]:
        self._delete(run_id)
        yield

    def _downsample(self, run_id: RunId, level: RetentionLevel) -> Iterator[None]:
        run = self._store.runs.get(run_id)
        if run is None:
            return
        try:
            yield from Downsampler(self._store, run_id, level, run.config.apdex_t_ms, run.bounds).slices()
        except ValueError as error:
            log.warning("retention.skipped", run_id=run_id, reason=f"A tally cannot be read: {error}")
            return
        changed = self._store.runs.get(run_id)
        if changed is not None and changed.retention_level is RetentionLevel.TOTALS:
            self._trim(self._runs_folder / run_id)
        log.info("retention.downsampled", run_id=run_id, retention_level=level.value)

    def _delete(self, run_id: RunId) -> None:
        size = folder_size(self._runs_folder / run_id)
        try:
            self._delete_run(run_id)
        except DashboardError as error:
            log.warning("retention.skipped", run_id=run_id, reason=error.detail)
            return
        self._runs_bytes = max(0, self._runs_bytes - size)
        log.info("retention.deleted", run_id=run_id)

    def _trim(self, folder: Path) -> None:
        """Delete the files of a run folder except KEPT_FILES, which define what was tested."""
        size = folder_size(folder)
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name in KEPT_FILES:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        self._runs_bytes = max(0, self._runs_bytes - size + folder_size(folder))

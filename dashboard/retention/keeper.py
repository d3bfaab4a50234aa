"""The keeper: once an hour it does what the policy says, in slices, resting between them while k6 is at work."""

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
from dashboard.retention.coarser import Downsampler
from dashboard.retention.disk import disk_usage, size_of
from dashboard.retention.policy import FINER, Policy, Step, before, steps_of
from dashboard.store.store import Store
from dashboard.store.values import RunFilter

log = structlog.get_logger()
PAUSE_S = 3_600.0
REST_S = 0.02
# a slice takes some ten milliseconds of a core: k6 and the pushes of a live run come first
BUSY_REST_S = 1.0
# the folders are measured anew when somebody asks, in no more than a hundredth of the time
MEASURE_EVERY_S, MEASURE_SHARE = 5.0, 0.01
KEPT_FILES = frozenset({"endpoints.json"})
EVERY_DETAIL = tuple(RetentionLevel)
AT_ONCE = 100


class RetentionWorker:
    """`delete` removes a run from this dashboard; `busy` says whether a run is live."""

    def __init__(
        self,
        store: Store,
        data_dir: Path,
        policy: Policy,
        delete: Callable[[RunId], None],
        busy: Callable[[], bool],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._data_dir = data_dir
        self._runs_folder = data_dir / "runs"
        self._policy = policy
        self._delete_run = delete
        self._busy = busy
        self._clock = clock
        self._runs_bytes = 0
        self._measure_at = 0.0
        self._work: Iterator[None] | None = None

    def tick(self, _now: float) -> float:
        """One slice; how long to rest."""
        if self._work is None:
            self._work = self.work()
        try:
            next(self._work)
        except StopIteration:
            self._work = None
            return PAUSE_S
        except BaseException:
            self._work = None
            raise
        return BUSY_REST_S if self._busy() else REST_S

    def work(self) -> Iterator[None]:
        """All that is due, a slice before each yield."""
        self._measure()
        yield
        yield from self._delete_old()
        yield from self._delete_many()
        for step in steps_of(self._policy):
            yield from self._all_due(step)
        yield from self._fit()

    def _all_due(self, step: Step) -> Iterator[None]:
        """Each run once: one that cannot be read must not keep the others waiting."""
        until, tried = before(self._clock(), step.days), set[RunId]()
        while True:
            limit = AT_ONCE + len(tried)
            due = self._store.runs.find_old(step.before, until=until, min_length_s=step.length_s, limit=limit)
            if not (new := [run_id for run_id in due if run_id not in tried]):
                return
            for run_id in new:
                tried.add(run_id)
                yield from self._make_coarser(run_id, step.level)

    def disk(self) -> dict[str, Any]:
        """For `/health` and the page."""
        if time.monotonic() >= self._measure_at:
            self._measure()
        return asdict(disk_usage(self._store, self._data_dir, self._runs_bytes, self._policy.most_bytes))

    def _measure(self) -> None:
        began = time.monotonic()
        self._runs_bytes = size_of(self._runs_folder)
        took_s = time.monotonic() - began
        self._measure_at = began + max(MEASURE_EVERY_S, took_s / MEASURE_SHARE)

    def _delete_old(self) -> Iterator[None]:
        if self._policy.days:
            until = before(self._clock(), self._policy.days)
            for run_id in self._store.runs.find_old(EVERY_DETAIL, until=until, limit=1_000_000):
                self._delete(run_id)
                yield

    def _delete_many(self) -> Iterator[None]:
        if self._policy.most_runs:
            excess = self._store.lists.count(RunFilter()) - self._policy.most_runs
            now = before(self._clock(), 0)
            for run_id in self._store.runs.find_old(EVERY_DETAIL, until=now, limit=max(0, excess)):
                self._delete(run_id)
                yield

    def _fit(self) -> Iterator[None]:
        """Below the limit: the oldest runs become totals first, and only then runs go."""
        for details, act in ((FINER, self._to_totals), (EVERY_DETAIL, self._delete_now)):
            tried: set[RunId] = set()
            while self._is_over():
                oldest = self._store.runs.find_old(details, until=before(self._clock(), 0), limit=1 + len(tried))
                if not (new := [run_id for run_id in oldest if run_id not in tried]):
                    break
                tried.add(new[0])
                yield from act(new[0])
                while not self._store.is_cleanup_pending():  # what was removed counts until its room is given back
                    yield

    def _is_over(self) -> bool:
        limit = self._policy.most_bytes
        if not limit:
            return False
        return disk_usage(self._store, self._data_dir, self._runs_bytes, limit).used_bytes > limit

    def _to_totals(self, run_id: RunId) -> Iterator[None]:
        yield from self._make_coarser(run_id, RetentionLevel.TOTALS)

    def _delete_now(self, run_id: RunId) -> Iterator[None]:
        self._delete(run_id)
        yield

    def _make_coarser(self, run_id: RunId, level: RetentionLevel) -> Iterator[None]:
        run = self._store.runs.get(run_id)
        if run is None:
            return
        try:
            yield from Downsampler(self._store, run_id, level, run.config.apdex_t_ms).slices()
        except ValueError as error:
            log.warning("retention.kept", run_id=run_id, reason=f"its detail cannot be read: {error}")
            return
        changed = self._store.runs.get(run_id)
        if changed is not None and changed.retention_level is RetentionLevel.TOTALS:
            self._trim(self._runs_folder / run_id)
        log.info("retention.coarser", run_id=run_id, retention_level=level.value)

    def _delete(self, run_id: RunId) -> None:
        size = size_of(self._runs_folder / run_id)
        try:
            self._delete_run(run_id)
        except DashboardError as error:
            log.warning("retention.kept", run_id=run_id, reason=error.detail)
            return
        self._runs_bytes = max(0, self._runs_bytes - size)
        log.info("retention.deleted", run_id=run_id)

    def _trim(self, folder: Path) -> None:
        """The log and what k6 sent go with the detail; what was tested stays."""
        size = size_of(folder)
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name in KEPT_FILES:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        self._runs_bytes = max(0, self._runs_bytes - size + size_of(folder))

"""Copies the ended runs of other dashboards into the record, newest first, one run at a time."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

import structlog

from dashboard.model.run import Run
from dashboard.replica.client import InfluxClient
from dashboard.replica.errors import InfluxError
from dashboard.replica.remote_reader import (
    FinalRecord,
    SentRun,
    find_sent_runs,
    read_final_record,
    read_intervals,
)
from dashboard.store import codec
from dashboard.store.errors import PinnedRun, RunExists
from dashboard.store.mirrored import MirroredRuns
from dashboard.store.store import Store
from dashboard.store.values import StoredInterval

POLL_INTERVAL_S = 15.0
FULL_POLL_INTERVAL_S = 600.0
ERROR_PAUSE_S = 30.0
LIVE_PAUSE_S = 2.0
# Clocks of other machines may be behind, and a run that was sent late has an early `sent_ms`.
OVERLAP_MS = 600_000.0
INTERVALS_PER_WRITE = 200
log = structlog.get_logger()


class Mirror:
    """The work of one loop. It pauses between runs while `is_live()`, and reports each copied run to `on_copied`."""

    def __init__(
        self,
        influx: InfluxClient,
        store: Store,
        mirrored: MirroredRuns,
        origin: str,
        is_live: Callable[[], bool],
        on_copied: Callable[[Run], None],
    ) -> None:
        self._influx = influx
        self._store = store
        self._mirrored = mirrored
        self._origin = origin
        self._is_live = is_live
        self._on_copied = on_copied
        self._waiting: list[SentRun] = []
        self._full_poll_at = -FULL_POLL_INTERVAL_S
        self._unreadable: dict[str, float] = {}
        self.last_error: str | None = None

    @property
    def waiting(self) -> int:
        """Runs that were found and not copied yet."""
        return len(self._waiting)

    def tick(self, now: float) -> float:
        """Copy one run, or poll for new ones. Returns the pause in seconds."""
        try:
            if not self._waiting:
                self._poll(now)
            if self._waiting:
                self._copy_or_skip(self._waiting.pop())
        except InfluxError as error:
            self.last_error = str(error)
            self._waiting.clear()
            return ERROR_PAUSE_S
        self.last_error = None
        if self._waiting:
            return LIVE_PAUSE_S if self._is_live() else 0.0
        return POLL_INTERVAL_S

    def _poll(self, now: float) -> None:
        """Find changed runs. Every ten minutes, find all runs, to detect deleted ones too."""
        known = self._mirrored.sent_times()
        full = now - self._full_poll_at >= FULL_POLL_INTERVAL_S
        since_ms = 0.0 if full or not known else max(known.values()) - OVERLAP_MS
        sent_runs = [run for run in find_sent_runs(self._influx, since_ms) if run.origin != self._origin]
        if full:
            self._full_poll_at = now
            self._delete(known.keys() - {run.run_id for run in sent_runs})
        new = [
            run
            for run in sent_runs
            if run.sent_ms not in (known.get(run.run_id), self._unreadable.get(run.run_id))
        ]
        self._waiting = sorted(new, key=lambda run: run.run_id)

    def _copy_or_skip(self, sent: SentRun) -> None:
        try:
            self._copy(sent)
        except (ValueError, KeyError, TypeError) as error:
            # Another version or another program wrote these points. Log it once and copy the other runs.
            self._unreadable[sent.run_id] = sent.sent_ms
            log.warning("replica.unreadable_run", run_id=sent.run_id, origin=sent.origin, error=str(error))

    def _copy(self, sent: SentRun) -> None:
        final = read_final_record(self._influx, sent.run_id)
        stored = self._store.runs.get(sent.run_id)
        if final is None or (stored is not None and stored.origin is None):
            self._mirrored.put(sent.run_id, sent.origin, sent.sent_ms)
            return
        run = replace(codec.run_from_json(final.body), origin=sent.origin)
        if run.run_id != sent.run_id or not run.status.has_ended:
            raise ValueError("The final record belongs to another run, or to a run that has not ended.")
        if stored is None:
            self._publish(run, final)
        else:
            self._store.runs.update(run)
        self._on_copied(run)
        self._mirrored.put(sent.run_id, sent.origin, sent.sent_ms)

    def _publish(self, run: Run, final: FinalRecord) -> None:
        draft = self._store.drafts.open()
        try:
            for intervals in _in_groups(read_intervals(self._influx, run)):
                self._store.drafts.add(draft, intervals)
            events = [codec.event_from_json(event) for event in final.events]
            self._store.drafts.publish(draft, run, events)
        except RunExists:
            self._store.drafts.drop(draft)
        except BaseException:
            self._store.drafts.drop(draft)
            raise
        if final.slo_results:
            self._store.append(run.run_id, [], slo_results=final.slo_results)

    def _delete(self, run_ids: set[str]) -> None:
        for run_id in run_ids:
            run = self._store.runs.get(run_id)
            if run is not None and run.origin is not None:
                try:
                    self._store.runs.delete(run_id)
                except PinnedRun:
                    continue
            self._mirrored.remove(run_id)


def _in_groups(intervals: Iterator[StoredInterval]) -> Iterator[list[StoredInterval]]:
    while group := list(islice(intervals, INTERVALS_PER_WRITE)):
        yield group

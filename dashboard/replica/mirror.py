"""Takes over the runs that other dashboards wrote, newest first, a run at a time."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

import structlog

from dashboard.model.run import Run
from dashboard.replica import foreign
from dashboard.replica.errors import InfluxError
from dashboard.replica.foreign import Known
from dashboard.replica.influx import Influx
from dashboard.store.errors import PinnedRun, RunExists
from dashboard.store.store import Store
from dashboard.store.values import StoredInterval
from dashboard.store.mirrored import MirroredRuns
from dashboard.store.outbox import Outbox

LOOK_EVERY_S = 15.0
COMPARE_EVERY_S = 600.0
AFTER_ERROR_S = 30.0
# clocks of other machines may be behind, and what was sent late has an early time
OVERLAP_MS = 600_000.0
INTERVALS_AT_ONCE = 200
log = structlog.get_logger()


class Mirror:
    """One loop's work. `busy` says whether a run is live: then it is slower. `told` gets what was taken over."""

    def __init__(
        self,
        influx: Influx,
        store: Store,
        outbox: Outbox,
        mirrored: MirroredRuns,
        origin: str,
        busy: Callable[[], bool],
        told: Callable[[Run], None],
    ) -> None:
        self._influx = influx
        self._store = store
        self._outbox = outbox
        self._mirrored = mirrored
        self._origin = origin
        self._busy = busy
        self._told = told
        self._waiting: list[Known] = []
        self._compared_at = -COMPARE_EVERY_S
        self._unreadable: dict[str, float] = {}
        self.last_error: str | None = None

    @property
    def waiting(self) -> int:
        """Runs that are known to be there and are not here yet."""
        return len(self._waiting)

    def tick(self, now: float) -> float:
        """Take over one run, or look what is new; returns how long to wait, in seconds."""
        try:
            if not self._waiting:
                self._look(now)
            if self._waiting:
                self._take(self._waiting.pop())
        except InfluxError as error:
            self.last_error = str(error)
            self._waiting.clear()
            return AFTER_ERROR_S
        self.last_error = None
        if self._waiting:
            return 2.0 if self._busy() else 0.0
        return LOOK_EVERY_S

    def _look(self, now: float) -> None:
        """What changed there; now and then everything, which also tells what is gone."""
        known = self._mirrored.known()
        whole = now - self._compared_at >= COMPARE_EVERY_S
        since_ms = 0.0 if whole or not known else max(known.values()) - OVERLAP_MS
        found = [one for one in foreign.changed(self._influx, since_ms) if one.origin != self._origin]
        if whole:
            self._compared_at = now
            self._remove(known.keys() - {one.run_id for one in found})
        new = [
            one
            for one in found
            if one.sent_ms not in (known.get(one.run_id), self._unreadable.get(one.run_id))
        ]
        self._waiting = sorted(new, key=lambda one: one.run_id)

    def _take(self, one: Known) -> None:
        try:
            self._take_over(one)
        except (ValueError, KeyError, TypeError) as error:
            # of another version, or not ours at all: told once, the others still come
            self._unreadable[one.run_id] = one.sent_ms
            log.warning("replica.unreadable_run", run_id=one.run_id, origin=one.origin, error=str(error))

    def _take_over(self, one: Known) -> None:
        found = foreign.facts(self._influx, one.run_id)
        here = self._store.runs.get(one.run_id)
        if found is None or (here is not None and here.origin is None):
            self._mirrored.put(one.run_id, one.origin, one.sent_ms)
            return
        run = replace(self._outbox.decoded(found.run), origin=one.origin)
        if run.run_id != one.run_id or not run.status.has_ended:
            raise ValueError("its record is of another run, or of one that has not ended")
        if here is None:
            self._publish(run, found)
        else:
            self._store.runs.update(run)
        self._told(run)
        self._mirrored.put(one.run_id, one.origin, one.sent_ms)

    def _publish(self, run: Run, found: foreign.Facts) -> None:
        draft = self._store.drafts.open()
        try:
            for part in _parts(foreign.intervals(self._influx, run)):
                self._store.drafts.add(draft, part)
            events = [self._outbox.decoded_event(json.dumps(event)) for event in found.events]
            self._store.drafts.publish(draft, run, events)
        except RunExists:
            self._store.drafts.drop(draft)
        except BaseException:
            self._store.drafts.drop(draft)
            raise
        if found.slos:
            self._store.append(run.run_id, [], slo_results=found.slos)

    def _remove(self, gone: set[str]) -> None:
        for run_id in gone:
            run = self._store.runs.get(run_id)
            if run is not None and run.origin is not None:
                try:
                    self._store.runs.delete(run_id)
                except PinnedRun:
                    continue
            self._mirrored.remove(run_id)


def _parts(intervals: Iterator[StoredInterval]) -> Iterator[list[StoredInterval]]:
    while part := list(islice(intervals, INTERVALS_AT_ONCE)):
        yield part

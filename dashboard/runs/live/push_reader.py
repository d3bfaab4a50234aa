"""Reads the push log of a run into intervals and commits them, with checkpoints from which reading resumes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import structlog

from dashboard.engine.remote_write import MalformedPush, SamplePoint, decode
from dashboard.model.account import IterationCounts, account_of
from dashboard.model.figures import figures_of, totals_of
from dashboard.model.run import Run, RunId, RunStatus
from dashboard.model.script import ChecksByName
from dashboard.model.snapshot import Interval
from dashboard.model.tally import Tally
from dashboard.run_folder.files import RunFolder
from dashboard.run_folder.push_log import LogPosition, PushRecord, list_segments, read_from, segment_path
from dashboard.runs.live.aggregator import Aggregator
from dashboard.runs.live.load_clock import LoadClock
from dashboard.runs.live.window import GeneratorUsage
from dashboard.store.store import Store

log = structlog.get_logger()
CHECKPOINT_RECORDS = 15
MAX_RECORDS_PER_COMMIT = 50


@dataclass(frozen=True, slots=True)
class ReadBatch:
    """The result of one call of `read_new`: the number of records read, and the intervals committed."""

    records: int
    intervals: list[Interval]


class PushReader:
    """Owns the aggregator of one run and its position in the push log.

    script_checks: the newest checks of a custom script, which no push contains
    """

    def __init__(
        self,
        run_id: RunId,
        folder: RunFolder,
        store: Store,
        *,
        started_ms: int,
        apdex_t_ms: float,
        has_idle_users: bool = False,
        first_start_s: float = 0.0,
    ) -> None:
        self.script_checks: ChecksByName = {}
        self._run_id = run_id
        self._folder = folder
        self._store = store
        self._new_aggregator = partial(
            Aggregator,
            started_ms=started_ms,
            apdex_t_ms=apdex_t_ms,
            has_idle_users=has_idle_users,
            first_start_s=first_start_s,
        )
        self._restore()

    def _restore(self) -> None:
        """Start at the last checkpoint. Pushes after it are read again and produce the same rows."""
        self.aggregator = self._new_aggregator()
        self._position = LogPosition()
        self._record_number = self._checkpoint_number = 0
        self._keep_segment = 0
        checkpoint = self._store.checkpoints.newest(self._run_id)
        if checkpoint is not None:
            self.aggregator.resume(checkpoint)
            self._position = LogPosition(checkpoint.segment, checkpoint.offset)
            self._record_number = self._checkpoint_number = checkpoint.record
            self._keep_segment = checkpoint.segment

    def read_new(
        self, record_at: Callable[[Interval], Run], *, ended: bool = False, running_ms: int | None = None
    ) -> ReadBatch:
        """Read, aggregate and commit new pushes. `record_at` returns the run record as of the last interval.

        `running_ms` is the time at which k6 reported that it is running; None while unknown.

        When reading or committing fails, the state returns to the last checkpoint, so that no push is skipped.
        """
        before = self._record_number
        try:
            intervals = self._read(running_ms, ended=ended)
            if self._record_number > before:
                self._commit(intervals, record_at)
        except Exception:  # of any kind: what was counted but not committed would be missing forever
            self._restore()
            raise
        return ReadBatch(self._record_number - before, intervals)

    def _read(self, running_ms: int | None, *, ended: bool) -> list[Interval]:
        """Count the next pushes and return their intervals, which are not committed yet."""
        intervals: list[Interval] = []
        before = self._record_number
        while self._record_number - before < MAX_RECORDS_PER_COMMIT:
            batch = read_from(self._folder.path, self._position, ended=ended)
            self._position = batch.position
            if not batch.records:
                break
            for record in batch.records:
                self._feed(record, intervals, running_ms)
        return intervals

    def _feed(self, record: PushRecord, intervals: list[Interval], running_ms: int | None) -> None:
        """Count one push series by series, because decoding all of them at once would take many megabytes."""
        self._record_number = record.number
        meta = record.meta
        generator = GeneratorUsage(record.arrived_ms, meta.cpu_s, meta.rss_bytes, meta.cores)
        interval = self.aggregator.feed(
            self._points(record),
            record=record.number,
            generator=generator,
            running_ms=running_ms,
            checks=self.script_checks,
        )
        if interval is not None:
            if intervals and intervals[-1].snapshot.seq == interval.snapshot.seq:
                intervals[-1] = interval
            else:
                intervals.append(interval)

    def _points(self, record: PushRecord) -> Iterator[SamplePoint]:
        """Yield the readable series of a push. Series are cumulative, so the next push makes up for the rest."""
        try:
            yield from decode(record.body, self.aggregator.ignored)
        except MalformedPush as error:
            log.warning("run.malformed_push", run_id=self._run_id, record=record.number, error=str(error))

    def _commit(self, intervals: list[Interval], record_at: Callable[[Interval], Run]) -> None:
        due = self._record_number - self._checkpoint_number >= CHECKPOINT_RECORDS
        checkpoint = None
        if due:
            position = self._position
            checkpoint = self.aggregator.checkpoint(
                record=self._record_number, segment=position.segment, offset=position.offset
            )
        run = record_at(intervals[-1]) if intervals else None
        self._store.append(self._run_id, intervals, run=run, checkpoint=checkpoint)
        if checkpoint is not None:
            self._checkpoint_number = checkpoint.record
            self._delete_before(self._keep_segment)  # the segment of the previous checkpoint
            self._keep_segment = checkpoint.segment

    def _delete_before(self, segment: int) -> None:
        """Delete the segments before `segment`, except the newest: the runner continues its record numbers."""
        for number in list_segments(self._folder.path)[:-1]:
            if number < segment:
                segment_path(self._folder.path, number).unlink(missing_ok=True)


def live_record(run: Run, interval: Interval, overall: Tally, clock: LoadClock, uncaught: int) -> Run:
    """Return the record as of `interval`; `overall` is the cumulative tally of the run.

    uncaught: iterations that ended with an exception which the script did not catch
    """
    elapsed_s = interval.snapshot.elapsed_s
    return replace(
        run,
        status=RunStatus.RUNNING if run.status is RunStatus.STARTING else run.status,
        load_started_at=clock.load_started_at,
        elapsed_s=elapsed_s,
        vus=interval.snapshot.vus,
        figures=figures_of(overall, elapsed_s, run.config.apdex_t_ms),
        totals=totals_of(overall),
        account=account_of(
            overall, IterationCounts(uncaught=uncaught), own_script=run.context.has_own_script
        ),
        percentiles_from="histogram",
    )

"""The next batches to send: lines of pending runs, and the position that each batch reaches."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from dashboard.model.run import Run, RunId, RunStatus
from dashboard.replica.points import final_line, slo_lines, snapshot_lines, start_line
from dashboard.store.outbox import NOTHING_SENT, Outbox, PendingRun
from dashboard.store.store import Store

MAX_LINES = 5_000


@dataclass(frozen=True, slots=True)
class RunBatch:
    """Lines of one run up to snapshot `seq`. With `version`, the run is complete after this batch."""

    run_id: RunId
    lines: list[str]
    seq: int
    version: int | None


class BatchBuilder:
    """Builds batches from the record."""

    def __init__(self, store: Store, outbox: Outbox, origin: str, clock_ms: Callable[[], int]) -> None:
        self._store = store
        self._outbox = outbox
        self._origin = origin
        self._clock_ms = clock_ms

    def build(self, pending: Iterable[PendingRun]) -> list[RunBatch]:
        """Return at most one batch per run, with about `MAX_LINES` lines in total."""
        batches: list[RunBatch] = []
        lines_left = MAX_LINES
        for run in pending:
            batch = self._run_batch(run, lines_left)
            if batch and (batch.lines or batch.version is not None):
                batches.append(batch)
                lines_left -= len(batch.lines)
            if lines_left <= 0:
                break
        return batches

    def _run_batch(self, pending: PendingRun, max_lines: int) -> RunBatch | None:
        stored = self._outbox.run_with_body(pending.run_id)
        if stored is None or stored[0].status is RunStatus.QUEUED:
            return None
        run, body = stored
        lines = [start_line(run, body, self._origin)] if pending.sent_seq == NOTHING_SENT else []
        page = self._outbox.page(pending.run_id, max(0, pending.sent_seq), max_lines)
        # The next push may still be merged into the newest snapshot of a live run.
        final = page.snapshots if run.status.has_ended else page.snapshots[:-1]
        lines += snapshot_lines(run, final, page.tallies, self._origin)
        seq = final[-1].seq if final else max(0, pending.sent_seq)
        if not run.status.has_ended or page.has_more:
            return RunBatch(pending.run_id, lines, seq, None)
        lines += self._last_lines(run, body)
        return RunBatch(pending.run_id, lines, seq, pending.version)

    def _last_lines(self, run: Run, body: str) -> Iterator[str]:
        results = self._store.slo_results.of_run(run.run_id)
        yield from slo_lines(run, results, self._origin)
        events = self._store.events.of_run(run.run_id)
        yield final_line(run, body, events, results, self._origin, self._clock_ms())

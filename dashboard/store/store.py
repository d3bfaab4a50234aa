"""The store: one SQLite database, read and written through repositories, one for each group of tables."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from dashboard.model.run import Run, RunId
from dashboard.model.slo import SloResult
from dashboard.model.snapshot import Checkpoint, Interval
from dashboard.store.audit import AuditRepository
from dashboard.store.baselines import BaselineRepository
from dashboard.store.checkpoints import CheckpointRepository, replace_checkpoint
from dashboard.store.cleanup import clean_up, is_cleanup_pending
from dashboard.store.connection import SqlConnection
from dashboard.store.database import Database
from dashboard.store.deliveries import DeliveryRepository
from dashboard.store.drafts import DraftRepository
from dashboard.store.endpoints_versions import EndpointsVersionRepository
from dashboard.store.event_outbox import EventOutbox
from dashboard.store.events import EventRepository
from dashboard.store.exchanges import ExchangeRepository
from dashboard.store.intervals import IntervalRepository, encode_interval, put_intervals
from dashboard.store.listing import ListRepository
from dashboard.store.mirrored import MirroredRuns
from dashboard.store.objects import ObjectRepository
from dashboard.store.op_figures import compute_op_figures, compute_scheduled, schedule_op_figures
from dashboard.store.op_series import OpSeriesRepository
from dashboard.store.outbox import Outbox
from dashboard.store.ranges import RangeRepository
from dashboard.store.run_rows import existing_run_no, has_ended, row_of, update_row
from dashboard.store.runs import RunRepository
from dashboard.store.slo_results import SloResultRepository, replace_slo_results
from dashboard.store.snapshots import SnapshotRepository
from dashboard.store.tokens import TokenRepository
from dashboard.store.trends import TrendRepository
from dashboard.store.values import DatabaseUsage
from dashboard.store.webhooks import WebhookRepository


class Store:
    """The repositories of the database file `path`, which is created when it is missing."""

    def __init__(self, path: Path) -> None:
        database = self._database = Database(path, _do_deferred_work)
        self.runs = RunRepository(database)
        self.lists = ListRepository(database)
        self.trends = TrendRepository(database)
        self.baselines = BaselineRepository(database)
        self.snapshots = SnapshotRepository(database)
        self.intervals = IntervalRepository(database)
        self.ranges = RangeRepository(database)
        self.op_series = OpSeriesRepository(database)
        self.checkpoints = CheckpointRepository(database)
        self.slo_results = SloResultRepository(database)
        self.events = EventRepository(database)
        self.exchanges = ExchangeRepository(database)
        self.objects = ObjectRepository(database)
        self.drafts = DraftRepository(database)
        self.endpoints_versions = EndpointsVersionRepository(database)
        self.tokens = TokenRepository(database)
        self.audit = AuditRepository(database)
        self.outbox = Outbox(database)
        self.event_outbox = EventOutbox(database)
        self.webhooks = WebhookRepository(database)
        self.deliveries = DeliveryRepository(database)
        self.mirrored = MirroredRuns(database)
        self.drafts.drop_all()

    def append(
        self,
        run_id: RunId,
        intervals: Sequence[Interval],
        *,
        run: Run | None = None,
        checkpoint: Checkpoint | None = None,
        slo_results: Sequence[SloResult] | None = None,
    ) -> None:
        """Commit intervals, the changed run, a checkpoint and SLO results in one transaction.

        An interval is keyed by run and `seq`. It replaces everything that an earlier read of the same push stored
        under that `seq`. A keyframe must be the sum of all intervals up to its `seq`, because ranges are computed as
        the difference of two keyframes. Raises DeletedRun.
        """
        rows = [encode_interval(interval) for interval in intervals]
        row = row_of(run) if run else None

        def commit(db: SqlConnection) -> None:
            run_no = existing_run_no(db, run_id)
            put_intervals(db, run_no, rows)
            if checkpoint:
                replace_checkpoint(db, run_no, checkpoint)
            if row:
                update_row(db, row, results=slo_results or ())
            if slo_results is not None:
                replace_slo_results(db, run_no, slo_results)
            if run and run.status.has_ended:
                compute_op_figures(db, run_no, run)
            elif has_ended(db, run_no):
                schedule_op_figures(db, run_no)

        self._database.write(commit)

    def consistent_reads(self) -> AbstractContextManager[None]:
        """Let all reads of the calling thread inside the block see the same state of the database."""
        return self._database.consistent_reads()

    def usage(self) -> DatabaseUsage:
        """Return the size of the database."""
        return self._database.usage()

    def is_cleanup_pending(self) -> bool:
        """Return whether deleted rows or free pages still take disk space."""
        with self._database.reading() as db:
            return is_cleanup_pending(db)

    def close(self) -> None:
        """Commit everything that was submitted, then close. Later calls raise StoreError; a second close is a no-op."""
        self._database.close()


def _do_deferred_work(db: SqlConnection) -> bool:
    """Do one slice of deferred work. Returns False when nothing is left to do."""
    return clean_up(db) or compute_scheduled(db)

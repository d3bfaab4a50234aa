"""Drafts: intervals written in slices under a number that no run has yet, until they become a run."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from dashboard.model.events import Event
from dashboard.model.run import Run
from dashboard.model.slo import SloResult
from dashboard.store.connection import SqlConnection
from dashboard.store.events import insert_event
from dashboard.store.exchanges import write_exchanges
from dashboard.store.intervals import put_intervals, rows_of
from dashboard.store.op_figures import compute_op_figures
from dashboard.store.repository import Repository
from dashboard.store.run_rows import insert_row, row_of
from dashboard.store.slo_results import replace_slo_results
from dashboard.store.values import StoredInterval


class DraftRepository(Repository):
    """Runs that are being imported or copied from the replica."""

    def open(self) -> int:
        """Reserve a number for a draft. The next start deletes drafts that are left over."""
        return self._database.write(_open)

    def add(self, draft: int, intervals: Sequence[StoredInterval]) -> None:
        """Add intervals to a draft."""
        rows = [rows_of(one) for one in intervals]
        self._database.write(lambda db: put_intervals(db, draft, rows))

    def publish(
        self,
        draft: int,
        run: Run,
        events: Sequence[Event],
        slo_results: Sequence[SloResult] = (),
        exchanges: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        """Turn a draft into a new run in one transaction. Raises RunExists."""
        row = row_of(run)

        def publish(db: SqlConnection) -> None:
            insert_row(db, row)
            # The run must have the draft's number before any row refers to the run.
            db.execute("UPDATE runs SET run_no = ? WHERE run_id = ?", (draft, run.run_id))
            compute_op_figures(db, draft, run)  # in this transaction, so that trends never miss the run
            for event in events:
                insert_event(db, draft, event)
            replace_slo_results(db, draft, slo_results)
            write_exchanges(db, draft, exchanges)
            db.execute("DELETE FROM drafts WHERE run_no = ?", (draft,))

        self._database.write(publish)

    def drop(self, draft: int) -> None:
        """Delete a draft. Its rows are deleted in slices later."""
        self._database.write(lambda db: _drop(db, draft))

    def drop_all(self) -> None:
        """Delete the drafts of an earlier process."""
        self._database.write(_drop_all)


def _open(db: SqlConnection) -> int:
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'runs'").fetchone()
    number = (int(row[0]) if row else 0) + 1
    if row:
        db.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'runs'", (number,))
    else:
        db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('runs', ?)", (number,))
    db.execute("INSERT INTO drafts (run_no) VALUES (?)", (number,))
    return number


def _drop(db: SqlConnection, number: int) -> None:
    db.execute("INSERT INTO doomed SELECT run_no FROM drafts WHERE run_no = ?", (number,))
    db.execute("DELETE FROM drafts WHERE run_no = ?", (number,))


def _drop_all(db: SqlConnection) -> None:
    db.execute("INSERT INTO doomed SELECT run_no FROM drafts")
    db.execute("DELETE FROM drafts")

"""Recorded requests with their responses, by position in the console."""

from collections.abc import Mapping, Sequence

from dashboard.model.run import RunId
from dashboard.store.connection import SqlConnection
from dashboard.store.repository import Repository
from dashboard.store.run_rows import existing_run_no, find_run_no
from dashboard.store.text import to_storable


class ExchangeRepository(Repository):
    """Recorded requests of all runs."""

    def put(self, run_id: RunId, added: Mapping[int, str], removed: Sequence[int] = ()) -> None:
        """Store exchanges as JSON text by position, and delete those at the `removed` positions. Raises DeletedRun."""
        self._database.write(lambda db: write_exchanges(db, existing_run_no(db, run_id), added, removed))

    def of_run(self, run_id: RunId) -> list[tuple[int, str]]:
        """Return the exchanges as JSON text, ordered by position."""
        sql = "SELECT position, body FROM exchanges WHERE run_no = ? ORDER BY position"
        with self._database.reading() as db:
            return [(position, body) for position, body in db.execute(sql, (find_run_no(db, run_id),))]


def write_exchanges(
    db: SqlConnection, run_no: int, added: Mapping[int, str], removed: Sequence[int] = ()
) -> None:
    """Store `added` and delete the `removed` positions."""
    gone = [(run_no, position) for position in removed]
    db.executemany("DELETE FROM exchanges WHERE run_no = ? AND position = ?", gone)
    sql = "INSERT OR REPLACE INTO exchanges (run_no, position, body) VALUES (?, ?, ?)"
    db.executemany(sql, [(run_no, position, to_storable(body)) for position, body in added.items()])

"""SLO results of ended runs, as they were evaluated at the end of the run."""

from collections.abc import Sequence

from dashboard.model.run import RunId
from dashboard.model.slo import SloResult
from dashboard.store.connection import SqlConnection
from dashboard.store.repository import Repository
from dashboard.store.run_rows import find_run_no
from dashboard.store.text import to_storable

_PUT = """
    INSERT INTO slo_results (run_no, place, level, name, "key", value, "limit", passed, note)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_GET = """
    SELECT level, name, "key", value, "limit", passed, note FROM slo_results WHERE run_no = ? ORDER BY place
"""


class SloResultRepository(Repository):
    """SLO results of all runs."""

    def of_run(self, run_id: RunId) -> list[SloResult]:
        """Return the results of a run, in the order in which they were stored."""
        with self._database.reading() as db:
            rows = db.execute(_GET, (find_run_no(db, run_id),)).fetchall()
        return [
            SloResult(
                level=level,
                name=name,
                key=key,
                value=value,
                limit=limit,
                passed=None if passed is None else bool(passed),
                note=note,
            )
            for level, name, key, value, limit, passed, note in rows
        ]


def replace_slo_results(db: SqlConnection, run_no: int, results: Sequence[SloResult]) -> None:
    """Store `results` instead of the earlier results of the run."""
    db.execute("DELETE FROM slo_results WHERE run_no = ?", (run_no,))
    rows = (
        (run_no, place, r.level, to_storable(r.name), r.key, r.value, r.limit, r.passed, r.note)
        for place, r in enumerate(results)
    )
    db.executemany(_PUT, rows)

"""SLO results of runs that ended, in their order, as they were judged then."""

from collections.abc import Sequence

from dashboard.model.slo import SloResult
from dashboard.store.connection import Connection
from dashboard.store.listing import plain

_PUT = """
    INSERT INTO slo_results (run_no, place, level, name, "key", value, "limit", passed, note)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_GET = """
    SELECT level, name, "key", value, "limit", passed, note FROM slo_results WHERE run_no = ? ORDER BY place
"""


def put(db: Connection, run_no: int, results: Sequence[SloResult]) -> None:
    """Keep `results` in the place of what was there."""
    db.execute("DELETE FROM slo_results WHERE run_no = ?", (run_no,))
    rows = (
        (run_no, place, r.level, plain(r.name), r.key, r.value, r.limit, r.passed, r.note)
        for place, r in enumerate(results)
    )
    db.executemany(_PUT, rows)


def read(db: Connection, run_no: int) -> list[SloResult]:
    """All of a run."""
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
        for level, name, key, value, limit, passed, note in db.execute(_GET, (run_no,))
    ]

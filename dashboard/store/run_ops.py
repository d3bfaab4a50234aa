"""Figures of each operation of runs that ended, kept small: what trends over many runs are read from."""

from collections.abc import Mapping
from operator import attrgetter

from dashboard.model.figures import figures_of
from dashboard.model.run import Run
from dashboard.model.snapshot import OVERALL, OpKey
from dashboard.model.tally import Tally
from dashboard.store import codec
from dashboard.store.connection import Connection
from dashboard.store.ranges import cumulative

OP_FIGURES = (
    *("total_reqs", "errors", "rps", "error_rate", "avg_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms"),
    *("ttfb_ms", "apdex_score", "checks_rate"),
)
_figures = attrgetter(*OP_FIGURES)
_PUT = f"""
    INSERT OR REPLACE INTO run_ops (run_no, op, {", ".join(OP_FIGURES)})
    VALUES (?, ?, {", ".join("?" for _ in OP_FIGURES)})
"""  # noqa: S608 - constants


def fill(db: Connection, run_no: int, run: Run) -> None:
    """Keep the figures of a run that ended, from all that was counted."""
    db.execute("DELETE FROM run_ops WHERE run_no = ?", (run_no,))
    rows = [
        (run_no, op, *_figures(figures_of(tally, run.elapsed_s, run.config.apdex_t_ms)))
        for op, tally in _by_name(cumulative(db, run_no)).items()
    ]
    db.executemany(_PUT, rows)
    db.execute("DELETE FROM run_ops_due WHERE run_no = ?", (run_no,))


def mark_due(db: Connection, run_no: int) -> None:
    """The figures are computed when nothing else is to do."""
    db.execute("INSERT OR IGNORE INTO run_ops_due (run_no) VALUES (?)", (run_no,))


def fill_one(db: Connection) -> bool:
    """Compute the figures of one run that is due; False when none is."""
    row = db.execute("SELECT run_no FROM run_ops_due ORDER BY run_no DESC LIMIT 1").fetchone()
    if row is None:
        return False
    body = db.execute("SELECT body FROM runs WHERE run_no = ?", row).fetchone()
    if body is None:
        db.execute("DELETE FROM run_ops_due WHERE run_no = ?", row)
    else:
        fill(db, row[0], codec.run_from_json(body[0]))
    return True


def _by_name(tallies: Mapping[OpKey, Tally]) -> dict[str, Tally]:
    """Groups and phases of one name taken together; what was only checked and never called is left out."""
    merged: dict[str, Tally] = {}
    for op, tally in tallies.items():
        if op != OVERALL and tally.durations:
            merged.setdefault(op.op, Tally()).add(tally)
    return merged

"""Figures of each operation of ended runs, precomputed for trends over many runs."""

from collections.abc import Mapping
from operator import attrgetter

from dashboard.model.exact import ExactLatencies, within
from dashboard.model.figures import Figures, figures_of
from dashboard.model.run import Run
from dashboard.model.snapshot import OpKey, tallies_by_name
from dashboard.model.tally import Tally, total_of
from dashboard.store import codec
from dashboard.store.connection import SqlConnection
from dashboard.store.ranges import read_cumulative

OP_FIGURES = (
    *("total_reqs", "errors", "rps", "error_rate", "avg_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms"),
    *("ttfb_ms", "apdex_score", "checks_rate"),
)
_values = attrgetter(*OP_FIGURES)
_PUT = f"""
    INSERT OR REPLACE INTO run_ops (run_no, op, {", ".join(OP_FIGURES)})
    VALUES (?, ?, {", ".join("?" for _ in OP_FIGURES)})
"""  # noqa: S608 - constants


def compute_op_figures(db: SqlConnection, run_no: int, run: Run) -> None:
    """Store the figures of each operation of an ended run."""
    db.execute("DELETE FROM run_ops WHERE run_no = ?", (run_no,))
    rows = [
        (run_no, op, *_values(_figures(run, op, tally)))
        for op, tally in _by_name(read_cumulative(db, run_no)).items()
    ]
    db.executemany(_PUT, rows)
    db.execute("DELETE FROM run_ops_due WHERE run_no = ?", (run_no,))


def _figures(run: Run, name: str, tally: Tally) -> Figures:
    known = run.exact or ExactLatencies()
    figures = figures_of(tally, run.active_s, run.config.apdex_t_ms)
    return within(figures, known.bounds_of(OpKey(name, "", "")), known.operations.get(name))


def schedule_op_figures(db: SqlConnection, run_no: int) -> None:
    """Schedule the figures of a run. The writer computes them when it is idle."""
    db.execute("INSERT OR IGNORE INTO run_ops_due (run_no) VALUES (?)", (run_no,))


def compute_scheduled(db: SqlConnection) -> bool:
    """Compute the figures of one scheduled run. Returns False when no run is scheduled."""
    row = db.execute("SELECT run_no FROM run_ops_due ORDER BY run_no DESC LIMIT 1").fetchone()
    if row is None:
        return False
    body = db.execute("SELECT body FROM runs WHERE run_no = ?", row).fetchone()
    if body is None:
        db.execute("DELETE FROM run_ops_due WHERE run_no = ?", row)
    else:
        compute_op_figures(db, row[0], codec.run_from_json(body[0]))
    return True


def _by_name(tallies: Mapping[OpKey, Tally]) -> dict[str, Tally]:
    """Return tallies by operation name, over all groups. Operations without requests are left out."""
    merged = {name: total_of(parts) for name, parts in tallies_by_name(tallies).items()}
    return {name: tally for name, tally in merged.items() if tally.durations}

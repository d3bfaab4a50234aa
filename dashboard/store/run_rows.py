"""Rows of the table `runs`, for repositories that change runs within a larger transaction."""

from collections.abc import Sequence

from dashboard.model.run import Run, RunId, RunStatus, iso
from dashboard.model.slo import SloResult
from dashboard.store import codec
from dashboard.store.connection import SqlConnection
from dashboard.store.errors import DeletedRun, RunExists, StaleRun
from dashboard.store.event_outbox import add_events_of_change
from dashboard.store.listing import FIGURE_COLUMNS, listed_columns
from dashboard.store.text import to_storable

_COLUMNS = (
    *("run_id", "created_at", "status", "verdict", "profile", "env_profile", "label", "target", "keyed"),
    *("searched", "started_at", "duration_s", *FIGURE_COLUMNS, "record", "body"),
)
_INSERT = f"""
    INSERT INTO runs ({", ".join(_COLUMNS)}) VALUES ({", ".join(f":{name}" for name in _COLUMNS)})
"""  # noqa: S608 - constants
_UPDATE = f"""
    UPDATE runs SET {", ".join(f"{name} = :{name}" for name in _COLUMNS if name != "run_id")}
    WHERE run_id = :run_id
"""  # noqa: S608 - constants
NO_RUN = 0


def find_run_no(db: SqlConnection, run_id: RunId) -> int:
    """Return the internal number of a run, or `NO_RUN`, which no row has."""
    row = db.execute("SELECT run_no FROM runs WHERE run_id = ?", (to_storable(run_id),)).fetchone()
    return NO_RUN if row is None else int(row[0])


def existing_run_no(db: SqlConnection, run_id: RunId) -> int:
    """Return the internal number of a run. Raises DeletedRun."""
    number = find_run_no(db, run_id)
    if number == NO_RUN:
        raise DeletedRun(f"Run {run_id} does not exist. It was deleted.")
    return number


def has_ended(db: SqlConnection, run_no: int) -> bool:
    """Return whether the run exists and has ended."""
    row = db.execute("SELECT status FROM runs WHERE run_no = ?", (run_no,)).fetchone()
    return row is not None and RunStatus(row[0]).has_ended


def read_body(db: SqlConnection, run_id: RunId) -> str | None:
    """Return the whole run as JSON text, or None."""
    row = db.execute("SELECT body FROM runs WHERE run_id = ?", (to_storable(run_id),)).fetchone()
    return None if row is None else str(row[0])


def row_of(run: Run) -> dict[str, object]:
    """Return the columns of `run` by name."""
    return listed_columns(run) | {
        "run_id": run.run_id,
        "created_at": iso(run.created_at),
        "status": run.status.value,
        "verdict": run.verdict.value if run.verdict else None,
        "record": codec.record_to_json(run),
        "body": codec.run_to_json(run),
    }


def insert_row(db: SqlConnection, row: dict[str, object]) -> None:
    """Store a new run. Raises RunExists."""
    if find_run_no(db, str(row["run_id"])) != NO_RUN:
        raise RunExists(f"Run {row['run_id']} already exists.")
    db.execute(_INSERT, row)


def update_row(
    db: SqlConnection,
    row: dict[str, object],
    expected: Sequence[RunStatus] | None = None,
    results: Sequence[SloResult] = (),
) -> None:
    """Replace a run, and add the events of the change. `results` are the SLO results of a run that ends.

    The checkpoint of an ended run is deleted, because such a run is never resumed.

    Raises StaleRun when the run was deleted or its stored status is not in `expected`.
    """
    stored = db.execute("SELECT run_no, status, started_at FROM runs WHERE run_id = :run_id", row).fetchone()
    if stored is None:
        raise StaleRun(f"Run {row['run_id']} does not exist. It was deleted.")
    if expected is not None and stored[1] not in expected:
        raise StaleRun(f"Run {row['run_id']} changed to {stored[1]} in the meantime.")
    db.execute(_UPDATE, row)
    add_events_of_change(db, (stored[1], stored[2]), row, results)
    if RunStatus(str(row["status"])).has_ended:
        db.execute("DELETE FROM checkpoints WHERE run_no = ?", (stored[0],))

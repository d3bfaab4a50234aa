"""Background cleanup: deletes the rows of deleted runs in slices and returns free pages to the disk."""

from dashboard.store.connection import SqlConnection
from dashboard.store.repository import MAX_INTEGER

ROWS_PER_SLICE = 5_000
PAGES_PER_SLICE = 200
# Free pages that stay in the file for the next writes.
MAX_FREE_PAGES = 1_000
_SLICED_STATEMENTS = tuple(
    (
        f"SELECT seq FROM {table} WHERE run_no = ? ORDER BY seq LIMIT 1 OFFSET ?",  # noqa: S608
        f"DELETE FROM {table} WHERE run_no = ? AND seq <= ?",  # noqa: S608
    )
    for table in ("intervals", "keyframes", "snapshots")
)
_LAST_STATEMENTS = (
    "DELETE FROM ops WHERE run_no = ?",
    "DELETE FROM events WHERE run_no = ?",
    "DELETE FROM exchanges WHERE run_no = ?",
    "DELETE FROM slo_results WHERE run_no = ?",
    "DELETE FROM run_ops WHERE run_no = ?",
    "DELETE FROM checkpoints WHERE run_no = ?",
    "DELETE FROM doomed WHERE run_no = ?",
)


def clean_up(db: SqlConnection) -> bool:
    """Delete one slice of a deleted run, or free some pages. Returns False when nothing is left to do."""
    row = db.execute("SELECT run_no FROM doomed LIMIT 1").fetchone()
    if row is not None:
        if not any(_delete_slice(db, row[0], *statements) for statements in _SLICED_STATEMENTS):
            for statement in _LAST_STATEMENTS:
                db.execute(statement, row)
        return True
    if _free_pages(db) <= MAX_FREE_PAGES:
        return False
    db.execute(f"PRAGMA incremental_vacuum({PAGES_PER_SLICE})").fetchall()
    return True


def is_cleanup_pending(db: SqlConnection) -> bool:
    """Return whether `clean_up` has work to do."""
    deleted = db.execute("SELECT 1 FROM doomed LIMIT 1").fetchone()
    return deleted is not None or _free_pages(db) > MAX_FREE_PAGES


def _free_pages(db: SqlConnection) -> int:
    return int(db.execute("PRAGMA freelist_count").fetchone()[0])


def _delete_slice(db: SqlConnection, run_no: int, find_end: str, delete: str) -> bool:
    """Delete one slice of rows, and return whether there were any."""
    row = db.execute(find_end, (run_no, ROWS_PER_SLICE)).fetchone()
    return db.execute(delete, (run_no, row[0] if row else MAX_INTEGER)).rowcount > 0

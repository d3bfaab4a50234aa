"""Runs as CSV: numbers as they are, and no text that a spreadsheet would run as a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter

from dashboard.model.record import FIGURE_NAMES
from dashboard.model.run import RunId
from dashboard.store.store import Store

SNAPSHOT_COLUMNS = (
    *("elapsed_s", "vus", "rps", "p50_ms", "p75_ms", "p95_ms", "p99_ms", "avg_ms", "total_reqs"),
)
OPERATION_COLUMNS = ("op", "group", "phase", *FIGURE_NAMES)
ROWS_AT_ONCE = 1_000
# A cell that begins with one of these is a formula to some spreadsheet; the wide forms are to some in Asia.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_snapshot_values = attrgetter(*SNAPSHOT_COLUMNS)


def snapshot_rows(store: Store, run_id: RunId) -> Iterator[str]:
    """The time series, some rows at a time: the longest run is never held whole."""
    yield _text([SNAPSHOT_COLUMNS])
    after = 0
    while found := store.snapshots.of_run(run_id, after=after, limit=ROWS_AT_ONCE):
        yield _text(map(_snapshot_values, found))
        after = found[-1].seq


def operation_rows(ops: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Figures of each operation."""
    yield _text([OPERATION_COLUMNS])
    yield _text([row[name] for name in OPERATION_COLUMNS] for row in ops)


def defused(cell: object) -> object:
    """Numbers unchanged; text that could be taken for a formula behind an apostrophe, which shows it as text."""
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell


def _text(rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([defused(cell) for cell in row] for row in rows)
    return out.getvalue()

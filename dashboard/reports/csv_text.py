"""Runs as CSV: numbers in full, and no text that a spreadsheet would run as a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from unicodedata import category

from dashboard.model.number_text import exact_text
from dashboard.model.record import FIGURE_NAMES
from dashboard.model.run import RunId
from dashboard.reports.counts import share_text
from dashboard.reports.source import ReportSource
from dashboard.store.store import Store

SNAPSHOT_COLUMNS = (
    *("elapsed_s", "vus", "rps", "p50_ms", "p75_ms", "p95_ms", "p99_ms", "avg_ms", "total_reqs"),
    # after the columns of the published format, which stay in this order
    *("errors", "dropped_iterations", "window_s", "data_received_bytes", "data_sent_bytes"),
    *("blocked_ms", "connecting_ms", "tls_handshaking_ms", "sending_ms", "ttfb_ms", "receiving_ms"),
    "iteration_ms",
)
OPERATION_COLUMNS = ("op", "group", "phase", *FIGURE_NAMES, "skipped", "thrown", "failed_checks")
NOT_COUNTED = {"skipped": None, "thrown": None}  # in a run of an earlier version
ROWS_AT_ONCE = 1_000
# Spreadsheets take a cell that starts with one of these for a formula, some Asian editions also the full-width forms.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Some spreadsheets drop these before they look for a formula.
_IGNORED_CATEGORIES = ("Zs", "Zl", "Zp", "Cc", "Cf")
_snapshot_values = attrgetter(*SNAPSHOT_COLUMNS)


def snapshot_rows(store: Store, run_id: RunId) -> Iterator[str]:
    """Yield the time series as CSV text, in chunks, so that a long run is never held in memory as a whole."""
    yield _csv_text([SNAPSHOT_COLUMNS])
    after = 0
    while snapshots := store.snapshots.of_run(run_id, after=after, limit=ROWS_AT_ONCE):
        yield _csv_text(map(_snapshot_values, snapshots))
        after = snapshots[-1].seq


def operation_rows(source: ReportSource) -> Iterator[str]:
    """Yield the figures of each operation, and which of its checks failed, as CSV text."""
    failed: dict[tuple[str, ...], list[str]] = {}
    for check in source.failed_checks:
        failed.setdefault(_op_key(check), []).append(f"{check['check']} ({share_text(check)})")
    rows = (
        {**NOT_COUNTED, **row, "failed_checks": "; ".join(failed.get(_op_key(row), ()))} for row in source.ops
    )
    yield _csv_text([OPERATION_COLUMNS])
    yield _csv_text([row[name] for name in OPERATION_COLUMNS] for row in rows)


def _op_key(row: Mapping[str, str]) -> tuple[str, ...]:
    return row["op"], row["group"], row["phase"]


def without_formula(cell: object) -> object:
    """Put an apostrophe before text that could be a formula. Other cells, such as numbers, stay unchanged."""
    if isinstance(cell, str) and (
        cell.startswith(_FORMULA_STARTS) or _skip_invisible(cell).startswith(_FORMULA_STARTS)
    ):
        return f"'{cell}"
    return cell


def _skip_invisible(cell: str) -> str:
    """Return `cell` from its first visible character on."""
    start = next(
        (at for at, letter in enumerate(cell) if category(letter) not in _IGNORED_CATEGORIES), len(cell)
    )
    return cell[start:]


def _csv_text(rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([_cell_text(cell) for cell in row] for row in rows)
    return out.getvalue()


def _cell_text(cell: object) -> object:
    return exact_text(cell) if isinstance(cell, float) else without_formula(cell)

"""The CSV over time: its columns, and numbers without exponents."""

import csv
import io
from pathlib import Path

import pytest

from dashboard.reports.csv_text import snapshot_rows
from dashboard.store.store import Store
from tests.factories import A_RUN_ID, an_ended_run, an_interval


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (1000.0, "1000.0"),
        (1e-05, "0.00001"),
        (1e16, "10000000000000000"),
        (None, ""),
        (1.5, "1.5"),
        (0.1, "0.1"),
    ],
)
def test_numbers_are_exact_and_have_no_exponent(tmp_path: Path, value: float | None, cell: str) -> None:
    store = Store(tmp_path / "rows.db")
    store.runs.insert(an_ended_run())
    store.append(A_RUN_ID, [an_interval(1, p95_ms=value, errors=3, dropped_iterations=2)])
    (row,) = csv.DictReader(io.StringIO("".join(snapshot_rows(store, A_RUN_ID)), newline=""))
    store.close()

    assert (row["p95_ms"], row["errors"], row["dropped_iterations"]) == (cell, "3", "2")

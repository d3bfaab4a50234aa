"""The measurement of imports: its figures, and the reasons of rejected requests."""

from pathlib import Path

import pytest

from bench import import_cost
from bench.context import BenchContext
from bench.discover import grouped_reasons
from bench.import_cost import measure_import_cost
from bench.scale import QUICK
from tests.support.mocked_import import MockedImport


def test_time_and_memory_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Path(__file__).parents[1] / "discovery" / "openapi" / "documents" / "legacy.json"
    monkeypatch.setattr(import_cost, "SOURCE", source)
    monkeypatch.setattr(import_cost, "SIZE_BYTES", 50_000)

    rows = measure_import_cost(BenchContext(QUICK, tmp_path, print))

    assert [row.unit for row in rows] == ["s", "", "s", ""]
    assert all(row.value > 0 for row in rows if row.unit == "s")


def test_reasons_are_grouped_with_an_example() -> None:
    result = MockedImport(
        sent=3, rejected={"GET /a": ("too long",), "GET /b": ("too long", "x"), "GET /c": ("y",)}
    )

    assert grouped_reasons(result) == ["2 × too long (GET /a)", "1 × y (GET /c)"]
    assert result.accepted == 0

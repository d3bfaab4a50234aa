"""The measurement of the page runs and returns its figures. Only `bin/bench` checks their limits."""

from pathlib import Path

import pytest

from bench.context import BenchContext
from bench.page import STATIC, measure_page
from bench.page_browser import chromium
from bench.server import BenchError
from tests.bench.test_measurements import TINY
from tests.conftest import skip_or_fail


@pytest.mark.browser
@pytest.mark.k6
@pytest.mark.serial
def test_every_budget_of_the_page_has_a_row(
    tmp_path: Path, chromium_bin: Path, k6_bin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (STATIC / "index.html").is_file():
        skip_or_fail("built page", "bin/dashboard builds it")
    monkeypatch.setenv("CHROMIUM_BIN", str(chromium_bin))
    rows = measure_page(BenchContext(TINY, tmp_path, print))
    found = {row.name: row for row in rows}
    assert {row.at_most for row in rows} == {120.0, 1.0, 3.0, 300.0, 0.5, 0.0, 60.0, 16.0, 50.0}
    assert 10 < found["first load, compressed"].value < 1_000
    assert 0 < found["first meaningful paint"].value < 30_000
    assert 0 < found["click on Start to the first figure"].value < 30
    assert 0 < next(row.value for name, row in found.items() if name.startswith("page of a run ")) < 30
    assert found["heap with 150 windows"].value > 1
    assert found["live update, 150 windows, 2 operations"].value > 0.1


def test_a_missing_browser_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM_BIN", "/no/such/chromium")
    with pytest.raises(BenchError, match="CHROMIUM_BIN"), chromium():
        pass

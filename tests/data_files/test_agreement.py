"""The dashboard and k6 alone read a CSV file alike: tests/k6/csv.test.js goes through this table too."""

import json
from pathlib import Path
from typing import Any

import pytest

from dashboard.data_files.files import DataFiles
from dashboard.model.errors import InvalidRequest
from tests.conftest import ROOT
from tests.data_files.test_files import keep, rows_in

CASES: list[dict[str, Any]] = json.loads((ROOT / "tests" / "k6" / "csv.json").read_bytes())


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["text"]))
def test_a_file_is_read_or_refused(tmp_path: Path, case: dict[str, Any]) -> None:
    files = DataFiles(tmp_path, 0)
    if "error" in case:
        with pytest.raises(InvalidRequest, match=case["error"]):
            keep(files, case["text"], encoding="utf-8", delimiter=",")
        return
    file = keep(files, case["text"], encoding="utf-8", delimiter=",")
    assert list(file.columns) == case["columns"]
    assert rows_in(tmp_path, file) == case["rows"]

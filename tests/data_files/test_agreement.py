"""The dashboard and the k6 script read CSV files the same way (tests/k6/csv.test.js uses the same table)."""

import json
from pathlib import Path
from typing import Any

import pytest

from dashboard.data_files.files import DataFiles
from dashboard.model.errors import InvalidRequest
from tests.conftest import ROOT
from tests.data_files.test_files import rows_in, upload

CASES: list[dict[str, Any]] = json.loads((ROOT / "tests" / "k6" / "csv.json").read_bytes())


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["text"]))
def test_a_file_is_read_or_rejected(tmp_path: Path, case: dict[str, Any]) -> None:
    files = DataFiles(tmp_path, 0)
    if "error" in case:
        with pytest.raises(InvalidRequest, match=case["error"]):
            upload(files, case["text"], encoding="utf-8", delimiter=",")
        return
    file = upload(files, case["text"], encoding="utf-8", delimiter=",")
    assert list(file.columns) == case["columns"]
    assert rows_in(tmp_path, file) == case["rows"]

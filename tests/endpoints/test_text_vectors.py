"""The dashboard reads the texts of text-vectors.json as the k6 script does (tests/k6/test_text.py)."""

from typing import Any

import pytest

from dashboard.endpoints.file import edit_text
from dashboard.endpoints.parse import read_document
from dashboard.endpoints.slo_edit import SloChanges, apply_slo_changes
from dashboard.model.errors import InvalidRequest
from tests.text_vectors import ACCEPTED, REFUSED, file_of, name_of


@pytest.mark.parametrize("vector", ACCEPTED, ids=name_of)
def test_document_is_accepted(vector: dict[str, Any]) -> None:
    document, _ = read_document(file_of(vector))
    assert len(document.endpoints) == 1


@pytest.mark.parametrize("vector", REFUSED, ids=name_of)
def test_document_is_refused_with_the_path_of_the_violation(vector: dict[str, Any]) -> None:
    path, message = vector["error"]
    with pytest.raises(InvalidRequest) as caught:
        read_document(file_of(vector))
    [error] = caught.value.errors
    assert error.field == (f"endpoints.json: {path}" if path else "endpoints.json")
    assert message in error.message


@pytest.mark.parametrize("vector", [vector for vector in ACCEPTED if "encoding" in vector], ids=name_of)
def test_change_of_slos_keeps_encoding_and_digits(vector: dict[str, Any]) -> None:
    before = file_of(vector)
    changed = edit_text(before, lambda text: apply_slo_changes(text, SloChanges(run={"p95_ms": 500})))
    assert changed != before
    assert (
        edit_text(changed, lambda text: apply_slo_changes(text, SloChanges(run={"p95_ms": None}))) == before
    )

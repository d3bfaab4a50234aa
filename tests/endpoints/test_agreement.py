"""The dashboard and the k6 script accept the same documents (tests/k6/document.test.js uses the same table)."""

import json
from typing import Any

import pytest

from dashboard.endpoints.data_rules import missing_data_violations
from dashboard.endpoints.parse import invalid_document, read_document
from dashboard.endpoints.shape import Document
from dashboard.model.errors import InvalidRequest
from tests.conftest import ROOT

PLAIN = {"name": "A", "group": "g", "type": "rest", "path": "/a"}
FILES = {"users": ("userId", "searchTerm", "region"), "products": ("id",)}
CASES = json.loads((ROOT / "tests" / "k6" / "documents.json").read_bytes())


def text_of(case: dict[str, Any]) -> bytes:
    document = case.get("document") or {"endpoints": [PLAIN | case.get("endpoint", {})]}
    return json.dumps(case.get("document", document)).encode()


def checked_document(case: dict[str, Any]) -> Document:
    document, _ = read_document(text_of(case))
    if violations := list(missing_data_violations(document, FILES)):
        raise invalid_document(violations)
    return document


@pytest.mark.parametrize("case", [case for case in CASES if case["field"] is None], ids=str)
def test_a_valid_document_is_accepted(case: dict[str, Any]) -> None:
    assert checked_document(case).endpoints


@pytest.mark.parametrize("case", [case for case in CASES if case["field"] is not None], ids=str)
def test_an_invalid_document_is_rejected_with_the_path(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        checked_document(case)
    [error] = caught.value.errors
    assert error.field == f"endpoints.json: {case['field']}"
    assert case.get("message", "") in error.message

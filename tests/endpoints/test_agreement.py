"""The dashboard and the script say the same of a document: tests/k6/document.test.js goes through this table too."""

import json
from typing import Any

import pytest

from dashboard.endpoints.data_rules import missing_data
from dashboard.endpoints.parse import invalid_document, read_document
from dashboard.endpoints.shape import Document
from dashboard.model.errors import InvalidRequest
from tests.conftest import ROOT

PLAIN = {"name": "A", "group": "g", "type": "rest", "path": "/a"}
FILES = {"users": ("userId", "searchTerm", "region"), "products": ("id",)}
CASES = json.loads((ROOT / "tests" / "k6" / "documents.json").read_bytes())


def document_of(case: dict[str, Any]) -> bytes:
    document = case.get("document") or {"endpoints": [PLAIN | case.get("endpoint", {})]}
    return json.dumps(case.get("document", document)).encode()


def checked(case: dict[str, Any]) -> Document:
    document, _ = read_document(document_of(case))
    if broken := list(missing_data(document, FILES)):
        raise invalid_document(broken)
    return document


@pytest.mark.parametrize("case", [case for case in CASES if case["field"] is None], ids=str)
def test_a_good_document_is_accepted(case: dict[str, Any]) -> None:
    assert checked(case).endpoints


@pytest.mark.parametrize("case", [case for case in CASES if case["field"] is not None], ids=str)
def test_a_broken_document_is_refused_with_the_place(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        checked(case)
    [error] = refused.value.errors
    assert error.field == f"endpoints.json: {case['field']}"
    assert case.get("message", "") in error.message

"""The schema of the demo service."""

import json

from dashboard.discovery.discovered import ImportOptions
from dashboard.discovery.formats import read_document
from tests.conftest import ROOT
from tests.discovery.documents import valid_document


def test_the_schema_of_the_demo_service_is_imported_without_problems() -> None:
    schema = json.loads((ROOT / "dashboard" / "demo" / "graphql_schema.json").read_bytes())
    found = read_document(json.dumps({"data": schema.get("data", schema)}).encode(), ImportOptions())
    valid_document(found)
    assert [one for each in found.candidates for one in each.remarks if one.kind == "problem"] == []
    assert {one.tags for one in found.candidates} == {("query",), ("mutation",)}

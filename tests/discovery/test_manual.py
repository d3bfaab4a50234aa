"""The examples of docs/discover.md are what an import gives."""

import json
import re

import pytest

from dashboard.discovery.discovered import ImportOptions
from dashboard.discovery.formats import read_document
from tests.conftest import ROOT
from tests.discovery.documents import valid_document

MANUAL = (ROOT / "docs" / "discover.md").read_text()
# Blocks such as ```json har and ```json har result.
BLOCKS: dict[str, str] = dict(
    re.findall(r"^```\w+ (\w+(?: result)?)\n(.*?)^```$", MANUAL, re.DOTALL | re.MULTILINE)
)
FORMATS = [name for name in BLOCKS if not name.endswith(" result")]


@pytest.mark.parametrize("name", FORMATS)
def test_an_example_gives_its_result(name: str) -> None:
    found = read_document(BLOCKS[name].encode(), ImportOptions())
    document = valid_document(found)

    assert found.format == name
    expected = json.loads(BLOCKS[f"{name} result"])
    assert {key: document[key] for key in expected} == expected
    assert document["scenarios"] == expected.get("scenarios", [])


def test_every_format_has_an_example() -> None:
    assert {"graphql", "postman", "har", "curl", "jmeter", "access_log"} <= set(FORMATS)

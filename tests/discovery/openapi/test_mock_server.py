"""The requests of the project's own documents, sent to a mock server that validates them against the document."""

from pathlib import Path

import pytest

from tests.conftest import skip_or_fail
from tests.discovery.openapi.reading import DOCUMENTS, read_file
from tests.support.mocked_import import send_import
from tests.support.prism import Prism, prism_script

# Prism matches no path with a query or a fragment, takes no other name for a placeholder, and does not parse XML.
REFUSED = {
    "parameters.yaml": {"GET /undeclared/{userId}/{thing}", "GET /view?kind=full", "POST /view#part"},
    "bodies.yaml": {"POST /books"},
}


@pytest.mark.parametrize("name", ["shop.yaml", "parameters.yaml", "bodies.yaml", "legacy.json", "links.yaml"])
def test_requests_are_accepted(name: str, tmp_path: Path) -> None:
    tools = prism_script()
    if tools is None:
        skip_or_fail("Prism", "bin/test installs it")
    with Prism(*tools, DOCUMENTS / name, tmp_path / "prism.log") as prism:
        result = send_import(read_file(name), prism)

    assert {key: one for key, one in result.rejected.items() if key not in REFUSED.get(name, ())} == {}

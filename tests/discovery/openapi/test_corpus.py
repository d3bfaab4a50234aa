"""The public OpenAPI documents of the corpus, where the folder is present."""

import json
from pathlib import Path
from typing import Any

import pytest

from dashboard.discovery.discovered import ImportOptions, UnreadableDocument
from dashboard.discovery.openapi.reader import read_openapi
from dashboard.endpoints.parse import read_document
from tests.discovery.documents import document_of
from tests.discovery.openapi.reading import CORPUS, load

FILES = sorted(
    path for path in CORPUS.glob("*") if path.name.startswith(("openapi-", "swagger-", "invalid-"))
)
REFUSED = ("openapi-3.1-webhooks-only.yaml", "invalid-1.2-version.yaml", "invalid-3.0-recursive-alias.yaml")
NOT_PARSED = ("invalid-har-truncated.har", "invalid-yaml-syntax.yaml")
FILES = [path for path in FILES if path.name not in NOT_PARSED]


def plain_steps(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the steps with a step for each endpoint of a choice."""
    return [{"ref": name} for step in steps for name in step.get("one_of", [step.get("ref")])]


@pytest.mark.skipif(not FILES, reason="the corpus of public documents is not present")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_document_is_imported_or_refused_with_a_reason(path: Path) -> None:
    data = load(path)
    if path.name in REFUSED or "external-refs" in path.name:
        with pytest.raises(UnreadableDocument, match=r"\.$"):
            read_openapi(data, ImportOptions())
        return
    discovered = read_openapi(data, ImportOptions())

    document = document_of(discovered)
    document["scenarios"] = [{**one, "steps": plain_steps(one["steps"])} for one in document["scenarios"]]
    read_document(json.dumps(document).encode())
    assert not [one.key for one in discovered.candidates if "{" in one.endpoint["path"].replace("${", "")]

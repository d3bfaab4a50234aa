"""The public OpenAPI documents of the corpus, where the folder is present."""

from pathlib import Path

import pytest

from dashboard.discovery.discovered import ImportOptions, UnreadableDocument
from dashboard.discovery.openapi.reader import read_openapi
from tests.discovery.documents import valid_document
from tests.discovery.openapi.reading import CORPUS, load

FILES = sorted(
    path for path in CORPUS.glob("*") if path.name.startswith(("openapi-", "swagger-", "invalid-"))
)
REFUSED = ("openapi-3.1-webhooks-only.yaml", "invalid-1.2-version.yaml", "invalid-3.0-recursive-alias.yaml")
NOT_PARSED = ("invalid-har-truncated.har", "invalid-yaml-syntax.yaml")
FILES = [path for path in FILES if path.name not in NOT_PARSED]


@pytest.mark.skipif(not FILES, reason="the corpus of public documents is not present")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_document_is_imported_or_refused_with_a_reason(path: Path) -> None:
    data = load(path)
    if path.name in REFUSED or "external-refs" in path.name:
        with pytest.raises(UnreadableDocument, match=r"\.$"):
            read_openapi(data, ImportOptions())
        return
    discovered = read_openapi(data, ImportOptions())

    valid_document(discovered)
    assert not [one.key for one in discovered.candidates if "{" in one.endpoint["path"].replace("${", "")]

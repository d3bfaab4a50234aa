"""Public collections are imported without a special case, or refused with the way out."""

from pathlib import Path

import pytest

from dashboard.discovery.discovered import ImportOptions, UnreadableDocument
from dashboard.discovery.formats import read_document
from tests.conftest import ROOT
from tests.discovery.documents import assert_usable

CORPUS = ROOT.parent / "shared" / "corpus"
FILES = sorted([*CORPUS.glob("postman-*"), *CORPUS.glob("other-newman-*")])


@pytest.mark.skipif(not FILES, reason="the corpus of public documents is not present")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_public_collection_is_imported_or_refused(path: Path) -> None:
    if "-1.0-" in path.name:
        with pytest.raises(UnreadableDocument, match=r"v2\.1"):
            read_document(path.read_bytes(), ImportOptions())
        return
    found = read_document(path.read_bytes(), ImportOptions())
    assert found.format == "postman"
    assert_usable(found)
    assert not [one.key for one in found.candidates if "{{" in repr(one.endpoint)]

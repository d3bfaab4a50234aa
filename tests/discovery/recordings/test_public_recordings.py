"""Public recordings are imported without a special case. They are not part of the project."""

from pathlib import Path

import pytest

from dashboard.discovery.discovered import ImportOptions, UnreadableDocument
from dashboard.discovery.formats import read_document
from tests.conftest import ROOT
from tests.discovery.documents import valid_document

CORPUS = ROOT.parent / "shared" / "corpus"
RECORDINGS = {
    "har-reqres-chrome.har": ["POST /api/register", "PATCH /api/users/2"],
    "har-arc-form-params.har": ["POST /api/users"],
    "har-httpbin-mitmproxy.har": ["GET /"],
    "har-jsonplaceholder-polly.har": [
        "GET /posts",
        "GET /users",
        "GET /todos",
        "GET /users (2)",
        "GET /users (3)",
    ],
    "har-browser-static-firebug.har": ["GET /"],
    "har-local-redirects-ocsp.har": ["GET /redirect.html", "GET /index.html"],
    "har-multipart-minimal.har": [
        *(
            "POST /value-pairs",
            "POST /image",
            "POST /value-pairs-chars",
            "POST /csv",
            "POST /multiple-value-pairs",
        ),
    ],
}


@pytest.fixture
def corpus() -> Path:
    if not CORPUS.is_dir():
        pytest.skip(f"the public documents are not in {CORPUS}")
    return CORPUS


@pytest.mark.parametrize(("name", "operations"), RECORDINGS.items(), ids=RECORDINGS)
def test_public_recordings_are_imported(corpus: Path, name: str, operations: list[str]) -> None:
    found = read_document((corpus / name).read_bytes(), ImportOptions())
    assert [endpoint["name"] for endpoint in valid_document(found)["endpoints"]] == operations


def test_a_truncated_recording_is_refused(corpus: Path) -> None:
    with pytest.raises(UnreadableDocument, match="not valid JSON"):
        read_document((corpus / "invalid-har-truncated.har").read_bytes(), ImportOptions())


def test_a_tracking_cookie_is_not_imported(corpus: Path) -> None:
    found = read_document((corpus / "har-reqres-chrome.har").read_bytes(), ImportOptions())
    assert "stripe" not in repr(found)

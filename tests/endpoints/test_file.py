"""endpoints.json is read anew each time and refused with the place that is wrong."""

import json
from pathlib import Path

import pytest

from dashboard.endpoints.file import EndpointsFile
from dashboard.model.errors import InvalidRequest, NotFound

ONE = {"name": "List", "group": "shop", "type": "rest", "path": "/"}


def a_file(tmp_path: Path, content: object) -> EndpointsFile:
    path = tmp_path / "endpoints.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return EndpointsFile(path)


def test_a_good_document(tmp_path: Path) -> None:
    document = a_file(tmp_path, {"service": "Shop", "slos": {"p95_ms": 500}, "endpoints": [ONE]}).read()
    assert (document.service, document.slos, len(document.endpoints)) == ("Shop", {"p95_ms": 500.0}, 1)
    assert len(document.sha256) == 64


def test_an_edit_counts_at_once(tmp_path: Path) -> None:
    file = a_file(tmp_path, {"endpoints": [ONE]})
    before = file.read().sha256
    a_file(tmp_path, {"endpoints": [ONE, {**ONE, "name": "Other"}]})
    assert file.read().sha256 != before


def test_the_example_stands_in(tmp_path: Path) -> None:
    (tmp_path / "endpoints.example.json").write_text(json.dumps({"endpoints": [ONE]}))
    assert len(EndpointsFile(tmp_path / "endpoints.json").read().endpoints) == 1


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"endpoints\.json"):
        EndpointsFile(tmp_path / "endpoints.json").read()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{broken", "is not JSON"),
        ("[" * 20_000, "is not JSON"),
        ([], "must be an object"),
        ({}, "endpoints: is missing"),
        ({"endpoints": []}, "endpoints: must have at least 1 entry"),
        ({"endpoints": [ONE, 3]}, r"endpoints\[1\]: must be an object"),
        ({"endpoints": [{**ONE, "name": ""}]}, r"endpoints\[0\]\.name"),
        ({"endpoints": [ONE, ONE]}, r"endpoints\[1\]\.name: \"List\" is the name of endpoints\[0\]"),
        ({"endpoints": [ONE], "slos": 3}, "slos: must be an object"),
        ({"endpoints": [ONE], "slos": {"p42": 1}}, r"slos\.p42: is not a known field"),
        ({"endpoints": [ONE], "slos": {"p95_ms": "x"}}, r"slos\.p95_ms: must be a number"),
        ({"endpoints": [ONE], "slos": {"p95_ms": True}}, r"slos\.p95_ms: must be a number"),
        ('{"endpoints": [], "slos": NaN}', "NaN is not a JSON number"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, content: object, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        a_file(tmp_path, content).read()

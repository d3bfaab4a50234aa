"""The endpoints file is read for every use and rejected with the path of each violation."""

import json
import os
import tracemalloc
from pathlib import Path

import pytest

from dashboard.endpoints.file import EndpointsFile
from dashboard.model.errors import InvalidRequest, NotFound

AN_ENDPOINT = {"name": "List", "group": "shop", "type": "rest", "path": "/"}


def a_file(tmp_path: Path, content: object) -> EndpointsFile:
    path = tmp_path / "endpoints.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return EndpointsFile(path)


def test_a_valid_document_is_read(tmp_path: Path) -> None:
    document = a_file(
        tmp_path, {"service": "Shop", "slos": {"p95_ms": 500}, "endpoints": [AN_ENDPOINT]}
    ).read()
    assert (document.service, document.slos, len(document.endpoints)) == ("Shop", {"p95_ms": 500.0}, 1)
    assert len(document.sha256) == 64


def test_an_edit_applies_to_the_next_read(tmp_path: Path) -> None:
    file = a_file(tmp_path, {"endpoints": [AN_ENDPOINT]})
    before = file.read().sha256
    a_file(tmp_path, {"endpoints": [AN_ENDPOINT, {**AN_ENDPOINT, "name": "Other"}]})
    assert file.read().sha256 != before


def test_the_example_is_read_while_the_file_is_missing(tmp_path: Path) -> None:
    (tmp_path / "endpoints.example.json").write_text(json.dumps({"endpoints": [AN_ENDPOINT]}))
    assert len(EndpointsFile(tmp_path / "endpoints.json").read().endpoints) == 1


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"endpoints\.json"):
        EndpointsFile(tmp_path / "endpoints.json").read()


def test_a_huge_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "endpoints.json"
    with path.open("wb") as file:
        file.truncate(400 * 1024 * 1024)
    tracemalloc.start()
    with pytest.raises(InvalidRequest, match="is larger than 8388608 bytes"):
        EndpointsFile(path).read()
    assert EndpointsFile(path).names_by_data_file() == {}
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 32 * 1024 * 1024


@pytest.mark.parametrize("kind", ["pipe", "device", "link to a device", "folder"])
def test_only_a_regular_file_is_read(tmp_path: Path, kind: str) -> None:
    path = Path("/dev/zero") if kind == "device" else tmp_path / "endpoints.json"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "link to a device":
        path.symlink_to("/dev/zero")

    with pytest.raises(NotFound, match=r"endpoints\.json cannot be read"):
        EndpointsFile(path).read()
    assert EndpointsFile(path).names_by_data_file() == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{broken", "is not valid JSON"),
        ("[" * 20_000, "is nested deeper than 100 levels"),
        ([], "must be an object"),
        ({}, "endpoints: is missing"),
        ({"endpoints": []}, "endpoints: must have at least 1 entry"),
        ({"endpoints": [AN_ENDPOINT, 3]}, r"endpoints\[1\]: must be an object"),
        ({"endpoints": [{**AN_ENDPOINT, "name": ""}]}, r"endpoints\[0\]\.name"),
        (
            {"endpoints": [AN_ENDPOINT, AN_ENDPOINT]},
            r"endpoints\[1\]\.name: \"List\" is already the name of endpoints\[0\]",
        ),
        ({"endpoints": [AN_ENDPOINT], "slos": 3}, "slos: must be an object"),
        ({"endpoints": [AN_ENDPOINT], "slos": {"p42": 1}}, r"slos\.p42: is not a known field"),
        ({"endpoints": [AN_ENDPOINT], "slos": {"p95_ms": "x"}}, r"slos\.p95_ms: must be a number"),
        ({"endpoints": [AN_ENDPOINT], "slos": {"p95_ms": True}}, r"slos\.p95_ms: must be a number"),
        ('{"endpoints": [], "slos": NaN}', "NaN is not a JSON number"),
    ],
)
def test_violations_are_reported_with_their_path(tmp_path: Path, content: object, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        a_file(tmp_path, content).read()

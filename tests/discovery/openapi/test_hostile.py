"""Documents that are too large, broken or hostile."""

import json
import time
from typing import Any

import pytest

from dashboard.discovery.discovered import ImportOptions, LeftOut, UnreadableDocument
from dashboard.discovery.formats import read_document
from tests.discovery.documents import valid_document
from tests.discovery.openapi.reading import candidate, endpoint, read_paths

OK: dict[str, Any] = {"responses": {"200": {"description": "ok"}}}
MAX_IMPORT_S = 30.0  # a slow machine with other work; bin/bench discover measures the time


def test_many_paths_are_limited_with_a_count() -> None:
    started = time.monotonic()
    found = read_paths({f"/things{index}/{{id}}": {"get": OK} for index in range(50_000)})

    assert len(found.candidates) == 5_000
    assert found.left_out == (
        LeftOut(
            "Further operations",
            "An endpoints file has at most 5,000 endpoints. Import a part of the document.",
            45_000,
        ),
    )
    assert time.monotonic() - started < MAX_IMPORT_S


def test_an_example_that_all_requests_share_does_not_fill_the_memory() -> None:
    body = {"content": {"application/json": {"example": {"text": "x" * 100_000}}}}
    with pytest.raises(UnreadableDocument, match="larger than an endpoints file can be"):
        read_paths({f"/{index}": {"post": {**OK, "requestBody": body}} for index in range(3_000)})


def test_deep_examples_are_replaced() -> None:
    deep: Any = 1
    for _ in range(150):
        deep = {"a": deep}
    body = {"content": {"application/json": {"schema": {"type": "object"}, "example": deep}}}
    found = read_paths({"/": {"post": {**OK, "requestBody": body}}})

    assert valid_document(found)["endpoints"][0]["body"] == {}


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/<script>alert(1)</script>", "/%3Cscript%3Ealert(1)%3C/script%3E"),
        ("//evil.example/x", "/evil.example/x"),
        ("/${env.SECRET}", "/%24text"),
        ("/a b/ü\n", "/a%20b/%C3%BC%0A"),
        ("no/slash", "/no/slash"),
    ],
)
def test_path_keys_are_only_text(path: str, sent: str) -> None:
    found = read_paths({path: {"get": OK}})

    assert found.candidates[0].endpoint["path"] == sent
    valid_document(found)


def test_a_placeholder_without_a_value_is_never_left() -> None:
    found = read_paths({"/a/{}/{b}/{c d}": {"get": OK}})

    assert endpoint(found, "GET /a/{}/{b}/{c d}")["path"] == "/a/text/text/text"


@pytest.mark.parametrize("junk", [None, 5, "x", [], [None], {"a": None}, True], ids=str)
@pytest.mark.parametrize(
    "place",
    ["parameters", "requestBody", "responses", "security", "tags", "operationId", "servers", "deprecated"],
)
def test_members_of_a_wrong_type_are_ignored(place: str, junk: Any) -> None:
    found = read_paths({"/a/{id}": {"get": {**OK, place: junk}}})

    valid_document(found)
    assert candidate(found, "GET /a/{id}").endpoint["path"].startswith("/a/")


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" * 400])
def test_endless_numbers_are_not_sent(number: str) -> None:
    body = {"content": {"application/json": {"example": {"n": ["NUMBER"]}}}}
    root = {
        "openapi": "3.0.0",
        "info": {"title": "TITLE"},
        "paths": {"/a": {"post": {**OK, "requestBody": body}}},
    }
    text = json.dumps(root).replace('"NUMBER"', number).replace("TITLE", "\\ud800")
    found = read_document(text.encode(), ImportOptions())

    assert valid_document(found)["endpoints"][0]["body"] == {"n": [None]}
    assert json.dumps(found.title)

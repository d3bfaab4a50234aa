"""Documents are read in a process of their own, which hostile ones cannot leave or outlive."""

import json
import sys
import time
import zlib
from pathlib import Path

import pytest

from dashboard.discovery import process
from dashboard.discovery.discovered import ImportOptions, UnreadableDocument
from dashboard.discovery.process import DocumentImporter, ImportBusy

OPENAPI = b'{"openapi": "3.1.0", "paths": {"/items": {"get": {"responses": {"200": {}}}}}}'
LAUGHS = b"a: &a [x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (name, name, b", ".join([b"*%c" % before] * 9))
    for before, name in zip(b"abcdefgh", b"bcdefghi", strict=True)
)
XML_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(
        b'<!ENTITY %c "%s">' % (name, b"&%c;" % before * 10)
        for before, name in zip(b"abcdefgh", b"bcdefghi", strict=True)
    )
    + b"]><jmeterTestPlan>&i;</jmeterTestPlan>"
)


def paths(count: int) -> bytes:
    made: dict[str, object] = {f"/p{number}": {"get": {"responses": {"200": {}}}} for number in range(count)}
    return json.dumps({"openapi": "3.1.0", "paths": made}).encode()


def compressed_zeros(size: int) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return b"".join(packer.compress(bytes(1_000_000)) for _ in range(size // 1_000_000)) + packer.flush()


def test_the_result_is_that_of_the_reader() -> None:
    found = DocumentImporter().read_bytes(OPENAPI)

    assert (found.format, found.candidates[0].key) == ("openapi", "GET /items")


def test_choices_and_format_reach_the_reader() -> None:
    options = ImportOptions(base_url="http://127.0.0.1:9")

    assert DocumentImporter().read_bytes(OPENAPI, options).base_urls == ("http://127.0.0.1:9",)
    with pytest.raises(UnreadableDocument, match="HAR"):
        DocumentImporter().read_bytes(OPENAPI, options, "har")


@pytest.mark.parametrize(
    ("raw", "part"),
    [
        (LAUGHS, "too many values"),
        (b"openapi: 3.0.0\npaths: &p {a: *p}", "refers to the value that contains it"),
        (b"[" * 10_000, "nested too deeply"),
        (b"a: !!python/object/apply:os.system ['touch /tmp/never']", "tag"),
        (b"caf\xe9: 1", "not UTF-8"),
        (compressed_zeros(100_000_000), "larger than 24 MiB"),
        (XML_LAUGHS, "."),
        (b"{" * 500_000, "."),
        (b"- " * 200_000, "."),
        (b'{"openapi": "3.0.0", "paths": {"/a": {"$ref": "#/paths/~1a"}}}', "."),
        (
            b'{"openapi": "3.0.0", "paths": {"/a": {"$ref": "#/paths/~1b"}, "/b": {"$ref": "#/paths/~1a"}}}',
            ".",
        ),
        (b'{"openapi": "3.0.0", "paths": {"/a": {"$ref": "file:///etc/passwd"}}}', "."),
    ],
    ids=range(12),
)
def test_hostile_documents_are_refused_in_time(raw: bytes, part: str) -> None:
    started = time.monotonic()

    with pytest.raises(UnreadableDocument, match=part):
        DocumentImporter().read_bytes(raw)

    assert time.monotonic() - started < 10


def test_fifty_thousand_paths_are_read_up_to_the_limit() -> None:
    found = DocumentImporter().read_bytes(paths(50_000))

    assert len(found.candidates) == 5_000
    assert sum(one.count for one in found.left_out) >= 45_000


def test_javascript_in_a_path_is_text() -> None:
    raw = b'{"openapi": "3.1.0", "paths": {"/${process.exit()}<script>": {"get": {"responses": {}}}}}'

    [candidate] = DocumentImporter().read_bytes(raw).candidates

    assert "${process" not in candidate.endpoint["path"].replace("$${", "")


def test_a_document_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "DOCUMENT_TIMEOUT_S", 0.01)

    with pytest.raises(UnreadableDocument, match="longer than 0.01 s"):
        DocumentImporter().read_bytes(OPENAPI)


def test_the_wait_for_other_documents_counts_as_time() -> None:
    importer, started = DocumentImporter(), time.monotonic()
    with importer._slot(), importer._slot(), pytest.raises(ImportBusy):
        importer.read_bytes(OPENAPI, max_s=0.05)

    assert time.monotonic() - started < 5


def test_a_document_is_given_the_time_that_is_left() -> None:
    with pytest.raises(UnreadableDocument, match=r"longer than 0\.1 s"):
        DocumentImporter().read_bytes(paths(50_000), max_s=0.01)


def test_a_process_that_dies_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")

    with pytest.raises(UnreadableDocument, match="ended unexpectedly"):
        DocumentImporter().read_bytes(OPENAPI)


def test_only_some_documents_are_read_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_WAIT_S", 0.01)
    importer = DocumentImporter()
    with importer._slot(), importer._slot(), pytest.raises(ImportBusy):
        importer.read_bytes(OPENAPI)

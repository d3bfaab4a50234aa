"""From bytes to data: encodings, JSON, YAML, and what is refused."""

import gzip
import json
import time
from typing import Any

import pytest

from dashboard.discovery.discovered import UnreadableDocument
from dashboard.discovery.text.decode import MAX_DOCUMENT_BYTES, decode_document
from dashboard.discovery.text.parse import parse_document, parse_text

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "raw",
    [
        "é: 1".encode(),
        b"\xef\xbb\xbf" + "é: 1".encode(),
        "é: 1".encode("utf-16"),
        "é: 1".encode("utf-16-be"),
        gzip.compress("é: 1".encode()),
    ],
    ids=["utf-8", "bom", "utf-16", "utf-16-be", "gzip"],
)
def test_encodings_give_the_same_text(raw: bytes) -> None:
    assert parse_document(raw).data == {"é": 1}


@pytest.mark.parametrize(
    ("raw", "part"),
    [
        (b"", "is empty"),
        (b" \n\t", "is empty"),
        (b"name: caf\xe9", "line 1 is not UTF-8"),
        (b"PK\x03\x04rest", "ZIP archive"),
        (b"%PDF-1.7", "PDF"),
        (b"text\x00text", "NUL"),
        (b"\x1f\x8bdamaged", "gzip file is damaged"),
        (gzip.compress(b"a: 1" * 999)[:40], "gzip file is incomplete"),
        (gzip.compress(b"0" * (MAX_DOCUMENT_BYTES + 1)), "larger than 24 MiB"),
        (b"0" * (MAX_DOCUMENT_BYTES + 1), "larger than 24 MiB"),
    ],
)
def test_what_is_not_a_text_is_refused(raw: bytes, part: str) -> None:
    with pytest.raises(UnreadableDocument, match=part):
        decode_document(raw)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("on: yes", {"on": "yes"}),
        ("200: ok\n0777: x\nnull: y", {"200": "ok", "0777": "x", "null": "y"}),
        ("day: 2026-11-30", {"day": "2026-11-30"}),
        ("at: 12:30:45", {"at": "12:30:45"}),
        ("numbers: [010, 0o10, 0x10, 1e3, .5, -7]", {"numbers": [10, 8, 16, 1000.0, 0.5, -7]}),
        ("empty:\nword: ~\nflag: True", {"empty": None, "word": None, "flag": True}),
        ("a: &x {b: 1}\nc: {<<: *x, d: 2}", {"a": {"b": 1}, "c": {"b": 1, "d": 2}}),
        ("a: &x {b: 1}\nc:\n  b: 2\n  <<: *x", {"a": {"b": 1}, "c": {"b": 2}}),
        ("a:\n  <<: [{b: 1}, {b: 2, c: 3}]", {"a": {"b": 1, "c": 3}}),
        ('"<<": 1', {"<<": 1}),
        ("k: 1\n&a key: &b value\nlist: [*a, *b]", {"k": 1, "key": "value", "list": ["key", "value"]}),
        ("a: &x {b: 1}\nlist: [*x, *x]", {"a": {"b": 1}, "list": [{"b": 1}, {"b": 1}]}),
        ("a: !!str 1\nb: ! 2\nc: '3'\nd: !!float 4", {"a": "1", "b": "2", "c": "3", "d": 4.0}),
        ("# note\n\n---\na: 1", {"a": 1}),
        ('"quoted key": 1', {"quoted key": 1}),
    ],
)
def test_yaml_has_the_values_of_version_1_2(text: str, data: Any) -> None:
    parsed = parse_text(text)

    assert (parsed.kind, parsed.data) == ("yaml", data)


@pytest.mark.parametrize("text", ["a: 1\nb: 2\na: 3", '{"a": 1, "b": 2, "a": 3}'])
def test_the_last_of_repeated_keys_is_used_and_reported(text: str) -> None:
    parsed = parse_text(text)

    assert parsed.data == {"a": 3, "b": 2}
    assert [(one.kind, '"a"' in one.message) for one in parsed.remarks] == [("problem", True)]


def test_only_the_first_document_is_read() -> None:
    parsed = parse_text("a: 1\n---\nb: 2")

    assert parsed.data == {"a": 1}
    assert "several documents" in parsed.remarks[0].message


@pytest.mark.parametrize(
    "text",
    [
        "curl https://shop.test/api",
        'type Query { id: ID }\n"a text" ',
        '127.0.0.1 - - [30/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12',
        '{"path": "/a", "status": 200}\n{"path": "/b", "status": 200}\n',
    ],
)
def test_other_texts_have_no_data(text: str) -> None:
    parsed = parse_text(text)

    assert (parsed.kind, parsed.data) == ("text", None)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('{"a": 1,\n "b" 2}', "not valid JSON: .* line 2, column 6"),
        ("[" * 10_000, "nested too deeply"),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, "nested too deeply"),
        ('{"a": NaN}', "NaN"),
        ("[" + "9" * 5_000 + "]", "too many digits"),
        ("a: " + "9" * 5_000, "too many digits"),
        ("a: 1\n b: 2", "not valid YAML.*line 2"),
        ("a: !!python/object/apply:os.system ['true']", "tag.*python.*line 1"),
        ("a: !Ref x", "tag.*line 1"),
        ("a: &a {b: *a}", "refers to the value that contains it"),
        (LAUGHS, "expand to too many values"),
        ("a: *nothing", "undefined alias.*line 1"),
        ("? [a, b]\n: c", "not recognized|not a text"),
        ("a:\n  ? {b: 1}\n  : c", "a key is not a text .line 2"),
        ("a: " + "[" * 5_000, "nested"),
    ],
    ids=range(15),
)
def test_errors_name_the_place(text: str, part: str) -> None:
    with pytest.raises(UnreadableDocument, match=part):
        parse_text(text if text[:1] != "?" else "---\n" + text)


def test_a_large_json_document_is_read() -> None:
    paths: dict[str, object] = {f"/p{number}": {"get": {}} for number in range(50_000)}

    assert (
        len(parse_document(json.dumps({"openapi": "3.0.0", "paths": paths}).encode()).data["paths"]) == 50_000
    )


def test_many_repeated_keys_are_counted_in_linear_time() -> None:
    members = ",".join(f'"a{number % 50_000}": 1' for number in range(100_000))
    started = time.monotonic()

    parsed = parse_document(f"{{{members}}}".encode())

    assert "and others" in parsed.remarks[0].message
    assert time.monotonic() - started < 5

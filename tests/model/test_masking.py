"""Secrets are masked by name. The table of vectors also tests the k6 script."""

import json
import time
from typing import Any

import pytest

from dashboard.engine.logs import parse_line
from dashboard.model.masking import mask_json, mask_text
from dashboard.model.secret_names import is_secret_name
from dashboard.transfer.masking import mask_endpoints
from tests.conftest import ROOT

VECTORS: dict[str, list[Any]] = json.loads((ROOT / "tests" / "secrets.json").read_bytes())
TEXTS = VECTORS["texts"]


@pytest.mark.parametrize("name", VECTORS["secret_names"])
def test_the_name_of_a_secret_is_recognized(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", VECTORS["plain_names"])
def test_an_ordinary_name_marks_no_secret(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(("text", "masked"), TEXTS)
def test_a_value_that_a_text_names_as_secret_is_masked(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize(("text", "masked"), TEXTS)
def test_a_console_line_is_masked(text: str, masked: str) -> None:
    line = json.dumps({"level": "info", "msg": text}, separators=(",", ":"))
    assert "canary" not in parse_line(line).message
    assert "canary" not in parse_line(line[:-2]).message
    assert "canary" not in parse_line(f"x {text}").message


@pytest.mark.parametrize(("text", "masked"), TEXTS)
def test_a_text_of_the_endpoints_file_is_masked(text: str, masked: str) -> None:
    document = {
        "endpoints": [{"name": "A", "path": text, "body": text, "headers": {"X-A": text}, "list": [text]}]
    }
    assert b"canary" not in mask_endpoints(json.dumps(document).encode())
    assert b"canary" not in mask_endpoints(b"{broken " + text.encode())


@pytest.mark.parametrize("name", VECTORS["secret_names"])
@pytest.mark.parametrize(
    "value",
    [
        "canary",
        ["canary", ["canary"]],
        {"a": "canary", "b": {"content": "canary"}},
        "canary ${row.a} canary",
        "${row.a}canary",
        "$${canary}",
        "Bearer canary${data.x}",
    ],
)
def test_a_value_below_the_name_of_a_secret_is_masked(name: str, value: object) -> None:
    forms = [{name: value}, {"headers": {name: value}}, [{name: [value]}], {"name": name, "value": value}]
    for form in forms:
        assert "canary" not in json.dumps(mask_json(form))


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("${data.token}", "${data.token}"),
        ("Bearer ${data.token}", "Bearer ${data.token}"),
        ("Bearer canary", "***"),
        ("a${data.x}b${row.y}", "***${data.x}***${row.y}"),
        (True, True),
        (None, None),
        (4711, "***"),
    ],
)
def test_templates_are_not_masked(value: object, masked: object) -> None:
    assert mask_json({"token": value}) == {"token": masked}


def test_the_template_of_a_query_is_not_masked() -> None:
    document = {"path": "/a?token=${data.token}&pin=12${row.pin}", "body": '{"password": "${row.password}"}'}
    masked = {"path": "/a?token=${data.token}&pin=***${row.pin}", "body": '{"password": "${row.password}"}'}
    assert mask_json(document) == masked


def test_names_of_extracted_values_and_checks_are_not_masked() -> None:
    raw = json.dumps({"endpoints": [{"extract": {"token": "data.token"}, "checks": {"token": "x"}}]}).encode()
    assert mask_endpoints(raw) == raw


@pytest.mark.parametrize(
    "part", ["=", ":", '"', "\\", "a", "a=", '"a":', '{"token":[', "http://", "<a>", 'name="a"\r\n', "token="]
)
def test_a_long_text_is_masked_in_a_short_time(part: str) -> None:
    text = part * (64_000 // len(part)) + " token"
    start = time.perf_counter()
    mask_text(text)
    assert time.perf_counter() - start < 2

"""The examples of docs/api.md: the curl command, its options, and the expected response."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conftest import ROOT

MANUAL = ROOT / "docs" / "api.md"
SECTION = re.compile(r"^## (.+)\n((?:(?!^## ).*\n)*)", re.MULTILINE)
ENTRY = re.compile(r"^### ((?:GET|POST|PATCH|PUT|DELETE) \S+)\n((?:(?!^##).*\n)*)", re.MULTILINE)
EXAMPLE = re.compile(r"```sh\n(.*?)```\n(?:\n```(?:json|csv|text|xml)\n(.*?)```\n)?", re.DOTALL)
STATUS = re.compile(r"# (\d{3})$", re.MULTILINE)
SERVER, TARGET = "http://127.0.0.1:5656", "http://127.0.0.1:8000"
# IDs, times and URLs, which differ in each run.
VARIABLE_TEXT = re.compile(r"\d{8}-\d{6}-[a-z0-9]{8}|\d{4}-\d\d-\d\dT[\d:.]+Z|http://127\.0\.0\.1:\d+")
LINES_PER_EVENT = 3


@dataclass(frozen=True, slots=True)
class Example:
    """A command of the manual. `shown` is its shortened response."""

    section: str
    entry: str
    command: str
    status: int
    shown: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A response."""

    status: int
    text: str


def read_examples() -> Iterator[Example]:
    """Yield all examples in order. A comment `# 201` after a command is its expected status."""
    for section, entries in SECTION.findall(MANUAL.read_text("utf-8")):
        for entry, text in ENTRY.findall(entries):
            for command, shown in EXAMPLE.findall(text):
                status = STATUS.search(command)
                yield Example(section, entry, command, int(status[1]) if status else 200, shown)


def execute(example: Example, folder: Path, **instead: str) -> Answer:
    """Execute the command as curl would in `folder`. `instead` replaces server, target and token."""
    command = example.command
    for name, there in (("server", SERVER), ("target", TARGET), ("token", "$DASHBOARD_TOKEN")):
        command = command.replace(there, instead.get(name, there))
    given = _curl(command)
    headers = dict(line.split(": ", 1) for line in given.header)
    data = (given.data or "").encode()
    if data.startswith(b"@"):
        data = (folder / given.data[1:]).read_bytes()
    method = given.method or ("POST" if given.data or given.form else "GET")
    with requests.request(
        method,
        given.url,
        headers=headers,
        data=_fields(given.form) or data,
        files=_files(given.form, folder),
        stream=True,
        timeout=20,
    ) as answer:
        if given.endless:
            lines = answer.iter_lines(decode_unicode=True)
            return Answer(answer.status_code, "\n".join(next(lines) for _ in range(LINES_PER_EVENT)))
        if given.output:
            (folder / given.output).write_bytes(answer.content)
        return Answer(answer.status_code, answer.text)


def assert_shown(example: Example, answer: Answer) -> None:
    """Check that the response has the expected status and contains the shown response."""
    assert answer.status == example.status, answer.text
    if answer.text.startswith(("{", "[")):
        assert example.shown, f"the manual shows no response of {example.entry}: {answer.text[:2000]}"
        assert_within(json.loads(example.shown), json.loads(answer.text))
        return
    for line in example.shown.splitlines():
        assert line in answer.text


def assert_within(shown: Any, found: Any, where: str = "answer") -> None:
    """Check that `found` has every shown value. `…` matches any text. A list may be longer than shown."""
    if isinstance(shown, dict):
        assert isinstance(found, dict), f"{where}: {found}"
        for name, value in shown.items():
            assert name in found, f"{where}.{name} is missing: {found}"
            assert_within(value, found[name], f"{where}.{name}")
    elif isinstance(shown, list):
        assert isinstance(found, list), f"{where}: {found}"
        assert len(found) >= len(shown), f"{where}: {found}"
        for number, value in enumerate(shown):
            assert_within(value, found[number], f"{where}[{number}]")
    elif isinstance(shown, str) and isinstance(found, str):
        assert shown == "…" or VARIABLE_TEXT.sub("…", shown) == VARIABLE_TEXT.sub("…", found), (
            f"{where}: {found!r}"
        )
    elif isinstance(shown, float):
        assert found == pytest.approx(shown, rel=0.001), f"{where}: {found!r}"
    else:
        assert shown == found, f"{where}: {found!r}"


def _curl(command: str) -> argparse.Namespace:
    """Parse a command with the curl options that the manual uses."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("curl")
    parser.add_argument("url")
    parser.add_argument("-X", dest="method")
    parser.add_argument("-H", dest="header", action="append", default=[])
    parser.add_argument("-d", "--data-binary", dest="data")
    parser.add_argument("-F", dest="form", action="append", default=[])
    parser.add_argument("-o", dest="output")
    parser.add_argument("-c", dest="cookies")
    parser.add_argument("-N", dest="endless", action="store_true")
    for plain in "OJi":
        parser.add_argument(f"-{plain}", action="store_true")
    return parser.parse_args(shlex.split(command.replace("\\\n", " "), comments=True))


def _fields(form: list[str]) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in form if "=@" not in pair)


def _files(form: list[str], folder: Path) -> dict[str, bytes] | None:
    pairs = [pair.split("=@", 1) for pair in form if "=@" in pair]
    return {name: (folder / path).read_bytes() for name, path in pairs} or None

"""Rules for the sources of the page: text never becomes markup or code, and components stay small."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

SOURCES = ROOT / "dashboard" / "ui" / "src"
MAX_COMPONENT_LINES = 200
FORBIDDEN = {
    "{@html": r"\{@html",
    "innerHTML": r"\b(inner|outer)HTML\b|insertAdjacentHTML|createContextualFragment|DOMParser|setHTMLUnsafe",
    "document.write": r"document\.write",
    "code from a string": r"\beval\(|new Function\(|setTimeout\(\s*[\"'`]",
    "a style attribute": r"\sstyle=\"",
    "another host": r"https?://(?!127\.0\.0\.1|localhost|www\.w3\.org/2000/svg)[\w.-]+\.\w",
}


def source_files() -> list[Path]:
    files = [path for path in SOURCES.rglob("*") if path.suffix in (".svelte", ".ts", ".css", ".html")]
    return [path for path in files if ".test." not in path.name and ".gen." not in path.name]


@pytest.mark.parametrize("rule", FORBIDDEN)
def test_no_source_of_the_page_contains(rule: str) -> None:
    files = source_files()
    assert files
    found = [
        f"{path.relative_to(SOURCES)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(FORBIDDEN[rule], line)
    ]
    assert found == []


def test_no_component_is_longer_than_200_lines() -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in SOURCES.rglob("*.svelte")}
    assert {name: length for name, length in lengths.items() if length > MAX_COMPONENT_LINES} == {}

"""Texts for the patterns of schemas."""

import pytest

from dashboard.discovery.openapi.patterns import texts_for
from dashboard.discovery.openapi.validation import matches

PATTERNS = [
    r"^[a-z0-9]{8}$",
    r"^\d{3}-\d{2}-\d{4}$",
    r"^(foo|bar)-[A-F0-9]{4,}$",
    r"^\+[1-9]\d{1,14}$",
    r"^#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})$",
    r"[^/]+/books/[^/]+",
    r"^\p{L}[\p{L}\d]+$",
    r"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d).{8,}$",
    r"^(?<year>\d{4})(?:-W\d\d)?$",
    r"^[\w.+-]+@[\w-]+\.\w{2,}$",
    r"^\u0041\x42[^\s\d]$",
    r"^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-z]+)*$",
    r"^(?!admin)[a-z]+$",
    r"/(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])/",
    r"^[]a-]+$",
    r"\bword\b",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_text_matches(pattern: str) -> None:
    assert any(matches(text, pattern) for text in texts_for(pattern, 1, None))


def test_length_limits_are_met() -> None:
    assert {len(text) for text in texts_for("^[a-z]+$", 20, 22)} <= {20, 21, 22}


@pytest.mark.parametrize("pattern", ["(", "[a", "a)", "\\", "(" * 5_000, "(a+)+" * 300])
def test_patterns_that_cannot_be_read_are_harmless(pattern: str) -> None:
    assert all(len(text) < 50_000 for text in texts_for(pattern, 1, None))

"""Output wraps at the width of the terminal. Outside a terminal nothing wraps."""

import io
import os
import pty
import re
from typing import Any

import pytest

from dashboard.terminal.console import open_console
from tests.terminal.test_output import print_dry_run, print_run

LONG = "a-name-without-any-blanks-" * 12
PRINTERS: dict[str, Any] = {
    "run": print_run,
    "dry run": print_dry_run,
    "words": lambda console, text: console.print(f"{text} and then some more words " * 5),
    "styled": lambda console, text: console.print(text, style="red"),
}


@pytest.mark.parametrize("printer", PRINTERS)
def test_nothing_wraps_outside_a_terminal(printer: str) -> None:
    out = io.StringIO()
    PRINTERS[printer](open_console(file=out), LONG)
    assert LONG in out.getvalue()
    assert max(map(len, out.getvalue().splitlines())) < 5_000


@pytest.mark.parametrize("kind", ["dumb", "xterm"])
@pytest.mark.parametrize("columns", [60, 80, 132])
@pytest.mark.parametrize("printer", ["run", "dry run", "words"])
def test_on_a_terminal_lines_have_its_width(
    monkeypatch: pytest.MonkeyPatch, printer: str, columns: int, kind: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", kind)
    terminal, inside = pty.openpty()
    with os.fdopen(inside, "w") as file, os.fdopen(terminal, "rb", buffering=0) as read_end:
        PRINTERS[printer](open_console(file=file), LONG)
        file.flush()
        lines = re.sub(r"\x1b\[[0-9;]*m", "", read_end.read(65_536).decode()).splitlines()
    assert columns - 5 <= max(map(len, lines)) <= columns

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from dashboard.setup import console as module
from dashboard.setup.console import SetupConsole
from dashboard.setup.place import Place
from dashboard.setup.problem import SetupProblem
from tests.setup.conftest import FakeTool, said


def test_what_a_tool_says_is_in_its_log(place: Place, console: SetupConsole, fake_tool: FakeTool) -> None:
    tool = fake_tool("tool", "echo out; echo err >&2")
    console.run("It failed", [tool, "x"], log="tool", env=place.environ, cwd=place.root)
    assert (place.logs / "tool.log").read_text() == f"$ {tool} x\nout\nerr\n"


def test_a_tool_that_is_not_there_is_a_problem_in_words(place: Place, console: SetupConsole) -> None:
    with pytest.raises(SetupProblem, match="It failed: it ended with 127 .*No such file"):
        console.run("It failed", ["/nowhere/tool"], log="tool", env=place.environ, cwd=place.root)


def test_a_long_step_shows_the_time_and_the_last_line(
    place: Place, console: SetupConsole, fake_tool: FakeTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TELL_EVERY_S", 0.0)
    tool = fake_tool("tool", "echo compiling; sleep 1")
    console.begin("Work", "1 s")
    console.run("It failed", [tool], log="tool", env=place.environ, cwd=place.root)
    console.end()
    lines = said(console).splitlines()
    assert lines[0] == "Work (usually 1 s) …"
    assert lines[1].endswith("s  compiling")
    assert lines[-1].startswith("Work: done in 1 s")


def test_a_terminal_gets_one_line_that_changes(place: Place, fake_tool: FakeTool) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    console = SetupConsole(place.logs, terminal)
    tool = fake_tool("tool", "echo compiling; sleep 1")
    console.run("It failed", [tool], log="tool", env=place.environ, cwd=place.root)
    assert "compiling" in terminal.getvalue()
    assert "\n" not in terminal.getvalue()


def test_a_tool_ends_when_the_set_up_is_cut_off(
    place: Place, console: SetupConsole, fake_tool: FakeTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid_file = place.root / "pid"
    tool = fake_tool("tool", f"echo $$ > {pid_file}.new; mv {pid_file}.new {pid_file}; sleep 60")

    def cut_off(self: SetupConsole, log: Path) -> None:
        if pid_file.exists():
            raise KeyboardInterrupt

    monkeypatch.setattr(SetupConsole, "tick", cut_off)
    with pytest.raises(KeyboardInterrupt):
        console.run("It failed", [tool], log="tool", env=place.environ, cwd=place.root)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from dashboard.setup import console as module
from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.error import SetupError
from tests.setup.conftest import FakeTool, printed


def test_the_log_holds_the_output_of_a_tool(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    tool = fake_tool("tool", "echo out; echo err >&2")
    console.run_tool("It failed", [tool, "x"], log="tool", env=checkout.environ, cwd=checkout.root)
    assert (checkout.logs / "tool.log").read_text() == f"$ {tool} x\nout\nerr\n"


def test_a_missing_tool_raises_a_setup_error(checkout: Checkout, console: SetupConsole) -> None:
    with pytest.raises(SetupError, match="It failed: the tool exited with 127 .*No such file"):
        console.run_tool("It failed", ["/nowhere/tool"], log="tool", env=checkout.environ, cwd=checkout.root)


def test_a_tool_is_killed_at_its_first_fatal_error(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    tool = fake_tool("tool", "echo \"error: toolchain 'stable' is not installed\"; sleep 600")
    with pytest.raises(SetupError, match="It failed: rustup has no Rust toolchain"):
        console.run_tool("It failed", [tool], log="tool", env=checkout.environ, cwd=checkout.root)


def test_a_long_step_shows_the_time_and_the_last_line(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROGRESS_INTERVAL_S", 0.0)
    tool = fake_tool("tool", "echo compiling; sleep 1")
    console.begin("Work", "1 s")
    console.run_tool("It failed", [tool], log="tool", env=checkout.environ, cwd=checkout.root)
    console.end()
    lines = printed(console).splitlines()
    assert lines[0] == "Work (usually 1 s) …"
    assert lines[1].endswith("s  compiling")
    assert lines[-1].startswith("Work: done in 1 s")


def test_a_terminal_shows_one_changing_line(checkout: Checkout, fake_tool: FakeTool) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    console = SetupConsole(checkout.logs, terminal)
    tool = fake_tool("tool", "echo compiling; sleep 1")
    console.run_tool("It failed", [tool], log="tool", env=checkout.environ, cwd=checkout.root)
    assert "compiling" in terminal.getvalue()
    assert "\n" not in terminal.getvalue()


def test_a_tool_is_killed_when_the_setup_is_interrupted(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid_file = checkout.root / "pid"
    tool = fake_tool("tool", f"echo $$ > {pid_file}.new; mv {pid_file}.new {pid_file}; sleep 60")

    def interrupt(self: SetupConsole, log: Path) -> None:
        if pid_file.exists():
            raise KeyboardInterrupt

    monkeypatch.setattr(SetupConsole, "show_progress", interrupt)
    with pytest.raises(KeyboardInterrupt):
        console.run_tool("It failed", [tool], log="tool", env=checkout.environ, cwd=checkout.root)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)

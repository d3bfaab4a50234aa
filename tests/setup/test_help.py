"""Help pages: every command and every option, before anything is installed, at the width of the terminal."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import click
import pytest

from dashboard.__main__ import main as program
from dashboard.reference import help_json
from dashboard.setup.help import OVERVIEW, OWN_PAGES, PAGES, help_text
from tests.conftest import ROOT


def commands_of(group: click.Group, prefix: str = "") -> dict[str, click.Command]:
    """Return all commands by name, such as "influx status"."""
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        found[f"{prefix}{name}"] = command
        if isinstance(command, click.Group):
            found |= commands_of(command, f"{prefix}{name} ")
    return found


COMMANDS = commands_of(program)


def test_the_pages_are_current() -> None:
    assert PAGES.read_text("utf-8") == help_json(), "Run `just docs`."


def test_the_overview_lists_every_command() -> None:
    assert {row[0] for row in OVERVIEW["rows"]} == {*program.commands, *OWN_PAGES}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_describes_every_option(name: str) -> None:
    text = help_text("dashboard", [*name.split(), "--help"])
    assert text is not None
    assert text.startswith(f"usage: bin/dashboard {name} ")
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[0] in text
            assert (parameter.help or "") in text


@pytest.mark.parametrize(
    ("arguments", "usage"),
    [
        (["-h"], "bin/dashboard [COMMAND]"),
        (["run", "smoke", "--help"], "bin/dashboard run "),
        (["--port", "80", "--help"], "bin/dashboard serve "),
        (["influx", "--help"], "bin/dashboard influx "),
        (["influx", "verify", "--help"], "bin/dashboard influx verify "),
        (["doctor", "--help"], "bin/dashboard doctor "),
        (["unknown", "--help"], "bin/dashboard [COMMAND]"),
    ],
)
def test_help_is_that_of_the_command(arguments: list[str], usage: str) -> None:
    assert (help_text("dashboard", arguments) or "").startswith(f"usage: {usage}")


def test_arguments_without_a_help_option_print_no_page() -> None:
    assert help_text("dashboard", ["run", "smoke"]) is None


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_pages_wrap_at_the_width_of_the_terminal(width: int) -> None:
    text = help_text("dashboard", ["run", "--help"], width) or ""
    words = [line for line in text.splitlines() if " " in line.strip() and "{" not in line]
    assert max(map(len, words)) <= max(width, 50)


def test_every_page_is_printed_in_an_empty_folder_without_packages(tmp_path: Path) -> None:
    """A copy of the launcher alone, run by an isolated Python: it can import nothing but the standard library."""
    for part in ("__init__.py", "setup", "output_encoding.py", "termination.py", "file_lock.py"):
        source = ROOT / "dashboard" / part
        target = tmp_path / "dashboard" / part
        target.parent.mkdir(exist_ok=True)
        subprocess.run(["cp", "-r", source, target], check=True)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "dashboard").write_bytes((ROOT / "bin" / "dashboard").read_bytes())
    for name in (
        "run",
        "dry",
        "serve",
        "backup",
        "restore",
        "influx status",
        "token create",
        "doctor",
        "setup",
    ):
        command = [sys.executable, "-I", "-S", str(tmp_path / "bin" / "dashboard"), *name.split(), "--help"]
        result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
        assert result.stdout.startswith(f"usage: bin/dashboard {name}")
    assert not (tmp_path / ".venv").exists()
    assert not (tmp_path / ".tools").exists()


def test_a_terminal_decides_the_width(tmp_path: Path) -> None:
    terminal, inside = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "COLUMNS": "60"}
    command = [sys.executable, str(ROOT / "bin" / "dashboard"), "run", "--help"]
    with subprocess.Popen(command, stdout=inside, stderr=inside, env=environment, cwd=tmp_path) as process:
        os.close(inside)
        printed = b""
        try:
            while part := os.read(terminal, 65_536):
                printed += part
        except OSError:  # Linux: the terminal was closed at the other end
            pass
        assert process.wait(30) == 0
    os.close(terminal)
    lines = printed.decode().splitlines()
    assert sum(len(line) > 60 for line in lines) <= 1  # the choices of the profile cannot wrap
    assert len(lines) > 60

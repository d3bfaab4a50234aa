from __future__ import annotations

import ast
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dashboard.__main__ import main as program
from dashboard.setup import entry, steps
from dashboard.setup import launcher as launch
from dashboard.setup.place import ROOT, Place
from dashboard.setup.problem import SetupProblem
from tests.setup.conftest import FakeTool

FIRST_LINES = (
    "bin/dashboard",
    "bin/test",
    "bin/bench",
    "dashboard/__init__.py",
    "dashboard/setup/__init__.py",
    "dashboard/setup/entry.py",
)


class Became(Exception):
    """Stands for the program that this process would have become."""


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """`os.execv` caught: what it was called with."""
    calls: list[list[str]] = []

    def execv(path: Any, arguments: list[str]) -> None:
        calls.append(arguments)
        raise Became

    monkeypatch.setattr(os, "execv", execv)
    return lambda: calls[0]


@pytest.fixture
def checkout(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The launcher believes that it lives in a checkout of the test's own."""
    handler = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(launch, "ROOT", place.root)
    monkeypatch.setattr(launch.os, "environ", dict(place.environ))
    monkeypatch.setattr(launch.signal, "signal", lambda *_: handler)
    monkeypatch.chdir(place.root)
    return place


def with_venv(place: Place) -> None:
    (place.venv / "bin").mkdir(parents=True)
    place.python.symlink_to(sys.executable)


@pytest.mark.parametrize("name", FIRST_LINES)
def test_the_first_lines_parse_on_an_old_python(name: str) -> None:
    ast.parse((ROOT / name).read_text(encoding="utf-8"), feature_version=(3, 6))


def test_an_old_python_is_told_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(sys, "argv", ["bin/dashboard"])
    monkeypatch.setenv("PATH", "/nowhere")
    assert entry.start("dashboard") == 1
    words = (
        "dashboard: Python 3.11 or newer is needed, and `python3` here is 3.9.2. Install a newer Python.\n"
    )
    assert capsys.readouterr().err == words


def test_a_newer_python_beside_the_old_one_takes_over(
    monkeypatch: pytest.MonkeyPatch, became: Callable[[], list[str]], tools: Path, fake_tool: FakeTool
) -> None:
    newer = fake_tool("python3.12", "")
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(sys, "argv", ["bin/dashboard", "doctor"])
    monkeypatch.setenv("PATH", str(tools))
    with pytest.raises(Became):
        entry.start("dashboard")
    assert became() == [str(newer), "bin/dashboard", "doctor"]


def test_windows_is_told_about_wsl(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert entry.start("dashboard") == 1
    assert "start it inside WSL 2" in capsys.readouterr().err


def test_the_launcher_becomes_the_program(checkout: Place, became: Callable[[], list[str]]) -> None:
    with_venv(checkout)
    with pytest.raises(Became):
        launch.main("dashboard", ["serve", "--no-setup", "--port", "80"])
    assert became() == [str(checkout.python), "-m", "dashboard", "serve", "--port", "80"]


def test_a_k6_found_on_path_is_handed_on(
    checkout: Place, became: Callable[[], list[str]], fake_tool: FakeTool
) -> None:
    with_venv(checkout)
    tool = fake_tool("k6", 'echo "k6 v2.2.0 (go1.26.8, linux/amd64)"')
    steps.K6(checkout).make(steps.SetupConsole(checkout.logs))
    with pytest.raises(Became):
        launch.main("dashboard", ["--no-setup"])
    assert os.environ["K6_BIN"] == str(tool)


def test_without_set_up_there_must_be_an_environment(
    checkout: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert launch.main("dashboard", ["--no-setup"]) == 1
    assert "there is no .venv. Leave out --no-setup, then start again" in capsys.readouterr().err


def test_help_needs_no_set_up(checkout: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert launch.main("dashboard", ["--help"]) == 0
    assert launch.main("dashboard", ["run", "--help"]) == 0
    assert capsys.readouterr().out == launch.USAGE * 2


@pytest.mark.parametrize("command", ["doctor", "setup"])
def test_help_of_a_command_of_the_set_up_does_nothing_else(
    checkout: Place, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    with_venv(checkout)
    assert launch.main("dashboard", [command, "--help"]) == 0
    assert capsys.readouterr().out == launch.USAGE


def test_the_usage_names_every_command() -> None:
    named = set(re.findall(r"^  (\w+) ", launch.USAGE, re.MULTILINE))
    assert named == {*program.commands, *launch.WITHOUT_OWN_HELP}


def test_the_help_of_a_command_is_its_own(checkout: Place, became: Callable[[], list[str]]) -> None:
    with_venv(checkout)
    with pytest.raises(Became):
        launch.main("dashboard", ["run", "--help", "--no-setup"])
    assert became()[-2:] == ["run", "--help"]


def test_a_set_up_that_is_there_is_checked_in_50_ms_of_cpu(
    checkout: Place, became: Callable[[], list[str]], fake_tool: FakeTool
) -> None:
    """Imports included: a fresh interpreter that ends where it would become the program."""
    with_venv(checkout)
    packages = steps.PythonPackages(checkout)
    packages.stamp.write(packages.made_from(dev=False))
    fake_tool("k6", 'echo "k6 v2.2.0 (go1.26.8, linux/amd64)"')
    steps.K6(checkout).make(steps.SetupConsole(checkout.logs))
    steps.Bytecode(checkout).make(steps.SetupConsole(checkout.logs))
    assert min(check_ms(checkout) for _ in range(5)) <= 50


def check_ms(place: Place) -> float:
    script = f"""
import time
started = time.process_time()
import os
from pathlib import Path
from dashboard.setup import launcher as launch
launch.ROOT = Path({str(place.root)!r})
os.execv = lambda *_: print((time.process_time() - started) * 1000)
launch.main("dashboard", [])
"""
    env = {**place.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    return float(ran.stdout)


def test_a_failed_set_up_is_one_sentence_and_exit_code_1(
    checkout: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise SetupProblem("The page could not be built", "the disk is full", "Free some space")

    monkeypatch.setattr(steps, "ensure", fail)
    assert launch.main("dashboard", []) == 1
    words = (
        "bin/dashboard: The page could not be built: the disk is full. Free some space, then start again.\n"
    )
    assert capsys.readouterr().err == words


def test_a_signal_ends_the_set_up_and_its_tools(place: Place, tools: Path, fake_tool: FakeTool) -> None:
    """The whole launcher in a process of its own, stopped while uv works."""
    pid_file = place.root / "pid"
    write = f"echo $$ > {pid_file}.new; mv {pid_file}.new {pid_file}"
    fake_tool("uv", f'[ "$1" = --version ] && echo "uv 0.13.8" && exit\n{write}; sleep 60')
    script = f"""
import sys
from pathlib import Path
from dashboard.setup import launcher as launch
launch.ROOT = Path({str(place.root)!r})
sys.exit(launch.main("dashboard", []))
"""
    command = [sys.executable, "-c", script]
    env = {**place.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as launcher:
        wait_for(pid_file.exists)
        launcher.terminate()
        assert launcher.wait(30) == 128 + signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)
    assert not place.venv.exists()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)

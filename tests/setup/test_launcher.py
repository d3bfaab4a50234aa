from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dashboard.setup import entry, launcher, steps
from dashboard.setup.checkout import ROOT, Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.error import SetupError
from dashboard.setup.help import help_text
from dashboard.setup.k6 import K6Step
from dashboard.setup.packages import PythonPackagesStep
from dashboard.setup.small_steps import BytecodeStep
from tests.setup.conftest import FakeTool

ENTRY_FILES = (
    "bin/dashboard",
    "bin/test",
    "bin/bench",
    "dashboard/__init__.py",
    "dashboard/setup/__init__.py",
    "dashboard/setup/entry.py",
)


class Replaced(Exception):
    """Raised in place of replacing the process."""


@pytest.fixture
def exec_call(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Intercepts `os.execv`; returns its arguments."""
    calls: list[list[str]] = []

    def execv(path: Any, arguments: list[str]) -> None:
        calls.append(arguments)
        raise Replaced

    monkeypatch.setattr(os, "execv", execv)
    return lambda: calls[0]


@pytest.fixture
def launcher_checkout(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """Makes the launcher use the temporary checkout."""
    handler = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(launcher, "ROOT", checkout.root)
    monkeypatch.setattr(os, "environ", dict(checkout.environ))
    monkeypatch.setattr(signal, "signal", lambda *_: handler)
    monkeypatch.chdir(checkout.root)
    return checkout


def with_venv(checkout: Checkout) -> None:
    (checkout.venv / "bin").mkdir(parents=True)
    checkout.python.symlink_to(sys.executable)


@pytest.mark.parametrize("name", ENTRY_FILES)
def test_the_entry_point_parses_on_an_old_python(name: str) -> None:
    ast.parse((ROOT / name).read_text(encoding="utf-8"), feature_version=(3, 6))


def test_an_old_python_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(sys, "argv", ["bin/dashboard"])
    monkeypatch.setenv("PATH", "/nowhere")
    assert entry.start("dashboard") == 1
    message = "dashboard: Python 3.11 or newer is required, but `python3` is 3.9.2. Install a newer Python.\n"
    assert capsys.readouterr().err == message


def test_a_newer_python_on_path_is_used(
    monkeypatch: pytest.MonkeyPatch, exec_call: Callable[[], list[str]], tools: Path, fake_tool: FakeTool
) -> None:
    newer = fake_tool("python3.12", "")
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(sys, "argv", ["bin/dashboard", "doctor"])
    monkeypatch.setenv("PATH", str(tools))
    with pytest.raises(Replaced):
        entry.start("dashboard")
    assert exec_call() == [str(newer), "bin/dashboard", "doctor"]


def test_windows_users_are_pointed_to_wsl(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert entry.start("dashboard") == 1
    assert "run it inside WSL 2" in capsys.readouterr().err


def test_the_program_replaces_the_launcher(
    launcher_checkout: Checkout, exec_call: Callable[[], list[str]]
) -> None:
    with_venv(launcher_checkout)
    with pytest.raises(Replaced):
        launcher.main("dashboard", ["serve", "--no-setup", "--port", "80"])
    assert exec_call() == [str(launcher_checkout.python), "-m", "dashboard", "serve", "--port", "80"]


def test_a_k6_found_on_path_is_passed_on(
    launcher_checkout: Checkout, exec_call: Callable[[], list[str]], fake_tool: FakeTool
) -> None:
    with_venv(launcher_checkout)
    tool = fake_tool("k6", 'echo "k6 v2.2.0 (go1.26.8, linux/amd64)"')
    K6Step(launcher_checkout).run(SetupConsole(launcher_checkout.logs))
    with pytest.raises(Replaced):
        launcher.main("dashboard", ["--no-setup"])
    assert os.environ["K6_BIN"] == str(tool)


def test_no_setup_requires_an_environment(
    launcher_checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    assert launcher.main("dashboard", ["--no-setup"]) == 1
    assert ".venv is missing. Omit --no-setup, then start again" in capsys.readouterr().err


def test_help_needs_no_setup(launcher_checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["run", "--help"], ["doctor", "-h"], ["setup", "--help"]):
        assert launcher.main("dashboard", arguments) == 0
        assert capsys.readouterr().out == help_text("dashboard", arguments)
    for command in ("test", "bench"):
        assert launcher.main(command, ["--help"]) == 0
        assert capsys.readouterr().out.startswith(f"usage: bin/{command} ")


def test_a_finished_setup_is_checked_without_processes_and_slow_imports(
    launcher_checkout: Checkout, exec_call: Callable[[], list[str]], fake_tool: FakeTool
) -> None:
    """The launcher runs in a fresh interpreter up to the point where the program replaces it."""
    with_venv(launcher_checkout)
    console = SetupConsole(launcher_checkout.logs)
    packages = PythonPackagesStep(launcher_checkout)
    packages.stamp.write(packages.input_fingerprint(dev=False))
    fake_tool("k6", 'echo "k6 v2.2.0 (go1.26.8, linux/amd64)"')
    K6Step(launcher_checkout).run(console)
    BytecodeStep(launcher_checkout).run(console)
    modules = modules_of_a_start(launcher_checkout)
    assert "dashboard.setup.packages" in modules
    assert not modules & {"ssl", "urllib.request", "http.client", "tarfile", "zipfile", "logging", "asyncio"}


def modules_of_a_start(checkout: Checkout) -> set[str]:
    """Return the modules that the launcher imports. A subprocess or any output fails the test."""
    script = f"""
import os, subprocess, sys
from pathlib import Path
from dashboard.setup import launcher
launcher.ROOT = Path({str(checkout.root)!r})
os.execv = lambda *_: print(*sys.modules)
subprocess.Popen = None
launcher.main("dashboard", [])
"""
    env = {**checkout.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    return set(ran.stdout.split())


def test_a_failed_setup_prints_its_error_and_exits_with_1(
    launcher_checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise SetupError("The page could not be built", "the disk is full", "Free some space")

    monkeypatch.setattr(steps, "run_missing", fail)
    assert launcher.main("dashboard", []) == 1
    message = (
        "bin/dashboard: The page could not be built: the disk is full. Free some space, then start again.\n"
    )
    assert capsys.readouterr().err == message


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_ends_the_setup_and_its_tools(
    checkout: Checkout, tools: Path, fake_tool: FakeTool, number: signal.Signals
) -> None:
    """The launcher runs in its own process and is stopped while uv runs."""
    pid_file = checkout.root / "pid"
    write = f"echo $$ > {pid_file}.new; mv {pid_file}.new {pid_file}"
    fake_tool("uv", f'[ "$1" = --version ] && echo "uv 0.13.8" && exit\n{write}; sleep 60')
    script = f"""
import sys
from pathlib import Path
from dashboard.setup import launcher
launcher.ROOT = Path({str(checkout.root)!r})
sys.exit(launcher.main("dashboard", []))
"""
    command = [sys.executable, "-c", script]
    env = {**checkout.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as process:
        wait_for(pid_file.exists)
        process.send_signal(number)
        assert process.wait(30) == 128 + number
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)
    assert not checkout.venv.exists()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)

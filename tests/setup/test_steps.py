from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.setup.checkout import ROOT, Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.error import SetupError
from dashboard.setup.small_steps import BytecodeStep, EndpointsFileStep
from dashboard.setup.steps import run_missing
from tests.setup.conftest import printed


class FakeStep:
    """A step that is done once it has run."""

    title = "FakeStep"
    expected_time = "less than 1 s"

    def __init__(self, fails: Exception | None = None) -> None:
        self.runs = 0
        self.fails = fails

    def is_done(self) -> bool:
        return self.runs > 0

    def run(self, console: SetupConsole) -> None:
        if self.fails:
            raise self.fails
        self.runs += 1


def test_a_second_start_does_and_prints_nothing(checkout: Checkout, console: SetupConsole) -> None:
    step = FakeStep()
    run_missing(checkout, [step], console)
    before = printed(console)
    run_missing(checkout, [step], console)
    assert step.runs == 1
    assert printed(console) == before


def test_a_failed_step_keeps_the_finished_ones(checkout: Checkout, console: SetupConsole) -> None:
    first, second = FakeStep(), FakeStep(SetupError("It failed", "why", "Do"))
    with pytest.raises(SetupError):
        run_missing(checkout, [first, second], console)
    second.fails = None
    run_missing(checkout, [first, second], console)
    assert (first.runs, second.runs) == (1, 1)


def test_a_checkout_that_is_not_writable_is_reported(checkout: Checkout, console: SetupConsole) -> None:
    checkout.tools.write_text("a file instead of the folder")
    with pytest.raises(SetupError, match=".tools could not be written: File exists"):
        run_missing(checkout, [FakeStep()], console)


def test_a_full_disk_is_reported(checkout: Checkout, console: SetupConsole) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(SetupError, match="could not be written: the disk is full. Free some space"):
        run_missing(checkout, [FakeStep(full)], console)


def test_a_second_setup_waits_for_the_first(checkout: Checkout) -> None:
    script = """
import io, sys, time
from pathlib import Path
from dashboard.setup.console import SetupConsole
from dashboard.setup.checkout import Checkout
from dashboard.setup.steps import setup_lock
checkout = Checkout(Path(sys.argv[1]), {})
with setup_lock(checkout, SetupConsole(checkout.logs)):
    print("in", flush=True)
    sys.stdin.readline()
print("out", flush=True)
"""
    command = [sys.executable, "-c", script, str(checkout.root)]
    with start(command) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "in\n"
        with start(command) as second:
            assert second.stderr is not None
            assert "waiting for it" in second.stderr.readline()
            first.communicate("go\n", timeout=30)
            assert second.communicate("go\n", timeout=30)[0] == "in\nout\n"


def start(command: list[str]) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def test_the_endpoints_file_is_copied_once_from_the_example(
    checkout: Checkout, console: SetupConsole
) -> None:
    step = EndpointsFileStep(checkout)
    assert step.is_done(), "no example"
    step.example.write_text("example")
    run_missing(checkout, [step], console)
    assert step.file.read_text() == "example"
    step.file.write_text("mine")
    run_missing(checkout, [step], console)
    assert step.file.read_text() == "mine"


def test_bytecode_is_compiled_despite_pythondontwritebytecode(
    checkout: Checkout, console: SetupConsole
) -> None:
    (checkout.venv / "bin").mkdir(parents=True)
    checkout.python.symlink_to(sys.executable)
    (checkout.root / "dashboard/module.py").write_text("A = 1\n")
    checkout = Checkout(checkout.root, {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    run_missing(checkout, [BytecodeStep(checkout)], console)
    assert compiled_files(checkout) == [f"module.{sys.implementation.cache_tag}.pyc"]
    assert BytecodeStep(checkout).is_done()
    (checkout.root / "dashboard/module.py").write_text("A = 12\n")
    assert not BytecodeStep(checkout).is_done()


def compiled_files(checkout: Checkout) -> list[str]:
    return [path.name for path in Path(checkout.root, "dashboard/__pycache__").iterdir()]

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.setup.console import SetupConsole
from dashboard.setup.place import ROOT, Place
from dashboard.setup.problem import SetupProblem
from dashboard.setup.smaller import Bytecode, Endpoints
from dashboard.setup.steps import ensure
from tests.setup.conftest import said


class Recorded:
    """A step that is done once it was made."""

    title = "Recorded"
    usual = "no time"

    def __init__(self, fails: Exception | None = None) -> None:
        self.made = 0
        self.fails = fails

    def done(self) -> bool:
        return self.made > 0

    def make(self, console: SetupConsole) -> None:
        if self.fails:
            raise self.fails
        self.made += 1


def test_a_second_start_does_nothing_and_says_nothing(place: Place, console: SetupConsole) -> None:
    step = Recorded()
    ensure(place, [step], console)
    before = said(console)
    ensure(place, [step], console)
    assert step.made == 1
    assert said(console) == before


def test_a_failing_step_keeps_what_was_finished_before_it(place: Place, console: SetupConsole) -> None:
    first, second = Recorded(), Recorded(SetupProblem("It failed", "why", "Do"))
    with pytest.raises(SetupProblem):
        ensure(place, [first, second], console)
    second.fails = None
    ensure(place, [first, second], console)
    assert (first.made, second.made) == (1, 1)


def test_a_checkout_that_cannot_be_written_is_a_problem_in_words(place: Place, console: SetupConsole) -> None:
    place.tools.write_text("a file where the folder should be")
    with pytest.raises(SetupProblem, match=".tools could not be written: File exists"):
        ensure(place, [Recorded()], console)


def test_a_full_disk_is_told_as_such(place: Place, console: SetupConsole) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(SetupProblem, match="could not be written: the disk is full. Free some space"):
        ensure(place, [Recorded(full)], console)


def test_a_second_set_up_waits_for_the_first(place: Place) -> None:
    script = """
import io, sys, time
from pathlib import Path
from dashboard.setup.console import Console
from dashboard.setup.place import Place
from dashboard.setup.steps import alone
place = Place(Path(sys.argv[1]), {})
with alone(place, Console(place.logs)):
    print("in", flush=True)
    sys.stdin.readline()
print("out", flush=True)
"""
    command = [sys.executable, "-c", script, str(place.root)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "in\n"
        with subprocess.Popen(command, cwd=ROOT, **pipes) as second:
            assert second.stderr is not None
            assert "waiting for it" in second.stderr.readline()
            first.communicate("go\n", timeout=30)
            assert second.communicate("go\n", timeout=30)[0] == "in\nout\n"


def test_the_first_configuration_is_the_example_and_then_the_users(place: Place, console: SetupConsole) -> None:
    step = Endpoints(place)
    assert step.done(), "there is no example"
    step.example.write_text("example")
    ensure(place, [step], console)
    assert step.file.read_text() == "example"
    step.file.write_text("mine")
    ensure(place, [step], console)
    assert step.file.read_text() == "mine"


def test_bytecode_is_made_where_python_may_not_leave_it_behind(place: Place, console: SetupConsole) -> None:
    (place.venv / "bin").mkdir(parents=True)
    place.python.symlink_to(sys.executable)
    (place.root / "dashboard/module.py").write_text("A = 1\n")
    place = Place(place.root, {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    ensure(place, [Bytecode(place)], console)
    assert compiled(place) == [f"module.{sys.implementation.cache_tag}.pyc"]
    assert Bytecode(place).done()
    (place.root / "dashboard/module.py").write_text("A = 12\n")
    assert not Bytecode(place).done()


def compiled(place: Place) -> list[str]:
    return [path.name for path in Path(place.root, "dashboard/__pycache__").iterdir()]

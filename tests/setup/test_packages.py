from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dashboard.setup.console import SetupConsole
from dashboard.setup.packages import OURS, PythonPackages
from dashboard.setup.place import Place
from dashboard.setup.problem import SetupProblem
from tests.setup.conftest import FakeTool

# A uv that notes what it was asked and makes environments out of a link.
UV = f"""
echo "$@" >> "$HOME/uv-asked"
case "$1" in
--version) echo "uv 0.13.8" ;;
venv) for folder; do :; done; mkdir -p "$folder/bin"; ln -s {sys.executable} "$folder/bin/python" ;;
esac
"""


@pytest.fixture
def uv(fake_tool: FakeTool) -> Path:
    return fake_tool("uv", UV)


def asked(place: Place) -> list[str]:
    lines = Path(place.environ["HOME"], "uv-asked").read_text().splitlines()
    return [line for line in lines if line.startswith(("venv", "pip"))]


@pytest.mark.usefixtures("uv")
def test_an_environment_is_made_from_the_hashes_of_the_lock(place: Place, console: SetupConsole) -> None:
    step = PythonPackages(place)
    step.make(console)
    assert step.done()
    assert (place.venv / OURS).exists()
    assert "pip sync" in asked(place)[1]
    assert "requirements.lock" in asked(place)[1]
    assert "--require-hashes" in asked(place)[1]


@pytest.mark.usefixtures("uv")
def test_a_changed_lock_makes_the_step_due_again(place: Place, console: SetupConsole) -> None:
    PythonPackages(place).make(console)
    (place.root / "requirements.lock").write_text("flask==3.1.4\n")
    assert not PythonPackages(place).done()


@pytest.mark.usefixtures("uv")
def test_the_packages_of_the_tests_serve_too(place: Place, console: SetupConsole) -> None:
    PythonPackages(place, dev=True).make(console)
    assert PythonPackages(place).done()


@pytest.mark.usefixtures("uv")
def test_the_packages_of_serving_do_not_test(place: Place, console: SetupConsole) -> None:
    PythonPackages(place).make(console)
    assert not PythonPackages(place, dev=True).done()


@pytest.mark.usefixtures("uv")
def test_an_environment_for_tests_stays_one_when_the_lock_changes(place: Place, console: SetupConsole) -> None:
    PythonPackages(place, dev=True).make(console)
    (place.root / "requirements-dev.lock").write_text("flask==3.1.4\n")
    PythonPackages(place).make(console)
    assert "requirements-dev.lock" in asked(place)[-1]


def test_a_failing_install_leaves_no_environment_behind(
    place: Place, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("uv", f"{UV}\n[ $1 = pip ] && echo 'error: Failed to fetch: dns error' >&2 && exit 2\nexit 0")
    with pytest.raises(SetupProblem) as caught:
        PythonPackages(place).make(console)
    words = str(caught.value)
    assert words.startswith("The Python packages could not be installed: the network or the package index")
    assert words.endswith(f"The full log is {place.logs / 'packages.log'}.")
    assert not place.venv.exists()
    assert not PythonPackages(place).done()


def test_a_cut_off_install_is_done_again(place: Place, console: SetupConsole, fake_tool: FakeTool) -> None:
    fake_tool("uv", UV)
    PythonPackages(place).make(console)
    (place.root / "requirements.lock").write_text("flask==3.1.4\n")
    fake_tool("uv", f"{UV}\n[ $1 = pip ] && exit 1\nexit 0")
    with pytest.raises(SetupProblem):
        PythonPackages(place).make(console)
    (place.root / "requirements.lock").write_text("flask==3.1.3\n")
    assert not PythonPackages(place).done()


def hand_made(place: Place, python: str) -> None:
    (place.venv / "bin").mkdir(parents=True)
    place.python.symlink_to(python)


@pytest.mark.usefixtures("uv")
def test_an_environment_made_by_hand_is_added_to_and_never_cleaned(place: Place, console: SetupConsole) -> None:
    hand_made(place, sys.executable)
    PythonPackages(place).make(console)
    assert asked(place)[0].startswith("pip install -r")


@pytest.mark.usefixtures("uv")
def test_an_environment_made_by_hand_that_does_not_run_is_left_alone(place: Place, console: SetupConsole) -> None:
    hand_made(place, "/nowhere/python3")
    with pytest.raises(SetupProblem, match="not made by this set-up. Move it away"):
        PythonPackages(place).make(console)


@pytest.mark.usefixtures("uv")
def test_an_environment_whose_python_went_away_is_made_anew(place: Place, console: SetupConsole) -> None:
    PythonPackages(place).make(console)
    place.python.unlink()
    place.python.symlink_to("/nowhere/python3")
    assert not PythonPackages(place).done()
    PythonPackages(place).make(console)
    assert PythonPackages(place).done()


def test_a_python_without_pip_and_venv_gets_the_command_to_install_them(
    place: Place, console: SetupConsole, fake_tool: FakeTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = "echo 'The virtual environment was not created: ensurepip is not available' >&2; exit 1"
    monkeypatch.setattr("sys.executable", str(fake_tool("python3", bare)))
    with pytest.raises(SetupProblem, match="without pip and venv. On Debian or Ubuntu: `apt-get install"):
        PythonPackages(place).make(console)


def test_an_ancient_uv_on_path_is_passed_over_for_a_fresh_one(
    place: Place, console: SetupConsole, fake_tool: FakeTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tool("uv", "echo uv 0.1.9")
    fresh = fake_tool("fresh-uv", UV)
    find_target = 'while [ $# -gt 0 ]; do [ "$1" = --target ] && to="$2"; shift; done'
    pip = f'{find_target}; [ -z "$to" ] || {{ mkdir -p "$to/bin"; cp {fresh} "$to/bin/uv"; }}'
    monkeypatch.setattr("sys.executable", str(fake_tool("python3", pip)))
    PythonPackages(place).make(console)
    assert PythonPackages(place).done()
    assert (place.tools / "uv/bin/uv").read_text() == fresh.read_text()

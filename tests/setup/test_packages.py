from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.error import SetupError
from dashboard.setup.packages import OWNERSHIP_FILE, PythonPackagesStep
from tests.setup.conftest import FakeTool

# A uv that records its arguments and creates environments whose Python links to this interpreter.
UV = f"""
echo "$@" >> "$(dirname "$0")/uv-calls"
case "$1" in
--version) echo "uv 0.13.8" ;;
venv) for folder; do :; done; mkdir -p "$folder/bin"; ln -s {sys.executable} "$folder/bin/python" ;;
esac
"""


@pytest.fixture
def uv(fake_tool: FakeTool) -> Path:
    return fake_tool("uv", UV)


def uv_calls(checkout: Checkout) -> list[str]:
    lines = Path(checkout.environ["PATH"].partition(":")[0], "uv-calls").read_text().splitlines()
    return [line for line in lines if line.startswith(("venv", "pip"))]


@pytest.mark.usefixtures("uv")
def test_an_environment_is_created_from_the_lock_file_with_hash_checks(
    checkout: Checkout, console: SetupConsole
) -> None:
    step = PythonPackagesStep(checkout)
    step.run(console)
    assert step.is_done()
    assert (checkout.venv / OWNERSHIP_FILE).exists()
    assert "pip sync" in uv_calls(checkout)[1]
    assert "requirements.lock" in uv_calls(checkout)[1]
    assert "--require-hashes" in uv_calls(checkout)[1]


@pytest.mark.usefixtures("uv")
def test_a_changed_lock_makes_the_step_due_again(checkout: Checkout, console: SetupConsole) -> None:
    PythonPackagesStep(checkout).run(console)
    (checkout.root / "requirements.lock").write_text("flask==3.1.4\n")
    assert not PythonPackagesStep(checkout).is_done()


@pytest.mark.usefixtures("uv")
def test_the_test_packages_include_the_runtime_packages(checkout: Checkout, console: SetupConsole) -> None:
    PythonPackagesStep(checkout, dev=True).run(console)
    assert PythonPackagesStep(checkout).is_done()


@pytest.mark.usefixtures("uv")
def test_the_runtime_packages_lack_the_test_packages(checkout: Checkout, console: SetupConsole) -> None:
    PythonPackagesStep(checkout).run(console)
    assert not PythonPackagesStep(checkout, dev=True).is_done()


@pytest.mark.usefixtures("uv")
def test_an_environment_with_test_packages_keeps_them(checkout: Checkout, console: SetupConsole) -> None:
    PythonPackagesStep(checkout, dev=True).run(console)
    (checkout.root / "requirements-dev.lock").write_text("flask==3.1.4\n")
    PythonPackagesStep(checkout).run(console)
    assert "requirements-dev.lock" in uv_calls(checkout)[-1]


def test_a_failed_install_leaves_no_environment_behind(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("uv", f"{UV}\n[ $1 = pip ] && echo 'error: Failed to fetch: dns error' >&2 && exit 2\nexit 0")
    with pytest.raises(SetupError) as caught:
        PythonPackagesStep(checkout).run(console)
    message = str(caught.value)
    assert message.startswith("The Python packages could not be installed: the network or the package index")
    assert message.endswith(f"The full log is {checkout.logs / 'packages.log'}.")
    assert not checkout.venv.exists()
    assert not PythonPackagesStep(checkout).is_done()


def test_an_interrupted_install_is_repeated(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("uv", UV)
    PythonPackagesStep(checkout).run(console)
    (checkout.root / "requirements.lock").write_text("flask==3.1.4\n")
    fake_tool("uv", f"{UV}\n[ $1 = pip ] && exit 1\nexit 0")
    with pytest.raises(SetupError):
        PythonPackagesStep(checkout).run(console)
    (checkout.root / "requirements.lock").write_text("flask==3.1.3\n")
    assert not PythonPackagesStep(checkout).is_done()


def make_user_environment(checkout: Checkout, python: str) -> None:
    (checkout.venv / "bin").mkdir(parents=True)
    checkout.python.symlink_to(python)


@pytest.mark.usefixtures("uv")
def test_packages_of_a_users_own_environment_are_never_removed(
    checkout: Checkout, console: SetupConsole
) -> None:
    make_user_environment(checkout, sys.executable)
    PythonPackagesStep(checkout).run(console)
    assert uv_calls(checkout)[0].startswith("pip install -r")


@pytest.mark.usefixtures("uv")
def test_a_broken_environment_of_the_user_is_not_replaced(checkout: Checkout, console: SetupConsole) -> None:
    make_user_environment(checkout, "/nowhere/python3")
    with pytest.raises(SetupError, match="this setup did not create it. Move it away"):
        PythonPackagesStep(checkout).run(console)


@pytest.mark.usefixtures("uv")
def test_an_environment_with_a_removed_python_is_created_again(
    checkout: Checkout, console: SetupConsole
) -> None:
    PythonPackagesStep(checkout).run(console)
    checkout.python.unlink()
    checkout.python.symlink_to("/nowhere/python3")
    assert not PythonPackagesStep(checkout).is_done()
    PythonPackagesStep(checkout).run(console)
    assert PythonPackagesStep(checkout).is_done()


def test_a_python_without_pip_and_venv_is_reported_with_advice(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = "echo 'The virtual environment was not created: ensurepip is not available' >&2; exit 1"
    monkeypatch.setattr("sys.executable", str(fake_tool("python3", bare)))
    with pytest.raises(SetupError, match="lacks pip and venv. On Debian or Ubuntu, run `apt-get install"):
        PythonPackagesStep(checkout).run(console)


def test_an_old_uv_on_path_is_replaced_by_a_fetched_one(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tool("uv", "echo uv 0.1.9")
    fresh = fake_tool("fresh-uv", UV)
    find_target = 'while [ $# -gt 0 ]; do [ "$1" = --target ] && to="$2"; shift; done'
    pip = f'{find_target}; [ -z "$to" ] || {{ mkdir -p "$to/bin"; cp {fresh} "$to/bin/uv"; }}'
    monkeypatch.setattr("sys.executable", str(fake_tool("python3", pip)))
    PythonPackagesStep(checkout).run(console)
    assert PythonPackagesStep(checkout).is_done()
    assert (checkout.tools / "uv/bin/uv").read_text() == fresh.read_text()

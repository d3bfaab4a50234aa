from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.setup import chromium
from dashboard.setup.chromium import find_chromium
from dashboard.setup.console import SetupConsole
from dashboard.setup.place import Place
from tests.setup.conftest import FakeTool, said


@pytest.fixture(autouse=True)
def bare_system(place: Place, monkeypatch: pytest.MonkeyPatch, tools: Path) -> None:
    """No Chromium anywhere, no right to install one, and PATH without the real system's folders."""
    monkeypatch.setattr(chromium, "OFF_PATH", (place.root / "usr/bin/chromium",))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    place.environ = {**place.environ, "PATH": str(tools)}


def test_the_named_chromium_goes_before_the_one_on_path(
    place: Place, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("chromium", "")
    place.environ = {**place.environ, "CHROMIUM_BIN": "/opt/chromium"}
    assert find_chromium(place, console, install=True) == Path("/opt/chromium")


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])
def test_each_of_its_names_is_known(place: Place, console: SetupConsole, fake_tool: FakeTool, name: str) -> None:
    tool = fake_tool(name, "")
    assert find_chromium(place, console, install=True) == tool


def test_without_the_right_to_install_it_the_command_is_told(place: Place, console: SetupConsole) -> None:
    assert find_chromium(place, console, install=True) is None
    assert "apt-get install chromium" in said(console)


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch, tools: Path) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tools))


@pytest.mark.usefixtures("root")
def test_root_gets_debians_package(place: Place, console: SetupConsole, fake_tool: FakeTool) -> None:
    installed = place.root / "usr/bin/chromium"
    fake_tool("apt-get", f'[ "$2" = update ] || {{ /bin/mkdir -p {installed.parent}; echo > {installed}; }}')
    assert find_chromium(place, console, install=True) == installed


@pytest.mark.usefixtures("root")
def test_a_failing_installation_is_told_and_not_the_end(
    place: Place, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("apt-get", "echo 'Could not resolve the mirror' >&2; exit 100")
    assert find_chromium(place, console, install=True) is None
    assert "Chromium could not be installed: the network" in said(console)

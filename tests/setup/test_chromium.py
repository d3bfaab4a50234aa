from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.setup import chromium
from dashboard.setup.checkout import Checkout
from dashboard.setup.chromium import find_chromium
from dashboard.setup.console import SetupConsole
from tests.setup.conftest import FakeTool, printed


@pytest.fixture(autouse=True)
def bare_system(checkout: Checkout, monkeypatch: pytest.MonkeyPatch, tools: Path) -> None:
    """No Chromium, no root, and a PATH without the system's folders."""
    monkeypatch.setattr(chromium, "KNOWN_PATHS", (checkout.root / "usr/bin/chromium",))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    checkout.environ = {**checkout.environ, "PATH": str(tools)}


def test_chromium_bin_takes_precedence_over_path(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("chromium", "")
    checkout.environ = {**checkout.environ, "CHROMIUM_BIN": "/opt/chromium"}
    assert find_chromium(checkout, console, install=True) == Path("/opt/chromium")


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])
def test_every_common_name_is_found(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool, name: str
) -> None:
    tool = fake_tool(name, "")
    assert find_chromium(checkout, console, install=True) == tool


def test_without_root_the_install_command_is_printed(checkout: Checkout, console: SetupConsole) -> None:
    assert find_chromium(checkout, console, install=True) is None
    assert "apt-get install chromium" in printed(console)


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch, tools: Path) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tools))


@pytest.mark.usefixtures("root")
def test_root_installs_the_debian_package(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    installed = checkout.root / "usr/bin/chromium"
    fake_tool("apt-get", f'[ "$2" = update ] || {{ /bin/mkdir -p {installed.parent}; echo > {installed}; }}')
    assert find_chromium(checkout, console, install=True) == installed


@pytest.mark.usefixtures("root")
def test_a_failed_installation_is_printed_and_not_fatal(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("apt-get", "echo 'Could not resolve the mirror' >&2; exit 100")
    assert find_chromium(checkout, console, install=True) is None
    assert "Chromium could not be installed: the network" in printed(console)

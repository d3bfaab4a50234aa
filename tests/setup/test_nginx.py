"""Finding and installing nginx."""

from pathlib import Path

import pytest

from dashboard.setup import nginx
from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.nginx import find_nginx
from tests.setup.conftest import FakeTool, printed


@pytest.fixture(autouse=True)
def bare_system(checkout: Checkout, monkeypatch: pytest.MonkeyPatch, tools: Path) -> None:
    """No nginx, no root, and a PATH without the system's folders."""
    monkeypatch.setattr(nginx, "KNOWN_PATH", checkout.root / "usr/sbin/nginx")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    checkout.environ = {**checkout.environ, "PATH": str(tools)}


def test_nginx_bin_takes_precedence_over_path(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    on_path = fake_tool("nginx", "")
    assert find_nginx(checkout, console, install=True) == on_path
    checkout.environ = {**checkout.environ, "NGINX_BIN": "/opt/nginx"}
    assert find_nginx(checkout, console, install=True) == Path("/opt/nginx")


def test_without_root_the_install_command_is_printed(checkout: Checkout, console: SetupConsole) -> None:
    assert find_nginx(checkout, console, install=True) is None
    assert "apt-get install nginx-light" in printed(console)


def test_root_installs_the_debian_package(
    checkout: Checkout,
    console: SetupConsole,
    fake_tool: FakeTool,
    tools: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tools))
    installed = checkout.root / "usr/sbin/nginx"
    fake_tool("apt-get", f'[ "$2" = update ] || {{ /bin/mkdir -p {installed.parent}; echo > {installed}; }}')
    assert find_nginx(checkout, console, install=True) == installed

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.influxd import VERSION, find_influxd
from tests.setup.conftest import FakeTool, printed

FAKE_GO = """
while [ "$1" != -o ]; do shift; done
echo "$3 $PKG_CONFIG" >> builds; echo built > "$2"
"""


@pytest.fixture(autouse=True)
def bare_system(checkout: Checkout, monkeypatch: pytest.MonkeyPatch, tools: Path) -> None:
    """A PATH without the system's folders, and no root."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    checkout.environ = {**checkout.environ, "PATH": str(tools)}
    (checkout.root / "tools" / "influxd-build").mkdir(parents=True)


@pytest.fixture
def builders(fake_tool: FakeTool, monkeypatch: pytest.MonkeyPatch, checkout: Checkout) -> None:
    go = fake_tool("go", FAKE_GO)
    monkeypatch.setattr("dashboard.setup.influxd.find_go", lambda checkout: go)
    for name in ("cargo", "rustc"):
        fake_tool(name, "echo 1.95.0")
    for name in ("clang", "protoc", "pkg-config"):
        fake_tool(name, "")


def find(checkout: Checkout, console: SetupConsole, tmp_path: Path, *, build: bool = True) -> Path | None:
    return find_influxd(checkout, console, tmp_path / "cache", build=build)


def test_influxd_bin_takes_precedence(checkout: Checkout, console: SetupConsole, tmp_path: Path) -> None:
    checkout.environ = {**checkout.environ, "INFLUXD_BIN": "/opt/influxd"}
    assert find(checkout, console, tmp_path) == Path("/opt/influxd")


def test_influxd_on_path_must_have_the_required_version(
    checkout: Checkout, console: SetupConsole, tmp_path: Path, fake_tool: FakeTool
) -> None:
    influxd = fake_tool("influxd", "echo 'InfluxDB v2.7.0 (git: x)'")
    assert find(checkout, console, tmp_path, build=False) is None
    fake_tool("influxd", f"echo 'InfluxDB v{VERSION} (git: x)'")
    assert find(checkout, console, tmp_path, build=False) == influxd


@pytest.mark.usefixtures("builders")
def test_influxd_is_built_once_with_its_own_pkg_config(
    checkout: Checkout, console: SetupConsole, tmp_path: Path
) -> None:
    built = find(checkout, console, tmp_path)
    assert built is not None
    assert built.read_text() == "built\n"
    assert find(checkout, console, tmp_path) == built
    pkg_config, server = (checkout.root / "tools/influxd-build/builds").read_text().splitlines()
    assert pkg_config.strip() == "github.com/influxdata/pkg-config"
    assert server == f"github.com/influxdata/influxdb/v2/cmd/influxd {built.with_name('pkg-config')}"


@pytest.mark.usefixtures("builders")
def test_a_failed_build_is_printed_and_leaves_no_file(
    checkout: Checkout, console: SetupConsole, tmp_path: Path, fake_tool: FakeTool
) -> None:
    fake_tool("go", "echo 'cannot find it' >&2; exit 1")
    assert find(checkout, console, tmp_path) is None
    assert "InfluxDB could not be built" in printed(console)
    assert not list((tmp_path / "cache").rglob("influxd"))


def test_missing_rust_is_reported_with_advice(
    checkout: Checkout, console: SetupConsole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.setup.influxd.find_go", lambda checkout: Path("/bin/go"))
    assert find(checkout, console, tmp_path) is None
    assert "these packages are missing: clang protobuf-compiler pkg-config cargo rustc" in printed(console)
    assert "INFLUXD_BIN" in printed(console)


@pytest.mark.usefixtures("builders")
def test_without_root_the_install_command_is_printed(
    checkout: Checkout, console: SetupConsole, tmp_path: Path, tools: Path
) -> None:
    (tools / "protoc").unlink()
    assert find(checkout, console, tmp_path) is None
    assert "apt-get install protobuf-compiler" in printed(console)

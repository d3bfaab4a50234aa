from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.setup.console import SetupConsole
from dashboard.setup.influxd import VERSION, find_influxd, rust_home
from dashboard.setup.place import Place
from tests.setup.conftest import FakeTool, said

BUILDS = """
while [ "$1" != -o ]; do shift; done
echo "$3 $PKG_CONFIG" >> builds; echo built > "$2"
"""


@pytest.fixture(autouse=True)
def bare_system(place: Place, monkeypatch: pytest.MonkeyPatch, tools: Path) -> None:
    """PATH without the real system's folders, no right to install, and a Go and a Rust that do nothing."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    place.environ = {**place.environ, "PATH": str(tools)}
    (place.root / "tools" / "influxd-build").mkdir(parents=True)


@pytest.fixture
def builders(fake_tool: FakeTool, monkeypatch: pytest.MonkeyPatch, place: Place) -> None:
    go = fake_tool("go", BUILDS)
    monkeypatch.setattr("dashboard.setup.influxd.find_go", lambda place: go)
    for name in ("cargo", "clang", "protoc", "pkg-config"):
        fake_tool(name, "")


def find(place: Place, console: SetupConsole, tmp_path: Path, *, build: bool = True) -> Path | None:
    return find_influxd(place, console, tmp_path / "cache", build=build)


def test_the_named_influxd_goes_before_all(place: Place, console: SetupConsole, tmp_path: Path) -> None:
    place.environ = {**place.environ, "INFLUXD_BIN": "/opt/influxd"}
    assert find(place, console, tmp_path) == Path("/opt/influxd")


def test_rust_of_another_user_is_used_with_its_toolchains(place: Place, tmp_path: Path) -> None:
    cargo = tmp_path / "other" / ".cargo" / "bin" / "cargo"
    cargo.parent.mkdir(parents=True)
    cargo.touch(0o755)
    place.environ = {**place.environ, "PATH": str(cargo.parent)}
    assert rust_home(place) == {}
    (tmp_path / "other" / ".rustup").mkdir()
    assert rust_home(place) == {"RUSTUP_HOME": str(tmp_path / "other" / ".rustup")}
    (tmp_path / ".rustup").mkdir()
    assert rust_home(place) == {}


def test_one_on_path_must_be_of_the_wanted_version(
    place: Place, console: SetupConsole, tmp_path: Path, fake_tool: FakeTool
) -> None:
    influxd = fake_tool("influxd", "echo 'InfluxDB v2.7.0 (git: x)'")
    assert find(place, console, tmp_path, build=False) is None
    fake_tool("influxd", f"echo 'InfluxDB v{VERSION} (git: x)'")
    assert find(place, console, tmp_path, build=False) == influxd


@pytest.mark.usefixtures("builders")
def test_it_is_built_once_with_a_pkg_config_of_its_own(
    place: Place, console: SetupConsole, tmp_path: Path
) -> None:
    built = find(place, console, tmp_path)
    assert built is not None
    assert built.read_text() == "built\n"
    assert find(place, console, tmp_path) == built
    pkg_config, server = (place.root / "tools/influxd-build/builds").read_text().splitlines()
    assert pkg_config.strip() == "github.com/influxdata/pkg-config"
    assert server == f"github.com/influxdata/influxdb/v2/cmd/influxd {built.with_name('pkg-config')}"


@pytest.mark.usefixtures("builders")
def test_a_failing_build_is_told_and_leaves_nothing(
    place: Place, console: SetupConsole, tmp_path: Path, fake_tool: FakeTool
) -> None:
    fake_tool("go", "echo 'cannot find it' >&2; exit 1")
    assert find(place, console, tmp_path) is None
    assert "InfluxDB could not be built" in said(console)
    assert not list((tmp_path / "cache").rglob("influxd"))


def test_without_rust_it_is_said_what_to_do(
    place: Place, console: SetupConsole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.setup.influxd.find_go", lambda place: Path("/bin/go"))
    assert find(place, console, tmp_path) is None
    assert "there is no Rust (cargo)" in said(console)
    assert "INFLUXD_BIN" in said(console)


@pytest.mark.usefixtures("builders")
def test_without_the_right_to_install_the_command_is_told(
    place: Place, console: SetupConsole, tmp_path: Path, tools: Path
) -> None:
    (tools / "protoc").unlink()
    assert find(place, console, tmp_path) is None
    assert "apt-get install protobuf-compiler" in said(console)

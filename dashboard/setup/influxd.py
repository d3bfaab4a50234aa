"""InfluxDB's server for the tests: `$INFLUXD_BIN`, one on PATH, one built earlier; else built from source."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from dashboard.setup.console import SetupConsole
from dashboard.setup.go import find_go
from dashboard.setup.place import Place
from dashboard.setup.problem import SetupProblem

VERSION = "2.9.1"
SERVER = "github.com/influxdata/influxdb/v2/cmd/influxd"
PKG_CONFIG = "github.com/influxdata/pkg-config"
FLAGS = ("-trimpath", "-buildvcs=false", "-ldflags", f"-s -w -X main.version=v{VERSION}")
# what its parts in Rust and C are built with, and the Debian package of each
TOOLS = {"clang": "clang", "protoc": "protobuf-compiler", "pkg-config": "pkg-config"}


def find_influxd(place: Place, console: SetupConsole, cache: Path, *, build: bool) -> Path | None:
    """Its path, or None and a word about it: its tests then skip, or fail in CI."""
    built = cache / f"influxd-{VERSION}" / "influxd"
    found = look(place, built)
    if found or not build:
        return found
    try:
        make(place, console, built)
    except SetupProblem as problem:
        console.say(str(problem))
    return built if built.exists() else None


def look(place: Place, built: Path) -> Path | None:
    named = place.environ.get("INFLUXD_BIN")
    if named:
        return Path(named)
    if built.exists():
        return built
    on_path = shutil.which("influxd", path=place.environ.get("PATH", ""))
    return Path(on_path) if on_path and is_wanted(on_path) else None


def is_wanted(influxd: str) -> bool:
    try:
        said = subprocess.run([influxd, "version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return f"InfluxDB v{VERSION} " in said.stdout


def make(place: Place, console: SetupConsole, built: Path) -> None:
    """Build it beside its place and move it there when it is whole."""
    console.begin(f"InfluxDB {VERSION} for the tests", "5 minutes, once")
    go = check_tools(place, console)
    built.parent.mkdir(parents=True, exist_ok=True)
    folder, new = place.root / "tools" / "influxd-build", built.with_name(f"new.{os.getpid()}")
    pkg_config = built.with_name("pkg-config")
    env = {**place.environ, "GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": "", "CGO_ENABLED": "1"}
    env |= {"RUSTUP_TOOLCHAIN": place.environ.get("RUSTUP_TOOLCHAIN", "stable"), **rust_home(place)}
    server = [go, "build", *FLAGS, "-tags", "sqlite_foreign_keys,sqlite_json", "-o", new, SERVER]
    try:
        what = "InfluxDB could not be built"
        console.run(
            what, [go, "build", "-o", pkg_config, PKG_CONFIG], log="influxd-pkg-config", env=env, cwd=folder
        )
        console.run(what, server, log="influxd-build", env=env | {"PKG_CONFIG": str(pkg_config)}, cwd=folder)
        new.replace(built)
    finally:
        new.unlink(missing_ok=True)
    console.end()


def check_tools(place: Place, console: SetupConsole) -> Path:
    """The Go to build with. Debian's packages are installed where this may; Rust has to be there."""
    path = place.environ.get("PATH", "")
    go, cargo = find_go(place), shutil.which("cargo", path=path)
    if not go or not cargo:
        lacking = "Go" if cargo else "Rust (cargo)"
        raise SetupProblem(
            "InfluxDB could not be built",
            f"there is no {lacking}",
            "Install it, or set INFLUXD_BIN to an influxd of your own",
        )
    missing = [package for tool, package in TOOLS.items() if not shutil.which(tool, path=path)]
    if missing:
        install(place, console, missing)
    return go


def rust_home(place: Place) -> dict[str, str]:
    """Where rustup keeps its toolchains, when that is not in this user's home but beside the `cargo` on PATH."""
    cargo = shutil.which("cargo", path=place.environ.get("PATH", ""))
    beside = Path(cargo).parent.parent.parent / ".rustup" if cargo else None
    own = Path(place.environ.get("HOME", ""), ".rustup")
    if "RUSTUP_HOME" in place.environ or beside is None or own.exists() or not beside.exists():
        return {}
    return {"RUSTUP_HOME": str(beside)}


def install(place: Place, console: SetupConsole, packages: list[str]) -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        words = " ".join(packages)
        raise SetupProblem(
            "InfluxDB could not be built",
            f"these are missing: {words}",
            f"Install them (Debian: `apt-get install {words}`), or set INFLUXD_BIN to an influxd of your own",
        )
    env = {**place.environ, "DEBIAN_FRONTEND": "noninteractive"}
    what = "What InfluxDB is built with could not be installed"
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        console.run(
            what, ["apt-get", "-q", *command], log=f"influxd-apt-{command[0]}", env=env, cwd=place.root
        )

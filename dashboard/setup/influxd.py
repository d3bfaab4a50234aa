"""InfluxDB's server for the tests: $INFLUXD_BIN, one on PATH, one built earlier, or one built from source."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.error import SetupError
from dashboard.setup.go import find_go
from dashboard.setup.rust import debian_packages, find_rust

VERSION = "2.9.1"
SERVER = "github.com/influxdata/influxdb/v2/cmd/influxd"
PKG_CONFIG = "github.com/influxdata/pkg-config"
FLAGS = ("-trimpath", "-buildvcs=false", "-ldflags", f"-s -w -X main.version=v{VERSION}")
# The tools that build the Rust and C parts of InfluxDB, with their Debian packages.
TOOLS = {"clang": "clang", "protoc": "protobuf-compiler", "pkg-config": "pkg-config"}
FAILURE = "InfluxDB could not be built"


def find_influxd(checkout: Checkout, console: SetupConsole, cache: Path, *, build: bool) -> Path | None:
    """Return the path of InfluxDB. If none is available, print the reason and return None."""
    built = cache / f"influxd-{VERSION}" / "influxd"
    found = existing_influxd(checkout, built)
    if found or not build:
        return found
    try:
        build_influxd(checkout, console, built)
    except SetupError as error:
        console.print_line(str(error))
    return built if built.exists() else None


def existing_influxd(checkout: Checkout, built: Path) -> Path | None:
    configured = checkout.environ.get("INFLUXD_BIN")
    if configured:
        return Path(configured)
    if built.exists():
        return built
    on_path = shutil.which("influxd", path=checkout.environ.get("PATH", ""))
    return Path(on_path) if on_path and has_required_version(on_path) else None


def has_required_version(influxd: str) -> bool:
    try:
        result = subprocess.run([influxd, "version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return f"InfluxDB v{VERSION} " in result.stdout


def build_influxd(checkout: Checkout, console: SetupConsole, built: Path) -> None:
    """Build in a temporary file that is then renamed. Raises SetupError."""
    console.begin(f"InfluxDB {VERSION} for the tests", "5 minutes, once")
    go, rust = check_build_tools(checkout, console)
    built.parent.mkdir(parents=True, exist_ok=True)
    folder, new = checkout.root / "tools" / "influxd-build", built.with_name(f"new.{os.getpid()}")
    pkg_config = built.with_name("pkg-config")
    env = build_environment(checkout, rust)
    build_pkg_config = [go, "build", "-o", pkg_config, PKG_CONFIG]
    build_server = [go, "build", *FLAGS, "-tags", "sqlite_foreign_keys,sqlite_json", "-o", new, SERVER]
    try:
        console.run_tool(FAILURE, build_pkg_config, log="influxd-pkg-config", env=env, cwd=folder)
        env["PKG_CONFIG"] = str(pkg_config)
        console.run_tool(FAILURE, build_server, log="influxd-build", env=env, cwd=folder)
        new.replace(built)
    finally:
        new.unlink(missing_ok=True)
    console.end()


def build_environment(checkout: Checkout, rust: Mapping[str, str]) -> dict[str, str]:
    fixed = {"GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": "", "CGO_ENABLED": "1"}
    return {**checkout.environ, **fixed, **rust}


def check_build_tools(checkout: Checkout, console: SetupConsole) -> tuple[Path, dict[str, str]]:
    """Return the path of Go and the variables for Rust. Missing Debian packages are installed if possible."""
    path = checkout.environ.get("PATH", "")
    go, rust = find_go(checkout), find_rust(checkout)
    if not go:
        raise missing_tool("Go")
    packages = [package for tool, package in TOOLS.items() if not shutil.which(tool, path=path)]
    packages += debian_packages(checkout.environ) if rust is None else []
    if packages:
        install_packages(checkout, console, packages)
    rust = find_rust(checkout) if rust is None else rust
    if rust is None:
        raise missing_tool("Rust (cargo)")
    return go, rust


def missing_tool(name: str) -> SetupError:
    return SetupError(FAILURE, f"{name} is missing", "Install it, or set INFLUXD_BIN to an existing influxd")


def install_packages(checkout: Checkout, console: SetupConsole, packages: list[str]) -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        names = " ".join(packages)
        advice = (
            f"Install them (Debian: `apt-get install {names}`), or set INFLUXD_BIN to an existing influxd"
        )
        raise SetupError(FAILURE, f"these packages are missing: {names}", advice)
    env = {**checkout.environ, "DEBIAN_FRONTEND": "noninteractive"}
    failure = "The build tools of InfluxDB could not be installed"
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        arguments = ["apt-get", "-q", *command]
        console.run_tool(failure, arguments, log=f"influxd-apt-{command[0]}", env=env, cwd=checkout.root)

"""A usable Rust is found wherever rustup keeps its toolchains."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dashboard.setup import rust
from dashboard.setup.checkout import Checkout
from dashboard.setup.rust import debian_packages, find_rust
from tests.setup.conftest import FakeTool

RUSTUP = """#!/bin/sh
home=${RUSTUP_HOME:-$HOME/.rustup}
case "$(basename "$0") $*" in
  "rustup default") cat "$home/default" 2>/dev/null || { echo "error: no default toolchain" >&2; exit 1; } ;;
  "rustup toolchain list") ls "$home/toolchains" 2>/dev/null || echo "no installed toolchains" ;;
  *) test -d "$home/toolchains/$RUSTUP_TOOLCHAIN" && echo "1.95.0" ;;
esac
"""


@pytest.fixture(autouse=True)
def no_debian_rust(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(rust, "DEBIAN_BIN", str(tmp_path / "usr-bin"))


def install_rustup(checkout: Checkout, folder: Path) -> None:
    """Put rustup's programs into folder/bin and on PATH."""
    (folder / "bin").mkdir(parents=True)
    for name in ("rustup", "cargo", "rustc"):
        program = folder / "bin" / name
        program.write_text(RUSTUP)
        program.chmod(0o755)
    checkout.environ = {**checkout.environ, "PATH": f"{folder / 'bin'}{os.pathsep}/usr/bin:/bin"}


def add_toolchain(home: Path, name: str, *, default: bool = False) -> None:
    (home / "toolchains" / name).mkdir(parents=True)
    if default:
        (home / "default").write_text(f"{name} (default)\n")


def test_the_default_toolchain_of_this_user_is_named(checkout: Checkout, tmp_path: Path) -> None:
    install_rustup(checkout, tmp_path / "cargo-home")
    add_toolchain(tmp_path / ".rustup", "1.95.0-x86_64", default=True)
    assert find_rust(checkout) == {"RUSTUP_TOOLCHAIN": "1.95.0-x86_64"}


def test_without_a_default_an_installed_toolchain_is_named(checkout: Checkout, tmp_path: Path) -> None:
    install_rustup(checkout, tmp_path / "cargo-home")
    add_toolchain(tmp_path / ".rustup", "nightly-x86_64")
    assert find_rust(checkout) == {"RUSTUP_TOOLCHAIN": "nightly-x86_64"}


@pytest.mark.parametrize(
    ("cargo", "rustup"), [("root/.cargo", "root/.rustup"), ("local/cargo", "local/rustup")]
)
def test_toolchains_beside_cargo_are_found(
    checkout: Checkout, tmp_path: Path, cargo: str, rustup: str
) -> None:
    install_rustup(checkout, tmp_path / cargo)
    add_toolchain(tmp_path / rustup, "stable", default=True)
    assert find_rust(checkout) == {
        "RUSTUP_HOME": str(tmp_path / rustup),
        "CARGO_HOME": str(tmp_path / cargo),
        "RUSTUP_TOOLCHAIN": "stable",
    }


def test_toolchains_are_found_through_a_link(checkout: Checkout, tmp_path: Path, tools: Path) -> None:
    install_rustup(checkout, tmp_path / "local" / "cargo")
    add_toolchain(tmp_path / "local" / "rustup", "stable", default=True)
    for name in ("rustup", "cargo", "rustc"):
        (tools / name).symlink_to(tmp_path / "local" / "cargo" / "bin" / name)
    checkout.environ = {**checkout.environ, "PATH": f"{tools}{os.pathsep}/usr/bin:/bin"}
    found = find_rust(checkout)
    assert found is not None
    assert found["RUSTUP_HOME"] == str(tmp_path / "local" / "rustup")


def test_an_empty_rustup_is_not_usable(checkout: Checkout, tmp_path: Path) -> None:
    install_rustup(checkout, tmp_path / "cargo-home")
    assert find_rust(checkout) is None


def test_the_rust_of_the_system_takes_over_from_an_empty_rustup(checkout: Checkout, tmp_path: Path) -> None:
    install_rustup(checkout, tmp_path / "cargo-home")
    (tmp_path / "usr-bin").mkdir()
    for name in ("cargo", "rustc"):
        program = tmp_path / "usr-bin" / name
        program.write_text("#!/bin/sh\necho 1.85.0\n")
        program.chmod(0o755)
    found = find_rust(checkout)
    assert found is not None
    assert found["PATH"].startswith(str(tmp_path / "usr-bin"))


@pytest.mark.parametrize(
    ("offered", "packages"),
    [("cargo-web rustc-web cargo rustc", ["cargo-web", "rustc-web"]), ("cargo rustc", ["cargo", "rustc"])],
)
def test_the_newest_packages_on_offer_are_chosen(
    checkout: Checkout, fake_tool: FakeTool, offered: str, packages: list[str]
) -> None:
    fake_tool("apt-cache", f'case " {offered} " in *" $2 "*) echo "Package: $2" ;; *) exit 100 ;; esac')
    assert debian_packages(checkout.environ) == packages

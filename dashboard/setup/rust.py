"""Rust for the build of InfluxDB: rustup's toolchains wherever they are, or Debian's packages."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from dashboard.setup.checkout import Checkout

# Debian 12 has a current Rust only as `cargo-web` and `rustc-web`; later releases have it as `cargo` and `rustc`.
DEBIAN_PACKAGES = (("cargo-web", "rustc-web"), ("cargo", "rustc"))
DEBIAN_BIN = "/usr/bin"
CHECK_TIMEOUT_S = 20.0


def find_rust(checkout: Checkout) -> dict[str, str] | None:
    """Return the variables with which `cargo` and `rustc` work; None without a usable Rust."""
    return next((found for found in _candidates(checkout.environ) if _works(checkout.environ, found)), None)


def _candidates(environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    path = environ.get("PATH", "")
    cargo = shutil.which("cargo", path=path)
    if cargo:
        yield _with_toolchain(environ, {})
        for folder in dict.fromkeys((Path(cargo).parent.parent, Path(cargo).resolve().parent.parent)):
            for name in (".rustup", "rustup"):
                if (folder.parent / name).is_dir():
                    homes = {"RUSTUP_HOME": str(folder.parent / name), "CARGO_HOME": str(folder)}
                    yield _with_toolchain(environ, homes)
    yield {"PATH": f"{DEBIAN_BIN}{os.pathsep}{path}"}


def _with_toolchain(environ: Mapping[str, str], homes: dict[str, str]) -> dict[str, str]:
    """Add an installed toolchain by name, which overrides the toolchain that a dependency asks for."""
    rustup = shutil.which("rustup", path=environ.get("PATH", ""))
    if not rustup or environ.get("RUSTUP_TOOLCHAIN"):
        return homes
    for command in ("default", "toolchain list"):
        output = _output([rustup, *command.split()], {**environ, **homes})
        toolchain = output.split()[0] if output.strip() else ""
        if toolchain and toolchain != "no":  # "no installed toolchains"
            return {**homes, "RUSTUP_TOOLCHAIN": toolchain}
    return homes


def _works(environ: Mapping[str, str], found: Mapping[str, str]) -> bool:
    env = {**environ, **found}
    programs = [shutil.which(name, path=env.get("PATH", "")) for name in ("cargo", "rustc")]
    return all(program and _output([program, "--version"], env) for program in programs)


def _output(command: list[str], env: Mapping[str, str]) -> str:
    """Return what the command prints; empty when it fails."""
    try:
        result = subprocess.run(
            command, env=dict(env), capture_output=True, text=True, timeout=CHECK_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return result.stdout if result.returncode == 0 else ""


def debian_packages(environ: Mapping[str, str]) -> list[str]:
    """Return the packages of the newest Rust that the package index offers."""
    for packages in DEBIAN_PACKAGES:
        if all(_output(["apt-cache", "show", package], environ) for package in packages):
            return list(packages)
    return list(DEBIAN_PACKAGES[-1])

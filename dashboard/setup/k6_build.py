"""Builds k6 from source with an installed Go, or with one that is fetched for the build and deleted afterwards."""

from __future__ import annotations

import shutil
from pathlib import Path

from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.go import fetch_go, find_go
from dashboard.setup.k6_version import accept

COMMAND = ("build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-v", "-o")
PACKAGE = "go.k6.io/k6/v2"


def build(checkout: Checkout, console: SetupConsole) -> None:
    """Build `bin/k6`. A Go that is fetched for the build is deleted afterwards, together with its caches."""
    go = find_go(checkout)
    if go:
        return compile_k6(checkout, console, go, {})
    console.print_line("k6: no suitable Go is installed; fetching one for this build")
    caches = checkout.tools / "go-caches"
    env = {"GOPATH": str(caches / "path"), "GOCACHE": str(caches / "build"), "GOFLAGS": "-modcacherw"}
    try:
        compile_k6(checkout, console, fetch_go(checkout, console), env)
    finally:
        for temporary in (caches, checkout.tools / "go"):
            shutil.rmtree(temporary, ignore_errors=True)


def compile_k6(checkout: Checkout, console: SetupConsole, go: Path, extra_env: dict[str, str]) -> None:
    """Compile without a C compiler, other toolchains or the user's flags, so that all builds are the same."""
    checkout.tools.mkdir(exist_ok=True)
    new = checkout.tools / "k6.new"
    fixed = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": ""}
    env = {"GOPATH": str(Path.home() / "go"), **checkout.environ, **fixed, **extra_env}
    folder = checkout.root / "tools" / "k6-build"
    try:
        failure = "k6 could not be built"
        console.run_tool(failure, [go, *COMMAND, new, PACKAGE], log="k6-build", env=env, cwd=folder)
        accept(checkout, new)
    finally:
        new.unlink(missing_ok=True)

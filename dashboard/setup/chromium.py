"""Chromium for the browser tests: the system's own, or Debian's package where this may install it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from dashboard.setup.console import SetupConsole
from dashboard.setup.place import Place
from dashboard.setup.problem import SetupProblem

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OFF_PATH = (Path("/usr/bin/chromium"), Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"))


def find_chromium(place: Place, console: SetupConsole, *, install: bool) -> Path | None:
    """Its path, or None and a word about it: the browser tests then skip, or fail in CI."""
    found = look(place)
    if found or not install:
        return found
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        console.say("No Chromium here: install it (Debian: `apt-get install chromium`) or set CHROMIUM_BIN")
        return None
    try:
        apt_get(place, console)
    except SetupProblem as problem:
        console.say(str(problem))
    return look(place)


def look(place: Place) -> Path | None:
    named = place.environ.get("CHROMIUM_BIN")
    if named:
        return Path(named)
    on_path = (shutil.which(name, path=place.environ.get("PATH", "")) for name in NAMES)
    found = [*(Path(path) for path in on_path if path), *(path for path in OFF_PATH if path.exists())]
    return found[0] if found else None


def apt_get(place: Place, console: SetupConsole) -> None:
    env = {**place.environ, "DEBIAN_FRONTEND": "noninteractive"}
    what = "Chromium could not be installed"
    console.begin("Chromium for the browser tests", "30 s")
    for command in (
        ["update"],
        ["install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"],
    ):
        console.run(what, ["apt-get", "-q", *command], log=f"apt-{command[0]}", env=env, cwd=place.root)
    console.end()

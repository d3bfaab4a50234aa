"""Chromium for the browser tests: the system's own, or Debian's package where the user may install it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.error import SetupError

PROGRAM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
KNOWN_PATHS = (
    Path("/usr/bin/chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)


def find_chromium(checkout: Checkout, console: SetupConsole, *, install: bool) -> Path | None:
    """Return the path of Chromium. If none is available, print the reason and return None."""
    found = existing_chromium(checkout)
    if found or not install:
        return found
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        console.print_line(
            "Chromium is missing. Install it (Debian: `apt-get install chromium`) or set CHROMIUM_BIN."
        )
        return None
    try:
        install_package(checkout, console)
    except SetupError as error:
        console.print_line(str(error))
    return existing_chromium(checkout)


def existing_chromium(checkout: Checkout) -> Path | None:
    configured = checkout.environ.get("CHROMIUM_BIN")
    if configured:
        return Path(configured)
    on_path = (shutil.which(name, path=checkout.environ.get("PATH", "")) for name in PROGRAM_NAMES)
    candidates = [*(Path(path) for path in on_path if path), *(path for path in KNOWN_PATHS if path.exists())]
    return candidates[0] if candidates else None


def install_package(checkout: Checkout, console: SetupConsole) -> None:
    env = {**checkout.environ, "DEBIAN_FRONTEND": "noninteractive"}
    failure = "Chromium could not be installed"
    console.begin("Chromium for the browser tests", "30 s")
    for command in (
        ["update"],
        ["install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"],
    ):
        arguments = ["apt-get", "-q", *command]
        console.run_tool(failure, arguments, log=f"apt-{command[0]}", env=env, cwd=checkout.root)
    console.end()

"""Chromium for the browser tests: the system's own, or Debian's package where the user may install it."""

from __future__ import annotations

import shutil
from pathlib import Path

from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.debian import install_packages, may_install_packages
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
    if not may_install_packages():
        console.print_line(
            "Chromium is missing. Install it (Debian: `apt-get install chromium`) or set CHROMIUM_BIN."
        )
        return None
    try:
        packages = ["chromium", "fonts-dejavu-core"]
        title, failure = "Chromium for the browser tests", "Chromium could not be installed"
        install_packages(checkout, console, packages, title=title, failure=failure)
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

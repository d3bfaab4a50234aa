"""nginx for the tests with a real reverse proxy: the system's own, or Debian's package."""

from __future__ import annotations

import shutil
from pathlib import Path

from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.debian import install_packages, may_install_packages
from dashboard.setup.error import SetupError

# Debian installs it into a folder that is not on the PATH of every user.
KNOWN_PATH = Path("/usr/sbin/nginx")


def find_nginx(checkout: Checkout, console: SetupConsole, *, install: bool) -> Path | None:
    """Return the path of nginx. If none is available, print the reason and return None."""
    found = existing_nginx(checkout)
    if found or not install:
        return found
    if not may_install_packages():
        console.print_line(
            "nginx is missing. Install it (Debian: `apt-get install nginx-light`) or set NGINX_BIN."
        )
        return None
    try:
        title, failure = "nginx for the tests", "nginx could not be installed"
        install_packages(checkout, console, ["nginx-light"], title=title, failure=failure)
    except SetupError as error:
        console.print_line(str(error))
    return existing_nginx(checkout)


def existing_nginx(checkout: Checkout) -> Path | None:
    configured = checkout.environ.get("NGINX_BIN")
    if configured:
        return Path(configured)
    on_path = shutil.which("nginx", path=checkout.environ.get("PATH", ""))
    if on_path:
        return Path(on_path)
    return KNOWN_PATH if KNOWN_PATH.exists() else None

"""Installs Debian packages if the user may install them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable

from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole


def may_install_packages() -> bool:
    """Return whether this user may install Debian packages."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install_packages(
    checkout: Checkout, console: SetupConsole, packages: Iterable[str], *, title: str, failure: str
) -> None:
    """Install Debian packages. Raises SetupError with `failure`."""
    env = {**checkout.environ, "DEBIAN_FRONTEND": "noninteractive"}
    console.begin(title, "30 s")
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        arguments = ["apt-get", "-q", *command]
        console.run_tool(failure, arguments, log=f"apt-{command[0]}", env=env, cwd=checkout.root)
    console.end()

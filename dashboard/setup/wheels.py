"""Ready-to-run tools from the package index: Node and Go."""

from __future__ import annotations

import shutil
from pathlib import Path

from dashboard.setup.checkout import Checkout, fingerprint, replace_folder
from dashboard.setup.console import SetupConsole
from dashboard.setup.environment import uv_environment
from dashboard.setup.packages import find_uv


def fetch(checkout: Checkout, console: SetupConsole, name: str) -> Path:
    """Fetch the packages of `tools/locks/<name>.lock` and return their folder, `.tools/<name>`."""
    lock = checkout.root / "tools" / "locks" / f"{name}.lock"
    folder = checkout.tools / name
    stamp = checkout.stamp(name)
    if stamp.read() == fingerprint(lock) and folder.is_dir():
        return folder
    stamp.clear()
    new = checkout.tools / f"{name}.new"
    shutil.rmtree(new, ignore_errors=True)
    uv_pip = [find_uv(checkout, console), "pip", "install"]
    options = ["--target", new, "--python", checkout.python, "--require-hashes"]
    failure = f"{name.capitalize()} could not be fetched"
    env = uv_environment(checkout.environ)
    command = [*uv_pip, *options, "-r", lock]
    console.run_tool(failure, command, log=name, env=env, cwd=checkout.root)
    replace_folder(new, folder)
    stamp.write(fingerprint(lock))
    return folder

"""Prism, the mock server of the tests that send imported requests: it validates them against the same document."""

from __future__ import annotations

import shutil
from pathlib import Path

from dashboard.setup.checkout import Checkout, fingerprint
from dashboard.setup.console import SetupConsole
from dashboard.setup.error import SetupError
from dashboard.setup.node import npm

FILES = ("package.json", "package-lock.json", ".npmrc")


def find_prism(checkout: Checkout, console: SetupConsole, *, install: bool) -> Path | None:
    """Return the script that Node runs, exactly as in tools/prism/package-lock.json; None if it is not installed.

    If it could not be installed, print the reason.
    """
    sources = [checkout.root / "tools" / "prism" / name for name in FILES]
    folder, stamp = checkout.tools / "prism", checkout.stamp("prism")
    script = folder / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"
    if stamp.read() == fingerprint(*sources) and script.exists():
        return script
    if not install or not all(source.exists() for source in sources):
        return None
    stamp.clear()
    folder.mkdir(parents=True, exist_ok=True)
    for source in sources:
        shutil.copy(source, folder)
    console.begin("Mock server of the tests", "15 s")
    arguments = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
    try:
        npm(checkout, console, "Prism could not be installed", *arguments, cwd=folder)
    except SetupError as error:
        console.print_line(str(error))
        return None
    console.end()
    stamp.write(fingerprint(*sources))
    return script

"""Tools that a package on the index brings along ready to run: Node and Go."""

from __future__ import annotations

import shutil
from pathlib import Path

from dashboard.setup.console import SetupConsole
from dashboard.setup.environment import for_uv
from dashboard.setup.packages import find_uv
from dashboard.setup.place import Place, fingerprint, swap_in


def fetch(place: Place, console: SetupConsole, name: str) -> Path:
    """The folder `.tools/<name>` with what `tools/locks/<name>.lock` names."""
    lock = place.root / "tools" / "locks" / f"{name}.lock"
    folder = place.tools / name
    stamp = place.stamp(name)
    if stamp.read() == fingerprint(lock) and folder.is_dir():
        return folder
    stamp.clear()
    new = place.tools / f"{name}.new"
    shutil.rmtree(new, ignore_errors=True)
    command = [
        find_uv(place, console),
        "pip",
        "install",
        "--target",
        new,
        "--python",
        place.python,
        "--require-hashes",
    ]
    what = f"{name.capitalize()} could not be fetched"
    env = for_uv(place.environ)
    console.run(what, [*command, "-r", lock], log=name, env=env, cwd=place.root)
    swap_in(new, folder)
    stamp.write(fingerprint(lock))
    return folder

"""Asks a file whether it is a k6 that will do."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from dashboard.setup.place import Place
from dashboard.setup.problem import SetupProblem

OLDEST_K6 = (2, 2)
WANTED = "k6 2.2 or newer"


class UnfitK6(Exception):
    """This file is no k6 for us; the message says why, as the end of a sentence about it."""


def version(path: Path) -> str:
    """Ask a k6 for its version; anything that is not a k6 of ours is `UnfitK6`."""
    try:
        asked = subprocess.run(
            [path, "version"], capture_output=True, text=True, errors="replace", timeout=20, check=False
        )
    except PermissionError:
        raise UnfitK6("is not executable") from None
    except subprocess.TimeoutExpired:
        raise UnfitK6("gives no answer when asked for its version") from None
    except OSError as error:
        raise UnfitK6(f"does not start ({error.strerror})") from None
    said = re.match(r"\S+ v(\d+)\.(\d+)\.(\S+) \([^)]*go", asked.stdout)  # first word: the name of the file
    if asked.returncode or not said:
        raise UnfitK6("is not k6 (it does not answer `k6 version` as k6 does)")
    if (int(said[1]), int(said[2])) < OLDEST_K6:
        raise UnfitK6(f"is version {said[1]}.{said[2]}.{said[3]}, and {WANTED} is needed")
    return f"{said[1]}.{said[2]}.{said[3]}"


def accept(place: Place, new: Path) -> None:
    """Move a k6 that was just made into `bin/`, if it really is one."""
    new.chmod(0o755)
    try:
        version(new)
    except UnfitK6 as unfit:
        new.unlink()
        raise SetupProblem(
            "The k6 that was just made cannot be used", f"it {unfit}", "Set K6_BIN to a k6"
        ) from None
    new.replace(place.k6)

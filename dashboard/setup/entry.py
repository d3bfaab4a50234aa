"""The first lines of every command: the right system and the right Python. It must parse on any Python 3."""

import os
import sys

OLDEST = (3, 11)
NEWEST_TRIED = 20


def start(command: str) -> int:
    """Run `command` (dashboard, test, bench) with this process's arguments; the answer is the exit code."""
    if sys.platform in ("win32", "cygwin", "msys"):
        return refuse(
            "the dashboard runs on Linux and macOS; on Windows start it inside WSL 2 (`wsl --install`)."
        )
    if sys.version_info < OLDEST:
        return start_newer()
    from dashboard.setup import launcher as launch

    return launch.main(command, sys.argv[1:])


def start_newer() -> int:
    """An old `python3` often has a newer one beside it under its full name."""
    for minor in range(NEWEST_TRIED, OLDEST[1] - 1, -1):
        for folder in os.environ.get("PATH", "").split(os.pathsep):
            python = os.path.join(folder, "python3." + str(minor))
            if os.access(python, os.X_OK):
                os.execv(python, [python, *sys.argv])  # noqa: S606
    found = ".".join(str(part) for part in sys.version_info[:3])
    return refuse(
        "Python 3.11 or newer is needed, and `python3` here is " + found + ". Install a newer Python."
    )


def refuse(sentence: str) -> int:
    sys.stderr.write(os.path.basename(sys.argv[0]) + ": " + sentence + "\n")
    return 1

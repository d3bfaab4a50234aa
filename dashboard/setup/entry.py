"""The entry point of every command: checks the system and the Python version. It must parse on any Python 3."""

import os
import sys

MIN_PYTHON = (3, 11)
MAX_TRIED_MINOR = 20


def start(command: str) -> int:
    """Run `command` (dashboard, test, bench) with this process's arguments and return its exit code."""
    if sys.platform in ("win32", "cygwin", "msys"):
        return fail(
            "the dashboard runs on Linux and macOS. On Windows, run it inside WSL 2 (`wsl --install`)."
        )
    if sys.version_info < MIN_PYTHON:
        return start_with_newer_python()
    if os.environ.pop(
        "PYTHONPATH", None
    ):  # its modules could replace modules of the dashboard and of its libraries
        os.execv(sys.executable, [sys.executable, "-I", *sys.argv])  # noqa: S606
    from dashboard.setup import launcher

    return launcher.main(command, sys.argv[1:])


def start_with_newer_python() -> int:
    """Replace this process with a newer Python on PATH, such as `python3.12`. Fail if there is none."""
    for minor in range(MAX_TRIED_MINOR, MIN_PYTHON[1] - 1, -1):
        for folder in os.environ.get("PATH", "").split(os.pathsep):
            python = os.path.join(folder, "python3." + str(minor))
            if os.access(python, os.X_OK):
                os.execv(python, [python, *sys.argv])  # noqa: S606
    current = ".".join(str(part) for part in sys.version_info[:3])
    return fail("Python 3.11 or newer is required, but `python3` is " + current + ". Install a newer Python.")


def fail(message: str) -> int:
    sys.stderr.write(os.path.basename(sys.argv[0]) + ": " + message + "\n")
    return 1

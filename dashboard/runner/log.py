"""runner.log: the runner's own few lines, for whoever wants to know what it did and why."""

import os
import sys
import time
from pathlib import Path
from typing import Final

from dashboard.run_folder.files import iso

_LIMIT_BYTES: Final = 256 * 1024


def unix_ms() -> int:
    return time.time_ns() // 1_000_000


def redirect_output(path: Path) -> None:
    """Make the file stdout and stderr, so that a traceback lands there too."""
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.close(nothing)


class Log:
    """Lines on stderr, until there are too many of them; a full disk is no reason to stop."""

    def __init__(self, limit_bytes: int = _LIMIT_BYTES) -> None:
        self._left = limit_bytes

    def line(self, text: str) -> None:
        if self._left <= 0:
            return
        data = f"{iso(unix_ms())} [{os.getpid()}] {text}\n"
        self._left -= len(data)
        if self._left <= 0:
            data += "No further lines: there were too many.\n"
        try:
            sys.stderr.write(data)
            sys.stderr.flush()
        except OSError:
            self._left = 0

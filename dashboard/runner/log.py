"""runner.log: a few lines about what the runner did and why."""

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
    """Redirect stdout and stderr to the file, so that tracebacks end up there too."""
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    devnull = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    os.dup2(devnull, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.close(devnull)


class RunnerLog:
    """Writes lines to stderr up to a size limit. Write errors are ignored: a full disk must not stop the run."""

    def __init__(self, limit_bytes: int = _LIMIT_BYTES) -> None:
        self._remaining_bytes = limit_bytes

    def line(self, text: str) -> None:
        if self._remaining_bytes <= 0:
            return
        data = f"{iso(unix_ms())} [{os.getpid()}] {text}\n"
        self._remaining_bytes -= len(data)
        if self._remaining_bytes <= 0:
            data += "The log is full; later lines are dropped.\n"
        try:
            sys.stderr.write(data)
            sys.stderr.flush()
        except OSError:
            self._remaining_bytes = 0

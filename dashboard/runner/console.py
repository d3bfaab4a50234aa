"""Keeps console.log, which k6 writes, from filling the disk."""

import os
from pathlib import Path
from typing import Final

from dashboard.run_folder.durable import write_all
from dashboard.run_folder.files import ConsoleFile, RunFolder

_TAIL_BYTES: Final = 1024 * 1024


class ConsoleLimiter:
    """Empties the log when it is over its limit, and keeps count of what was dropped in console.json."""

    def __init__(self, folder: RunFolder, limit_bytes: int) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        before = folder.read(ConsoleFile)
        self.dropped_bytes = before.dropped_bytes if before else 0

    def bound(self) -> None:
        """While k6 writes. What it writes between the two system calls (microseconds) is not counted."""
        if _size(self._folder.console_log) <= self._limit_bytes:
            return
        log = os.open(self._folder.console_log, os.O_RDWR | os.O_CLOEXEC)
        try:
            size = os.fstat(log).st_size
            os.ftruncate(log, 0)
        finally:
            os.close(log)
        self._count(size)

    def finish(self) -> None:
        """When nobody writes any more: the last lines are the ones that explain the end, so keep them."""
        size = _size(self._folder.console_log)
        if size <= self._limit_bytes:
            return
        keep = min(_TAIL_BYTES, self._limit_bytes)
        log = os.open(self._folder.console_log, os.O_RDWR | os.O_CLOEXEC)
        try:
            tail = os.pread(log, keep, size - keep)
            os.ftruncate(log, 0)
            write_all(log, tail)
        finally:
            os.close(log)
        self._count(size - len(tail))

    def _count(self, dropped_bytes: int) -> None:
        self.dropped_bytes += dropped_bytes
        self._folder.write(ConsoleFile(self.dropped_bytes))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0

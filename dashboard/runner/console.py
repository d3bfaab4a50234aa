"""Keeps console.log, which k6 writes, from filling the disk."""

import os
from pathlib import Path
from typing import Final

from dashboard.durable import write_all
from dashboard.run_folder.files import ConsoleFile, RunFolder

_TAIL_BYTES: Final = 1024 * 1024


class ConsoleLimiter:
    """Truncates the log when it exceeds its limit, and records the number of dropped bytes in console.json."""

    def __init__(self, folder: RunFolder, limit_bytes: int) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        recorded = folder.read(ConsoleFile)
        self.dropped_bytes = recorded.dropped_bytes if recorded else 0

    def truncate(self) -> None:
        """Call while k6 writes. Bytes that k6 writes between the two system calls (microseconds) are not counted."""
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
        """Call when k6 has ended. The last lines are kept, because they explain why k6 ended."""
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

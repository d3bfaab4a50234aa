"""Keeps console.log, which k6 writes, from filling the disk."""

import os
from pathlib import Path
from typing import Final

from dashboard.durable import write_all
from dashboard.run_folder.files import ConsoleFile, RunFolder

_TAIL_BYTES: Final = 1024 * 1024
_TAIL_READS: Final = 2  # the second read gets what k6 wrote during the first one


class ConsoleLimiter:
    """Truncates the log when it exceeds its limit, and records the number of dropped bytes in console.json.

    The last lines that k6 printed are kept at the end, because they explain why k6 ended.
    """

    def __init__(self, folder: RunFolder, limit_bytes: int) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._kept_bytes = min(_TAIL_BYTES, limit_bytes)
        self._tail = b""
        recorded = folder.read(ConsoleFile)
        self.dropped_bytes = recorded.dropped_bytes if recorded else 0

    def truncate(self) -> None:
        """Truncate a log over its limit while k6 writes.

        Bytes that k6 writes between the last two system calls are not counted.
        """
        if _size(self._folder.console_log) <= self._limit_bytes:
            return
        log = os.open(self._folder.console_log, os.O_RDWR | os.O_CLOEXEC)
        try:
            size = self._remember_tail(log)
            os.ftruncate(log, 0)
        finally:
            os.close(log)
        self._count(size)

    def finish(self) -> None:
        """Limit the log after k6 has ended. A log that was truncated shortly before gets its last lines back."""
        size = _size(self._folder.console_log)
        missing = self._kept_bytes - size
        restored = self._tail[-missing:] if missing > 0 else b""
        if size <= self._limit_bytes and not restored:
            return
        log = os.open(self._folder.console_log, os.O_RDWR | os.O_CLOEXEC)
        try:
            content = os.pread(log, self._kept_bytes, max(0, -missing))
            os.ftruncate(log, 0)
            write_all(log, restored + content)
        finally:
            os.close(log)
        self._count(size - len(content) - len(restored))

    def _remember_tail(self, log: int) -> int:
        """Keep the end of the log in memory. Returns the size of the log."""
        size, self._tail = 0, b""
        for _ in range(_TAIL_READS):
            start, size = size, os.fstat(log).st_size
            start = max(start, size - self._kept_bytes)
            self._tail = (self._tail + os.pread(log, size - start, start))[-self._kept_bytes :]
        return size

    def _count(self, dropped_bytes: int) -> None:
        self.dropped_bytes += dropped_bytes
        self._folder.write(ConsoleFile(self.dropped_bytes))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0

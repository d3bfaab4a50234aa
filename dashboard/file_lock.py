"""Exclusive locks on files between processes (`flock`). Standard library only."""

from __future__ import annotations  # the setup must start with an older Python to report it

import fcntl
import os
from pathlib import Path


class FileLock:
    """A held lock. The operating system releases it when the process ends."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._is_held = True

    def release(self) -> None:
        """Release the lock. A second call does nothing."""
        if self._is_held:
            self._is_held = False
            os.close(self.descriptor)


def try_lock(path: Path) -> FileLock | None:
    """Lock the file at `path`, which is created if it is missing. None while another process holds the lock."""
    return _try_lock(_open(path))


def try_lock_folder(path: Path) -> FileLock | None:
    """Lock the folder at `path`, for files in it that are replaced. None while another process holds the lock."""
    return _try_lock(os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))


def _try_lock(descriptor: int) -> FileLock | None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        raise
    return FileLock(descriptor)


def wait_for_lock(path: Path) -> FileLock:
    """Lock the file at `path` as soon as no other process holds the lock."""
    descriptor = _open(path)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return FileLock(descriptor)


def is_locked(path: Path) -> bool:
    """Whether a process holds the lock. False if the file does not exist or cannot be read."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

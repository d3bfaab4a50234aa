"""Limits the log entries about too many open files. In that state every request and every loop fails."""

import errno
import os
import sys
import threading
import time

import structlog
from structlog.typing import EventDict

LOG_INTERVAL_S = 60.0
_ERROR_TEXT = os.strerror(errno.EMFILE)
_ERROR_NUMBERS = (errno.EMFILE, errno.ENFILE)


class OpenFilesLimit:
    """A structlog processor that passes one such entry per minute, with the number of entries it has dropped."""

    def __init__(self) -> None:
        self._next_at = 0.0
        self._dropped = 0
        self._lock = threading.Lock()

    def __call__(self, _logger: object, _method: str, event: EventDict) -> EventDict:
        """Return the entry. Raises DropEvent for an entry that is not to be logged."""
        if not _is_about_open_files(event):
            return event
        with self._lock:
            now = time.monotonic()
            if now < self._next_at:
                self._dropped += 1
                raise structlog.DropEvent
            self._next_at, dropped, self._dropped = now + LOG_INTERVAL_S, self._dropped, 0
        return {**event, "similar_dropped": dropped} if dropped else event


def _is_about_open_files(event: EventDict) -> bool:
    error = event.get("exc_info")
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    while isinstance(error, BaseException):
        if isinstance(error, OSError) and error.errno in _ERROR_NUMBERS:
            return True
        error = error.__cause__ or error.__context__
    return any(isinstance(value, str) and _ERROR_TEXT in value for value in event.values())

"""Output of a command that outlives its terminal."""

import os
from typing import IO, Any


class LastingOutput:
    """A text file that ignores what it is given once its reader or its terminal is gone.

    A command must not fail in that case: it has to stop a run, and its exit code may still be read.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write `text`."""
        try:
            return self._file.write(text)
        except OSError:
            self._discard_from_now_on()
            return len(text)

    def flush(self) -> None:
        """Write what is buffered."""
        try:
            self._file.flush()
        except OSError:
            self._discard_from_now_on()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def _discard_from_now_on(self) -> None:
        """Connect the file to nothing, because Python itself flushes it at exit."""
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, self._file.fileno())
        os.close(nothing)

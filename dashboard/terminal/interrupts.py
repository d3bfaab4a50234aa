"""Ctrl-C, SIGTERM and SIGHUP in commands that must not leave a load running."""

import os
import select
import signal
import time
from types import FrameType, TracebackType

from dashboard.termination import handle_termination, restore_handlers

# Signals within this time are one request: `timeout` signals the command and then its process group, and a closed
# terminal can send SIGHUP twice.
BURST_S = 0.5


class Interrupts:
    """Counts requests to stop this command. The first only wakes `wait` up; the second raises KeyboardInterrupt.

    If the first signal raised an exception, it could do so after a run was started but before its id is known.
    """

    def __init__(self) -> None:
        self.count = 0
        self._latest_at = 0.0
        self._previous: dict[signal.Signals, object] = {}
        self._wakeup, self._signal_fd = os.pipe()
        os.set_blocking(self._signal_fd, False)

    def __enter__(self) -> "Interrupts":
        self._previous = handle_termination(self._on_signal)
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        restore_handlers(self._previous)
        os.close(self._wakeup)
        os.close(self._signal_fd)

    def wait(self, seconds: float) -> None:
        """Wait until the time is over, or until the next signal."""
        if select.select([self._wakeup], [], [], seconds)[0]:
            os.read(self._wakeup, select.PIPE_BUF)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        is_new = not self.count or now - self._latest_at > BURST_S
        self._latest_at = now
        if not is_new:
            return
        self.count += 1
        os.write(self._signal_fd, b"\0")
        if self.count > 1:
            raise KeyboardInterrupt

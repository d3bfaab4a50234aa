"""The runner's single wait: for a signal, a new connection or a timeout."""

import os
import select
import signal
from contextlib import suppress
from types import FrameType


class Wakeup:
    """Takes over the process's signals: SIGCHLD wakes the runner, SIGTERM requests a stop, others do nothing."""

    def __init__(self) -> None:
        self.stop_requested = False
        self._read, write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        # handlers rather than SIG_IGN, which k6 would inherit
        for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGCHLD):
            signal.signal(ignored, self._ignore)
        signal.signal(signal.SIGTERM, self._request_stop)

    def wait(self, timeout_s: float, listener: int) -> None:
        """Return on a signal, on a connection at the listener (-1: no listener), or after the timeout."""
        poll = select.poll()
        poll.register(self._read, select.POLLIN)
        if listener >= 0:
            poll.register(listener, select.POLLIN)
        poll.poll(timeout_s * 1000)
        with suppress(BlockingIOError):
            os.read(self._read, 4096)

    def _request_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stop_requested = True

    def _ignore(self, _number: int, _frame: FrameType | None) -> None:
        pass

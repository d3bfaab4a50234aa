"""Signals as something to wait for, together with new connections: the runner's one place to sleep."""

import os
import select
import signal
from contextlib import suppress
from types import FrameType


class Wakeup:
    """Takes over the process's signals: a child's end wakes, SIGTERM asks for a stop, others do nothing."""

    def __init__(self) -> None:
        self.stop_requested = False
        self._read, write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        # handlers, not SIG_IGN: k6 would inherit that
        for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGCHLD):
            signal.signal(ignored, self._ignore)
        signal.signal(signal.SIGTERM, self._ask_to_stop)

    def wait(self, timeout_s: float, listener: int) -> None:
        """Until a signal came, a connection waits at the listener (-1: none), or the time is up."""
        poll = select.poll()
        poll.register(self._read, select.POLLIN)
        if listener >= 0:
            poll.register(listener, select.POLLIN)
        poll.poll(timeout_s * 1000)
        with suppress(BlockingIOError):
            os.read(self._read, 4096)

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stop_requested = True

    def _ignore(self, _number: int, _frame: FrameType | None) -> None:
        pass

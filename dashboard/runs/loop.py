"""Loop: one named thread around a tick; every thread of the server is one."""

import threading
import time
from collections.abc import Callable

import structlog

log = structlog.get_logger()
AFTER_ERROR_S = 1.0


class Loop:
    """Calls `tick(now)` until stopped; the tick says how many seconds may pass before the next.

    A tick that raises is logged, the same again only counted, and shown in `/health`; the loop lives on.
    """

    def __init__(self, name: str, tick: Callable[[float], float | None]) -> None:
        self.name = name
        self.errors = 0
        self.last_error: str | None = None
        self._tick = tick
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Tick now."""
        self._wake.set()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Ask for the end and wait for it; False when the current tick takes longer."""
        self._stopping = True
        self._wake.set()
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def started(self) -> bool:
        """Whether it was ever begun."""
        return self._thread.ident is not None

    @property
    def alive(self) -> bool:
        """The thread runs."""
        return self._thread.is_alive()

    def health(self) -> dict[str, object]:
        """For `/health`."""
        return {"name": self.name, "alive": self.alive, "errors": self.errors, "last_error": self.last_error}

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            pause_s = self._once()
            if pause_s is None:
                return
            if not self._stopping:
                self._wake.wait(pause_s)

    def _once(self) -> float | None:
        """One tick; None ends the loop."""
        try:
            return self._tick(time.monotonic())
        except Exception as error:
            before, self.last_error = self.last_error, f"{type(error).__name__}: {error}"
            self.errors += 1
            # a full disk fails every tick for hours: once is enough to be read
            if self.last_error != before:
                log.exception("loop.tick_failed", loop=self.name)
            return AFTER_ERROR_S

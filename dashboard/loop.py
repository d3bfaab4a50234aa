"""Loop: a named thread that calls a function repeatedly. The background work of the server runs in loops."""

import threading
import time
from collections.abc import Callable

import structlog

log = structlog.get_logger()
ERROR_PAUSE_S = 1.0


class Loop:
    """Calls `tick(now)` until stopped. The tick returns the seconds until the next tick, or None to end the loop.

    An exception in a tick is logged and counted, shown in `/health`, and does not end the loop. An
    exception that repeats is logged only once.
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
        """Start the thread."""
        self._thread.start()

    def wake(self) -> None:
        """Tick now instead of waiting."""
        self._wake.set()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Stop after the current tick and wait for it. False when the tick takes longer than `timeout_s`."""
        self._stopping = True
        self._wake.set()
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def started(self) -> bool:
        """Whether `start` was called."""
        return self._thread.ident is not None

    @property
    def alive(self) -> bool:
        """Whether the thread is running."""
        return self._thread.is_alive()

    def health(self) -> dict[str, object]:
        """Return the entry for `/health`."""
        return {"name": self.name, "alive": self.alive, "errors": self.errors, "last_error": self.last_error}

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            pause_s = self._run_tick()
            if pause_s is None:
                return
            if not self._stopping:
                self._wake.wait(pause_s)

    def _run_tick(self) -> float | None:
        try:
            return self._tick(time.monotonic())
        except Exception as error:
            previous, self.last_error = self.last_error, f"{type(error).__name__}: {error}"
            self.errors += 1
            # A full disk can make every tick fail for hours.
            if self.last_error != previous:
                log.exception("loop.tick_failed", loop=self.name)
            return ERROR_PAUSE_S

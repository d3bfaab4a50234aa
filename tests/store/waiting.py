"""Waiting for another thread."""

import time
from collections.abc import Callable

DEADLINE_S = 10.0


def wait_until(condition: Callable[[], object]) -> None:
    """Poll `condition` until it is true. Fails after ten seconds."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "The condition was not met in time."
        time.sleep(0.002)

"""Waiting for what another thread does."""

import time
from collections.abc import Callable

DEADLINE_S = 10.0


def wait_until(met: Callable[[], object]) -> None:
    """Look again and again, for ten seconds at most."""
    deadline = time.monotonic() + DEADLINE_S
    while not met():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.002)

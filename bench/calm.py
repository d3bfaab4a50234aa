"""Waits for a moment in which nothing else uses the machine: shared cores have their busy minutes."""

import time

import psutil

BUSY_SHARE = 0.15
LOOK_S = 1.0


def wait_for_calm(patience_s: float) -> bool:
    """Whether it came: the whole machine used less than 15 % of its cores for a second."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if psutil.cpu_percent(interval=LOOK_S) < BUSY_SHARE * 100:
            return True
    return False

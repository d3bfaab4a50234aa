"""Waits until no other program uses the machine, because the cores of a shared machine are sometimes busy."""

import time

import psutil

MAX_QUIET_SHARE = 0.15
POLL_INTERVAL_S = 1.0


def wait_until_quiet(limit_s: float) -> bool:
    """Wait until the machine uses less than 15% of its cores for one second. Return False after `limit_s`."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if psutil.cpu_percent(interval=POLL_INTERVAL_S) < MAX_QUIET_SHARE * 100:
            return True
    return False

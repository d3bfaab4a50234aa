"""One entry of the process table, whichever system it was read from."""

from typing import NamedTuple


class ProcessStatus(NamedTuple):
    """`start_ticks` is the start time in the unit of the system; a dead process is a zombie."""

    pid: int
    group: int
    user: int
    dead: bool
    start_ticks: int
    cpu_s: float
    rss_bytes: int

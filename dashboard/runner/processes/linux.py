"""The process table of Linux, read from /proc."""

import os
import time
from functools import cache
from typing import Final

from dashboard.runner.processes.status import ProcessStatus

EXIT_CHECK_INTERVAL_S: Final = 0.2
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


def status(pid: int) -> ProcessStatus | None:
    try:
        descriptor = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, ProcessLookupError):
        return None
    try:
        user = os.fstat(descriptor).st_uid
        return parse_stat(os.read(descriptor, 4096), user)
    except ProcessLookupError:  # the process ended between the two calls
        return None
    finally:
        os.close(descriptor)


def parse_stat(text: bytes, user: int) -> ProcessStatus:
    """Parse /proc/<pid>/stat. The program name, in parentheses, may itself hold spaces and parentheses."""
    start, _, rest = text.rpartition(b")")
    fields = rest.split()
    return ProcessStatus(
        pid=int(start.split(maxsplit=1)[0]),
        group=int(fields[2]),
        user=user,
        dead=fields[0] in (b"Z", b"X"),
        start_ticks=int(fields[19]),
        cpu_s=(int(fields[11]) + int(fields[12])) / _TICKS_PER_S,
        rss_bytes=int(fields[21]) * _PAGE_BYTES,
    )


def table() -> list[ProcessStatus]:
    return [entry for pid in _pids() if (entry := status(pid))]


def pids_with(argument: str) -> list[int]:
    return [pid for pid in _pids() if argument in argv(pid)]


def argv(pid: int) -> list[str]:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            text = file.read()
    except OSError:
        return []
    return [os.fsdecode(part) for part in text.split(b"\0")[:-1]]


def pids_with_variable(assignment: str) -> list[int]:
    """Return the processes of this user whose environment at their start contained this `NAME=value`."""
    return [pid for pid in _pids() if os.fsencode(assignment) in _environment(pid)]


def _environment(pid: int) -> list[bytes]:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read().split(b"\0")
    except OSError:  # the process of another user, or one that has ended
        return []


@cache
def boot_id() -> str:
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()


def measure_age_s(start_ticks: int) -> float:
    return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - start_ticks / _TICKS_PER_S)


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdecimal()]

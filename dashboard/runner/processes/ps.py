"""The process table of macOS, which has no /proc, read from `ps`. One call takes about 10 ms, so call it rarely."""

import calendar
import os
import subprocess
import time
from functools import cache
from typing import Final

from dashboard.runner.processes.status import ProcessStatus

EXIT_CHECK_INTERVAL_S: Final = 2.0
_FIELDS: Final = "pid=,pgid=,uid=,state=,rss=,time=,lstart="
# fixes the language and the time zone of dates
_ENV: Final = {"PATH": "/bin:/usr/bin:/usr/sbin", "LC_ALL": "C", "TZ": "UTC"}


def status(pid: int) -> ProcessStatus | None:
    line = _run("ps", "-p", str(pid), "-o", _FIELDS).strip()
    return parse_line(line) if line else None


def parse_line(line: str) -> ProcessStatus:
    """Parse one line. Start times have a resolution of one second, so one tick is one second here."""
    pid, group, user, state, rss_kb, cpu, started = line.split(maxsplit=6)
    return ProcessStatus(
        pid=int(pid),
        group=int(group),
        user=int(user),
        dead=state.startswith("Z"),
        start_ticks=calendar.timegm(time.strptime(started.strip(), "%a %b %d %H:%M:%S %Y")),
        cpu_s=parse_time(cpu),
        rss_bytes=int(rss_kb) * 1024,
    )


def parse_time(text: str) -> float:
    """Parse seconds from `[days-][hours:]minutes:seconds[.hundredths]`."""
    days, _, clock = text.rpartition("-")
    total = 0.0
    for part in clock.split(":"):
        total = total * 60 + float(part)
    return total + int(days or 0) * 86_400


def table() -> list[ProcessStatus]:
    return [parse_line(line) for line in _run("ps", "-ax", "-o", _FIELDS).splitlines()]


def pids_with(argument: str) -> list[int]:
    lines = (line.split() for line in _run("ps", "-axww", "-o", "pid=,command=").splitlines())
    return [int(fields[0]) for fields in lines if argument in fields]


def argv(pid: int) -> list[str]:
    """Return the command line split at spaces, which is enough to look for an argument without spaces."""
    return _run("ps", "-ww", "-p", str(pid), "-o", "command=").split()


def pids_with_variable(assignment: str) -> list[int]:
    """Return the processes of this user that started with this `NAME=value`, without spaces, in the environment."""
    lines = (
        line.split()
        for line in _run("ps", "-Eww", "-U", str(os.getuid()), "-o", "pid=,command=").splitlines()
    )
    return [int(fields[0]) for fields in lines if assignment in fields[1:]]


@cache
def boot_id() -> str:
    return _run("sysctl", "-n", "kern.bootsessionuuid").strip()


def measure_age_s(start_ticks: int) -> float:
    return max(0.0, time.time() - start_ticks)


def _run(*command: str) -> str:
    """Return the output of the command; `ps -p` of a missing pid prints nothing and exits with 1."""
    return subprocess.run(
        command, env=_ENV, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    ).stdout

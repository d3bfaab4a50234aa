"""The process table as `ps` tells it, for macOS, which has no /proc. A look costs some 10 ms: look seldom."""

import calendar
import subprocess
import time
from functools import cache
from typing import Final, NamedTuple

LOOK_EVERY_S: Final = 2.0
_FIELDS: Final = "pid=,pgid=,uid=,state=,rss=,time=,lstart="
# dates in one language and one zone
_ENV: Final = {"PATH": "/bin:/usr/bin:/usr/sbin", "LC_ALL": "C", "TZ": "UTC"}


class Status(NamedTuple):
    pid: int
    group: int
    user: int
    dead: bool
    start_ticks: int
    cpu_s: float
    rss_bytes: int


def status(pid: int) -> Status | None:
    line = _run("ps", "-p", str(pid), "-o", _FIELDS).strip()
    return parse_line(line) if line else None


def parse_line(line: str) -> Status:
    """Start times come in whole seconds here: those are the ticks."""
    pid, group, user, state, rss_kb, cpu, started = line.split(maxsplit=6)
    return Status(
        pid=int(pid),
        group=int(group),
        user=int(user),
        dead=state.startswith("Z"),
        start_ticks=calendar.timegm(time.strptime(started.strip(), "%a %b %d %H:%M:%S %Y")),
        cpu_s=parse_time(cpu),
        rss_bytes=int(rss_kb) * 1024,
    )


def parse_time(text: str) -> float:
    """`[days-][hours:]minutes:seconds[.hundredths]`"""
    days, _, clock = text.rpartition("-")
    total = 0.0
    for part in clock.split(":"):
        total = total * 60 + float(part)
    return total + int(days or 0) * 86_400


def table() -> list[Status]:
    return [parse_line(line) for line in _run("ps", "-ax", "-o", _FIELDS).splitlines()]


def pids_with(argument: str) -> list[int]:
    lines = (line.split() for line in _run("ps", "-axww", "-o", "pid=,command=").splitlines())
    return [int(words[0]) for words in lines if argument in words]


def argv(pid: int) -> list[str]:
    """Split at spaces: good enough to look for an argument that has none."""
    return _run("ps", "-ww", "-p", str(pid), "-o", "command=").split()


@cache
def boot_id() -> str:
    return _run("sysctl", "-n", "kern.bootsessionuuid").strip()


def age_s(start_ticks: int) -> float:
    return max(0.0, time.time() - start_ticks)


def _run(*command: str) -> str:
    """What the program printed; `ps -p` of a pid that is gone prints nothing and exits 1."""
    return subprocess.run(
        command, env=_ENV, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    ).stdout

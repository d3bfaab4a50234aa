"""Who is that process, does it still live, what does it use: asked of /proc, or of `ps` on macOS.

A pid alone is not a name, for it is given again. An identity is pid + raw start time + boot: two
processes never share one, and nothing that does not match is ever signalled.
"""

import os
import signal
import sys
from contextlib import suppress
from typing import Final, NamedTuple

if sys.platform == "linux":
    from dashboard.runner.processes import linux as system
else:
    from dashboard.runner.processes import ps as system

LOOK_EVERY_S: Final = system.LOOK_EVERY_S


class ProcessIdentity(NamedTuple):
    pid: int
    start_ticks: int
    boot_id: str


class ProcessUsage(NamedTuple):
    """Cumulative CPU seconds and resident memory."""

    cpu_s: float
    rss_bytes: int


def identify(pid: int) -> ProcessIdentity | None:
    """The identity of a process that exists (a zombie does), None when there is none."""
    status = system.status(pid)
    return ProcessIdentity(pid, status.start_ticks, system.boot_id()) if status else None


def myself() -> ProcessIdentity:
    found = identify(os.getpid())
    if found is None:
        raise RuntimeError("this process cannot see itself in the process table")
    return found


def is_alive(identity: ProcessIdentity) -> bool:
    """Whether this very process still runs; a zombie does not."""
    status = _status(identity)
    return status is not None and not status.dead


def usage(identity: ProcessIdentity) -> ProcessUsage | None:
    status = _status(identity)
    return ProcessUsage(status.cpu_s, status.rss_bytes) if status and not status.dead else None


def age_s(identity: ProcessIdentity) -> float | None:
    """Seconds since this process was started, None when it is gone. Steps of the wall clock do not matter."""
    status = _status(identity)
    return system.age_s(status.start_ticks) if status else None


def find_leader(argument: str) -> ProcessIdentity | None:
    """This user's oldest living leader of a process group that was started with `argument`."""
    leaders = [status for status in _living(argument) if status.group == status.pid]
    oldest = min(leaders, key=lambda status: status.start_ticks, default=None)
    return ProcessIdentity(oldest.pid, oldest.start_ticks, system.boot_id()) if oldest else None


def find_all(argument: str) -> list[ProcessIdentity]:
    """All of this user's living processes that were started with `argument`, or forked off such a one."""
    return [ProcessIdentity(status.pid, status.start_ticks, system.boot_id()) for status in _living(argument)]


def argv_of(identity: ProcessIdentity) -> list[str]:
    """The arguments it was started with, empty when it is gone."""
    argv = system.argv(identity.pid)
    return argv if is_alive(identity) else []


def group_of(leader: ProcessIdentity) -> list[ProcessIdentity]:
    """The living members of the process group that `leader` founded, itself included, also when it is dead.

    Empty as soon as its pid belongs to somebody else, for the group could be theirs.
    """
    boot_id = system.boot_id()
    found = system.status(leader.pid)
    if boot_id != leader.boot_id or (found is not None and found.start_ticks != leader.start_ticks):
        return []
    return [
        ProcessIdentity(status.pid, status.start_ticks, boot_id)
        for status in system.table()
        if status.group == leader.pid and status.start_ticks >= leader.start_ticks and not status.dead
    ]


def send(identity: ProcessIdentity, number: int) -> None:
    """Signal this very process, or nobody when it is gone."""
    if sys.platform != "linux":
        if is_alive(identity):
            with suppress(ProcessLookupError):
                os.kill(identity.pid, number)
        return
    # the descriptor stays with the process it was opened for, so its pid cannot change hands in between
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(identity.pid)
        try:
            if is_alive(identity):
                signal.pidfd_send_signal(descriptor, number)
        finally:
            os.close(descriptor)


def _living(argument: str) -> list[system.Status]:
    found = (status for pid in system.pids_with(argument) if (status := system.status(pid)))
    return [status for status in found if not status.dead and status.user == os.getuid()]


def _status(identity: ProcessIdentity) -> system.Status | None:
    status = system.status(identity.pid)
    if status is None or status.start_ticks != identity.start_ticks:
        return None
    return status if system.boot_id() == identity.boot_id else None

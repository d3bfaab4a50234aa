"""Process identity, liveness, usage and signals, from /proc on Linux or `ps` on macOS.

A pid alone does not identify a process, because the system reuses pids. An identity is the pid, the raw start time and
the boot id; two processes never share one. A process whose identity does not match is never signaled.
"""

import os
import signal
import sys
from contextlib import suppress
from typing import Final, NamedTuple

from dashboard.runner.processes.status import ProcessStatus

if sys.platform == "linux":
    from dashboard.runner.processes import linux as system
else:
    from dashboard.runner.processes import ps as system

EXIT_CHECK_INTERVAL_S: Final = system.EXIT_CHECK_INTERVAL_S


class ProcessIdentity(NamedTuple):
    pid: int
    start_ticks: int
    boot_id: str


class ProcessUsage(NamedTuple):
    """Cumulative CPU seconds and resident memory."""

    cpu_s: float
    rss_bytes: int


def identify(pid: int) -> ProcessIdentity | None:
    """Return the identity of an existing process, zombies included; None when there is no such process."""
    status = system.status(pid)
    return ProcessIdentity(pid, status.start_ticks, system.boot_id()) if status else None


def own_identity() -> ProcessIdentity:
    identity = identify(os.getpid())
    if identity is None:
        raise RuntimeError("this process is not in the process table")
    return identity


def is_alive(identity: ProcessIdentity) -> bool:
    """Return whether exactly this process still runs; a zombie does not."""
    status = _status(identity)
    return status is not None and not status.dead


def measure_usage(identity: ProcessIdentity) -> ProcessUsage | None:
    status = _status(identity)
    return ProcessUsage(status.cpu_s, status.rss_bytes) if status and not status.dead else None


def measure_age_s(identity: ProcessIdentity) -> float | None:
    """Return the seconds since the start, whatever the wall clock does; None when the process is gone."""
    status = _status(identity)
    return system.measure_age_s(status.start_ticks) if status else None


def find_leader(argument: str) -> ProcessIdentity | None:
    """Return the oldest living process group leader of this user that has `argument` in its command line."""
    leaders = [status for status in _living(argument) if status.group == status.pid]
    oldest = min(leaders, key=lambda status: status.start_ticks, default=None)
    return ProcessIdentity(oldest.pid, oldest.start_ticks, system.boot_id()) if oldest else None


def find_all(argument: str) -> list[ProcessIdentity]:
    """Return all living processes of this user with `argument` in their command line, including their forks."""
    return [ProcessIdentity(status.pid, status.start_ticks, system.boot_id()) for status in _living(argument)]


def find_by_variable(assignment: str) -> list[ProcessIdentity]:
    """Return the living processes that were started with this `NAME=value` in their environment."""
    identities = (identify(pid) for pid in system.pids_with_variable(assignment))
    return [identity for identity in identities if identity and is_alive(identity)]


def group_of(leader: ProcessIdentity) -> list[ProcessIdentity]:
    """Return the living members of the process group of `leader`, which may itself be dead.

    Empty as soon as another process has the leader's pid, because the group could belong to that process.
    """
    boot_id = system.boot_id()
    current = system.status(leader.pid)
    if boot_id != leader.boot_id or (current is not None and current.start_ticks != leader.start_ticks):
        return []
    return [
        ProcessIdentity(status.pid, status.start_ticks, boot_id)
        for status in system.table()
        if status.group == leader.pid and status.start_ticks >= leader.start_ticks and not status.dead
    ]


def send(identity: ProcessIdentity, number: int) -> None:
    """Signal exactly this process; do nothing when it is gone."""
    if sys.platform != "linux":
        if is_alive(identity):
            with suppress(ProcessLookupError):
                os.kill(identity.pid, number)
        return
    # the descriptor stays bound to the process, even if the system reuses its pid
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(identity.pid)
        try:
            if is_alive(identity):
                signal.pidfd_send_signal(descriptor, number)
        finally:
            os.close(descriptor)


def _living(argument: str) -> list[ProcessStatus]:
    entries = (status for pid in system.pids_with(argument) if (status := system.status(pid)))
    return [status for status in entries if not status.dead and status.user == os.getuid()]


def _status(identity: ProcessIdentity) -> ProcessStatus | None:
    status = system.status(identity.pid)
    if status is None or status.start_ticks != identity.start_ticks:
        return None
    return status if system.boot_id() == identity.boot_id else None

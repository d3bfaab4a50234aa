"""The k6 that this runner looks after: one it has started itself, or one an earlier runner left behind."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Final, NamedTuple, Protocol

from dashboard.runner.processes import posix
from dashboard.runner.processes.posix import ProcessIdentity

_RSS_UNIT: Final = 1 if sys.platform == "darwin" else 1024


class ProcessExit(NamedTuple):
    """How a process ended, as far as its parent can know; all None for one that was adopted."""

    exit_code: int | None = None
    signal: int | None = None
    cpu_s: float | None = None
    max_rss_bytes: int | None = None


class Process(Protocol):
    identity: ProcessIdentity
    look_every_s: float

    def exited(self) -> bool: ...

    def terminate(self) -> None: ...

    def kill_group(self) -> None: ...

    def reap(self) -> ProcessExit: ...


class Child:
    """Started by us. It stays unreaped, and so keeps its pid and its group from strangers, until `reap()`."""

    def __init__(self, popen: subprocess.Popen[bytes]) -> None:
        identity = posix.identify(popen.pid)
        if identity is None:
            raise RuntimeError(f"the child {popen.pid} is not in the process table")
        self.identity = identity
        self.look_every_s = 0.0
        self._popen = popen
        self._ending: ProcessExit | None = None

    def exited(self) -> bool:
        if not hasattr(os, "waitid"):  # macOS: look and reap in one
            return self._reaped(os.WNOHANG)
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return self._ending is not None or os.waitid(os.P_PID, self.identity.pid, flags) is not None

    def terminate(self) -> None:
        os.kill(self.identity.pid, signal.SIGTERM)

    def kill_group(self) -> None:
        # macOS says "not permitted" of a group of zombies
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.identity.pid, signal.SIGKILL)

    def reap(self) -> ProcessExit:
        self._reaped(0)
        return self._ending or ProcessExit()

    def _reaped(self, flags: int) -> bool:
        if self._ending is not None:
            return True
        pid, status, used = os.wait4(self.identity.pid, flags)
        if pid == 0:
            return False
        code = os.waitstatus_to_exitcode(status)
        self._popen.returncode = code
        self._ending = ProcessExit(
            exit_code=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            cpu_s=round(used.ru_utime + used.ru_stime, 3),
            max_rss_bytes=used.ru_maxrss * _RSS_UNIT,
        )
        return True


class Adopted:
    """Started by an earlier runner: known by its identity alone, its exit code is lost."""

    def __init__(self, identity: ProcessIdentity) -> None:
        self.identity = identity
        self.look_every_s = posix.LOOK_EVERY_S

    def exited(self) -> bool:
        return not posix.is_alive(self.identity)

    def terminate(self) -> None:
        posix.send(self.identity, signal.SIGTERM)

    def kill_group(self) -> None:
        for member in posix.group_of(self.identity):
            posix.send(member, signal.SIGKILL)

    def reap(self) -> ProcessExit:
        return ProcessExit()

"""The k6 process of this runner: a child that it started, or a process that an earlier runner left behind."""

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
    """How a process exited. All fields are None for an adopted process, because only a parent can know them."""

    exit_code: int | None = None
    signal: int | None = None
    cpu_s: float | None = None
    max_rss_bytes: int | None = None


class K6Process(Protocol):
    identity: ProcessIdentity
    exit_check_interval_s: float

    def has_exited(self) -> bool: ...

    def terminate(self) -> None: ...

    def kill_group(self) -> None: ...

    def reap(self) -> ProcessExit: ...


class ChildProcess:
    """A child of this process. It stays unreaped until `reap()`, so no other process can get its pid or group."""

    def __init__(self, popen: subprocess.Popen[bytes]) -> None:
        identity = posix.identify(popen.pid)
        if identity is None:
            raise RuntimeError(f"the child {popen.pid} is not in the process table")
        self.identity = identity
        self.exit_check_interval_s = 0.0
        self._popen = popen
        self._exit: ProcessExit | None = None

    def has_exited(self) -> bool:
        if not hasattr(os, "waitid"):  # macOS can only check and reap in one call
            return self._try_reap(os.WNOHANG)
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return self._exit is not None or os.waitid(os.P_PID, self.identity.pid, flags) is not None

    def terminate(self) -> None:
        os.kill(self.identity.pid, signal.SIGTERM)

    def kill_group(self) -> None:
        # macOS reports "not permitted" for a group of zombies
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.identity.pid, signal.SIGKILL)

    def reap(self) -> ProcessExit:
        self._try_reap(0)
        return self._exit or ProcessExit()

    def _try_reap(self, flags: int) -> bool:
        if self._exit is not None:
            return True
        pid, status, usage = os.wait4(self.identity.pid, flags)
        if pid == 0:
            return False
        code = os.waitstatus_to_exitcode(status)
        self._popen.returncode = code
        self._exit = ProcessExit(
            exit_code=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            cpu_s=round(usage.ru_utime + usage.ru_stime, 3),
            max_rss_bytes=usage.ru_maxrss * _RSS_UNIT,
        )
        return True


class AdoptedProcess:
    """A process of an earlier runner. Only its identity is known; its exit code is lost."""

    def __init__(self, identity: ProcessIdentity) -> None:
        self.identity = identity
        self.exit_check_interval_s = posix.EXIT_CHECK_INTERVAL_S

    def has_exited(self) -> bool:
        return not posix.is_alive(self.identity)

    def terminate(self) -> None:
        posix.send(self.identity, signal.SIGTERM)

    def kill_group(self) -> None:
        for member in posix.group_of(self.identity):
            posix.send(member, signal.SIGKILL)

    def reap(self) -> ProcessExit:
        return ProcessExit()

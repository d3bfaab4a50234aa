"""Shows the progress of the setup and runs its tools."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from dashboard.setup.error import TAIL_BYTES, error_from_log, is_fatal, last_line, tail
from dashboard.termination import handle_termination, restore_handlers

PROGRESS_INTERVAL_S = 15.0
POLL_INTERVAL_S = 0.5
RECENT_BYTES = 2_000


class SetupConsole:
    """Progress as one changing line on a terminal, or as occasional lines in a log."""

    def __init__(self, logs: Path, out: TextIO | None = None) -> None:
        self.logs = logs
        self.out = out or sys.stderr
        self.is_terminal = self.out.isatty()
        self.inherited_fds: tuple[int, ...] = ()
        self.title = ""
        self.started = self.last_progress = 0.0

    def begin(self, title: str, expected_time: str) -> None:
        self.title, self.started = title, time.monotonic()
        self.last_progress = self.started
        self.print_line(f"{title} (usually {expected_time}) …")

    def end(self) -> None:
        self.print_line(f"{self.title}: done in {time.monotonic() - self.started:.0f} s")

    def print_line(self, line: str) -> None:
        print(f"{self.clear_code()}{line}", file=self.out, flush=True)

    def clear_code(self) -> str:
        return "\r\x1b[K" if self.is_terminal else ""

    def show_progress(self, log: Path) -> None:
        """Show the elapsed time and the last line of the tool's output."""
        now = time.monotonic()
        line = f"  {now - self.started:.0f} s  {last_line(tail(log, RECENT_BYTES))}"
        if self.is_terminal:
            width = shutil.get_terminal_size().columns - 1
            print(f"{self.clear_code()}{line[:width]}", end="", file=self.out, flush=True)
        elif now - self.last_progress >= PROGRESS_INTERVAL_S:
            self.last_progress = now
            print(line[:200], file=self.out, flush=True)

    def run_tool(
        self, failure: str, command: Sequence[object], *, log: str, env: Mapping[str, str], cwd: Path
    ) -> None:
        """Run a tool with all output in a log. Raises SetupError, whose message starts with `failure`."""
        self.logs.mkdir(parents=True, exist_ok=True)
        path = self.logs / f"{log}.log"
        with path.open("wb") as file:
            file.write(f"$ {' '.join(map(str, command))}\n".encode())
            file.flush()
            exit_code = self.execute(command, path, file.fileno(), env, cwd)
        if exit_code:
            raise error_from_log(failure, path, exit_code)

    def execute(
        self, command: Sequence[object], log: Path, output: int, env: Mapping[str, str], cwd: Path
    ) -> int:
        process = None
        try:
            with deferred_termination():
                process = subprocess.Popen(
                    [str(part) for part in command],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=dict(env),
                    cwd=cwd,
                    start_new_session=True,
                    pass_fds=self.inherited_fds,
                )
            return self.wait(process, log)
        except OSError as error:
            os.write(output, f"{command[0]}: {error.strerror}\n".encode())
            return 127
        finally:
            if process is not None:
                kill_group(process)

    def wait(self, process: subprocess.Popen[bytes], log: Path) -> int:
        while True:
            try:
                return process.wait(timeout=POLL_INTERVAL_S)
            except subprocess.TimeoutExpired:
                self.show_progress(log)
                if is_fatal(tail(log, TAIL_BYTES)):
                    kill_group(process)


@contextmanager
def deferred_termination() -> Iterator[None]:
    """Delay signals until after the block, so that a tool is never running without `process` being set."""
    received: list[int] = []
    previous = handle_termination(lambda number, _frame: received.append(number))
    try:
        yield
    finally:
        restore_handlers(previous)
        if received:
            signal.raise_signal(received[0])


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a tool that is still running, for example after a signal has interrupted the setup."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

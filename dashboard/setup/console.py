"""Tells what the set-up does while it does it, and runs the tools that do it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from dashboard.setup.problem import from_log, last_line, tail

TELL_EVERY_S = 15.0


class SetupConsole:
    """Progress on a terminal (one line that changes) or in a log (a line now and then)."""

    def __init__(self, logs: Path, out: TextIO | None = None) -> None:
        self.logs = logs
        self.out = out or sys.stderr
        self.live = self.out.isatty()
        self.held: tuple[int, ...] = ()
        self.title = ""
        self.started = self.told = 0.0

    def begin(self, title: str, usual: str) -> None:
        self.title, self.started = title, time.monotonic()
        self.told = self.started
        self.say(f"{title} (usually {usual}) …")

    def end(self) -> None:
        self.say(f"{self.title}: done in {time.monotonic() - self.started:.0f} s")

    def say(self, line: str) -> None:
        print(f"{self.clear()}{line}", file=self.out, flush=True)

    def clear(self) -> str:
        return "\r\x1b[K" if self.live else ""

    def tick(self, log: Path) -> None:
        """Show that time passes, and the last thing that the tool said."""
        now = time.monotonic()
        line = f"  {now - self.started:.0f} s  {last_line(tail(log, 2_000))}"
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            print(f"{self.clear()}{line[:width]}", end="", file=self.out, flush=True)
        elif now - self.told >= TELL_EVERY_S:
            self.told = now
            print(line[:200], file=self.out, flush=True)

    def run(
        self, what: str, command: Sequence[object], *, log: str, env: Mapping[str, str], cwd: Path
    ) -> None:
        """Run a tool to its end, all its words into a log; a failure is a `SetupProblem`."""
        self.logs.mkdir(parents=True, exist_ok=True)
        path = self.logs / f"{log}.log"
        with path.open("wb") as file:
            file.write(f"$ {' '.join(map(str, command))}\n".encode())
            file.flush()
            code = self.watch(command, path, file.fileno(), env, cwd)
        if code:
            raise from_log(what, path, code)

    def watch(
        self, command: Sequence[object], log: Path, output: int, env: Mapping[str, str], cwd: Path
    ) -> int:
        try:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
                pass_fds=self.held,
            )
        except OSError as error:
            os.write(output, f"{command[0]}: {error.strerror}\n".encode())
            return 127
        try:
            return self.wait(process, log)
        finally:
            end_group(process)

    def wait(self, process: subprocess.Popen[bytes], log: Path) -> int:
        while True:
            try:
                return process.wait(timeout=0.5)
            except subprocess.TimeoutExpired:
                self.tick(log)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """A tool does not outlive the set-up when Ctrl-C or SIGTERM cuts it off."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

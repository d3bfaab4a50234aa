"""Starts the demo service as a separate process that exits when its parent does."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dashboard.demo.listener import HOST

_START_TIMEOUT_S = 10.0
_STOP_TIMEOUT_S = 2.0
_ROOT = Path(__file__).parents[2]


class DemoStartError(RuntimeError):
    """The service did not start; the message gives the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoProcess:
    """A running service on loopback."""

    url: str
    port: int
    process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> None:
        """Stop the service. Does nothing if it has already exited."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.terminate()
        try:
            self.process.wait(timeout=_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_demo(port: int | None, log_path: Path, arguments: Sequence[str] = ()) -> DemoProcess:
    """Start the service and wait until it listens. None uses any free port. Raises DemoStartError."""
    return start_service([sys.executable, "-m", "dashboard.demo"], port, log_path, arguments)


def start_service(
    command: Sequence[str], port: int | None, log_path: Path, arguments: Sequence[str] = ()
) -> DemoProcess:
    """Start a program that accepts `--port`, `--port-file` and `--parent-pipe`. Raises DemoStartError."""
    with tempfile.TemporaryDirectory(prefix="service-") as folder, log_path.open("ab") as log:
        port_file = Path(folder, "port")
        log_start = log.tell()
        process = subprocess.Popen(
            [*command, "--parent-pipe", "--port", str(port or 0), "--port-file", str(port_file), *arguments],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=_ROOT,
            env={"PATH": os.environ.get("PATH", os.defpath)},
            start_new_session=True,
        )
        started = DemoProcess(url="", port=0, process=process)
        if not _wait_until_listening(started, port_file):
            started.stop()
            raise DemoStartError(f"{log_path.stem} did not start: {_read_output(log_path, log_start)}")
        bound = int(port_file.read_text())
    return DemoProcess(url=f"http://{HOST}:{bound}", port=bound, process=process)


def _wait_until_listening(started: DemoProcess, port_file: Path) -> bool:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not port_file.exists():
        if not started.alive or time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _read_output(log_path: Path, since: int) -> str:
    with log_path.open("rb") as log:
        log.seek(since)
        return log.read(2000).decode(errors="replace").strip() or f"see {log_path}"

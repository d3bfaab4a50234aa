"""A dashboard in a separate process, with a temporary data folder and default settings."""

import gzip
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from dashboard.settings import ROOT, Settings

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 10.0
MAX_CONNECTION_IDLE_S = 30.0  # the server closes connections that are idle for longer
RESPONSE_TIMEOUT_S = 60.0
POLL_INTERVAL_S = 0.005
INHERITED_VARIABLES = ("PATH", "LANG", "TMPDIR", "K6_BIN")


class BenchError(Exception):
    """A measurement cannot continue; the message gives the reason."""


class BenchServer:
    """A running server: queried over one persistent connection, observed from outside."""

    def __init__(self, url: str, pid: int) -> None:
        self.url = url
        self.pid = pid
        self.host = urlsplit(url).netloc
        self._process = psutil.Process(pid)
        self._connection = http.client.HTTPConnection(self.host, timeout=RESPONSE_TIMEOUT_S)
        self._answered_at = time.monotonic()

    def cpu_s(self) -> float:
        """Return the CPU seconds that the process has used."""
        return cpu_s(self._process)

    def rss_mib(self) -> float:
        """Return the resident memory of the process."""
        return self._process.memory_info().rss / 2**20

    def get(self, path: str) -> bytes:
        """Return the body of a response, compressed in transit as for a browser. Raises BenchError."""
        return self._ask("GET", path)

    def json(self, path: str) -> Any:
        """Return the parsed JSON body of a response. Raises BenchError."""
        return json.loads(self.get(path))

    def count(self, path: str) -> int:
        """Return the total number of items of a list."""
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        response.read()
        return int(response.headers["X-Total-Count"])

    def post(self, path: str, body: Mapping[str, object]) -> Any:
        """Send JSON and return the parsed response. Raises BenchError."""
        return json.loads(self._ask("POST", path, json.dumps(body)))

    def timed_get(self, path: str) -> tuple[float, int]:
        """Return the seconds until the response was complete, and its uncompressed size."""
        before = time.perf_counter()
        raw, packed = self._fetch("GET", path, None)
        seconds = time.perf_counter() - before
        return seconds, len(gzip.decompress(raw) if packed else raw)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: str | None = None) -> bytes:
        raw, packed = self._fetch(method, path, body)
        return gzip.decompress(raw) if packed else raw

    def _fetch(self, method: str, path: str, body: str | None) -> tuple[bytes, bool]:
        headers = {"Accept-Encoding": "gzip"} | ({"Content-Type": "application/json"} if body else {})
        if time.monotonic() - self._answered_at > MAX_CONNECTION_IDLE_S:
            self._connection.close()  # the next request opens a new connection
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        raw = response.read()
        self._answered_at = time.monotonic()
        if response.status >= 400:
            raise BenchError(f"{method} {path} responded with {response.status}: {raw[:500]!r}")
        return raw, response.headers.get("Content-Encoding") == "gzip"


def cpu_s(process: psutil.Process) -> float:
    """Return the user and system CPU seconds of a process."""
    times = process.cpu_times()
    return float(times.user + times.system)


def default_environment(**settings: object) -> dict[str, str]:
    """Return the environment of a server: `settings`, and the default of each other setting despite a `.env` file."""
    environment = {name: os.environ[name] for name in INHERITED_VARIABLES if name in os.environ}
    for name, field in Settings.model_fields.items():
        if name.upper() not in environment and field.default is not PydanticUndefined:
            environment[name.upper()] = _as_text(field.default)
    return environment | {name.upper(): str(value) for name, value in settings.items()}


@contextmanager
def running_server(
    data_dir: Path,
    command: Sequence[str] = (sys.executable, "-m", "dashboard", "serve"),
    **settings: object,
) -> Iterator[BenchServer]:
    """Start a dashboard and stop it at the end. Raises BenchError."""
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "server.json").unlink(missing_ok=True)
    environment = default_environment(dashboard_port=0, data_dir=data_dir, **settings)
    with (data_dir / "server.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        server = BenchServer(_wait_for_address(process, data_dir), process.pid)
        try:
            server.get("/health")
            yield server
        finally:
            server.close()
    finally:
        stop_process(process)


def stop_process(process: subprocess.Popen[bytes]) -> None:
    """Terminate the process, and kill it if it does not exit."""
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_for_address(process: subprocess.Popen[bytes], data_dir: Path) -> str:
    """Wait for server.json, which the server writes once it listens, and return the address in it."""
    server_file = data_dir / "server.json"
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        if server_file.exists():
            return str(json.loads(server_file.read_bytes())["url"])
        time.sleep(POLL_INTERVAL_S)
    output = (data_dir / "server.log").read_text(errors="replace")[-2000:]
    raise BenchError(f"the dashboard did not start: {output}")


def _as_text(default: object) -> str:
    if default is None:
        return ""
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    return ",".join(default) if isinstance(default, tuple) else str(default)

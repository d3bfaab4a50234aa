"""A dashboard as a process of its own, on a data folder of ours and with nobody's settings but the defaults."""

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

START_S = 30.0
STOP_S = 10.0
KEPT_S = 30.0  # the server hangs up on a connection that is idle for longer
ANSWER_S = 60.0
LOOK_EVERY_S = 0.005
PASSED_ON = ("PATH", "LANG", "TMPDIR", "K6_BIN")


class BenchError(Exception):
    """A measurement cannot go on; the message says why."""


class Served:
    """A server that answers: asked over one kept connection, weighed from outside."""

    def __init__(self, url: str, pid: int) -> None:
        self.url = url
        self.pid = pid
        self.host = urlsplit(url).netloc
        self._process = psutil.Process(pid)
        self._connection = http.client.HTTPConnection(self.host, timeout=ANSWER_S)
        self._answered_at = time.monotonic()

    def cpu_s(self) -> float:
        """CPU that the process has used so far."""
        return cpu_s(self._process)

    def rss_mib(self) -> float:
        """Memory that it holds."""
        return self._process.memory_info().rss / 2**20

    def get(self, path: str) -> bytes:
        """The body of an answer, compressed on the way as for a browser. Raises BenchError."""
        return self._ask("GET", path)

    def json(self, path: str) -> Any:
        """The same, parsed."""
        return json.loads(self.get(path))

    def count(self, path: str) -> int:
        """How many there are in all, of which a list shows some. Raises BenchError."""
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        response.read()
        return int(response.headers["X-Total-Count"])

    def post(self, path: str, body: Mapping[str, object]) -> Any:
        """Send JSON. Raises BenchError."""
        return json.loads(self._ask("POST", path, json.dumps(body)))

    def timed_get(self, path: str) -> tuple[float, int]:
        """Seconds until the whole answer was here, and its size when unpacked."""
        before = time.perf_counter()
        raw, packed = self._fetch("GET", path, None)
        seconds = time.perf_counter() - before
        return seconds, len(gzip.decompress(raw) if packed else raw)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: str | None = None) -> bytes:
        raw, packed = self._fetch(method, path, body)
        return gzip.decompress(raw) if packed else raw

    def _fetch(self, method: str, path: str, body: str | None) -> tuple[bytes, bool]:
        headers = {"Accept-Encoding": "gzip"} | ({"Content-Type": "application/json"} if body else {})
        if time.monotonic() - self._answered_at > KEPT_S:
            self._connection.close()  # the next request opens it again
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        raw = response.read()
        self._answered_at = time.monotonic()
        if response.status >= 400:
            raise BenchError(f"{method} {path} answered {response.status}: {raw[:500]!r}")
        return raw, response.headers.get("Content-Encoding") == "gzip"


def cpu_s(process: psutil.Process) -> float:
    """User and system time of a process."""
    times = process.cpu_times()
    return float(times.user + times.system)


def default_environment(**settings: object) -> dict[str, str]:
    """Every setting at its default but `settings`: what somebody keeps in `.env` must not change a figure."""
    plain = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    for name, field in Settings.model_fields.items():
        if name.upper() not in plain and field.default is not PydanticUndefined:
            plain[name.upper()] = _as_text(field.default)
    return plain | {name.upper(): str(value) for name, value in settings.items()}


@contextmanager
def serving(
    data_dir: Path,
    command: Sequence[str] = (sys.executable, "-m", "dashboard", "serve"),
    **settings: object,
) -> Iterator[Served]:
    """A started dashboard; it is stopped at the end. Raises BenchError."""
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "server.json").unlink(missing_ok=True)
    environment = default_environment(dashboard_port=0, data_dir=data_dir, **settings)
    with (data_dir / "server.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        served = Served(_address(process, data_dir), process.pid)
        try:
            served.get("/health")
            yield served
        finally:
            served.close()
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Stop a process of ours."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _address(process: subprocess.Popen[bytes], data_dir: Path) -> str:
    """server.json tells it as soon as the server listens."""
    announced = data_dir / "server.json"
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        if announced.exists():
            return str(json.loads(announced.read_bytes())["url"])
        time.sleep(LOOK_EVERY_S)
    said = (data_dir / "server.log").read_text(errors="replace")[-2000:]
    raise BenchError(f"the dashboard did not start: {said}")


def _as_text(default: object) -> str:
    if default is None:
        return ""
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    return ",".join(default) if isinstance(default, tuple) else str(default)

"""A Prism process: a mock server that validates requests against an OpenAPI document."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.wire import WireRequest

START_TIMEOUT_S = 60.0
POLL_INTERVAL_S = 0.1
NO_ANSWERS = ("No response defined", "Cannot find serializer")
REQUEST_TIMEOUT_S = 30.0


class PrismError(Exception):
    """Prism could not be started."""


@dataclass(frozen=True, slots=True)
class MockResponse:
    """A response of the mock server. `reasons` are the violations of the request; empty if it was accepted."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    reasons: tuple[str, ...]

    @property
    def is_unauthorized(self) -> bool:
        return any("Invalid security scheme" in reason for reason in self.reasons)

    @property
    def has_no_answer(self) -> bool:
        """Whether the document has no response that Prism can send."""
        return any(one in reason for reason in self.reasons for one in NO_ANSWERS)


def prism_script() -> tuple[str, Path] | None:
    """Return Node and the script of Prism; None if they are not installed."""
    script = os.environ.get("PRISM_SCRIPT")
    node = os.environ.get("NODE_BIN") or shutil.which("node")
    return (node, Path(script)) if script and node else None


class Prism:
    """The mock server of a document, on a free port of loopback."""

    def __init__(self, node: str, script: Path, document: Path, log: Path) -> None:
        self._argv = [node, str(script), "mock", "-h", "127.0.0.1", "-v", "warn"]
        self._document, self._log = document, log
        self.port = _free_port()

    def __enter__(self) -> "Prism":
        self._start()
        return self

    def _start(self) -> None:
        argv = [*self._argv, "-p", str(self.port), str(self._document)]
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(argv, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not _listens(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise PrismError(self._log.read_text(errors="replace")[-600:])
            time.sleep(POLL_INTERVAL_S)
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=REQUEST_TIMEOUT_S)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        self.stop()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def send(self, request: WireRequest) -> MockResponse:
        """Send a request. Prism is started again if a request makes it crash."""
        headers = {name: value.encode() for name, value in request.headers.items()}
        try:
            self._connection.request(request.method, request.path, body=request.body, headers=headers)
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._connection.close()
            self.stop()
            self._start()
            return MockResponse(0, {}, b"", (f"Prism crashed: {type(error).__name__}: {error}",))
        found = {name.lower(): value for name, value in response.getheaders()}
        return MockResponse(response.status, found, body, tuple(_reasons(response.status, found, body)))


def _reasons(status: int, headers: Mapping[str, str], body: bytes) -> list[str]:
    """Return why Prism did not accept the request."""
    is_problem = headers.get("content-type", "").startswith("application/problem+json")
    problem = _json(body) if is_problem else None
    if isinstance(problem, dict) and "stoplight.io" in str(problem.get("type")):
        details = [_violation(one) for one in problem.get("validation", ())]
        return details or [f"{problem.get('status')} {problem.get('title')}: {problem.get('detail')}"]
    header = headers.get("sl-violations", "")
    violations = _json(header.encode())
    if header and not isinstance(violations, list):
        return [header[:300]] if '"request"' in header else []
    return [
        _violation(one)
        for one in violations or ()
        if one.get("location", [""])[0] == "request" and one.get("severity") == "Error"
    ]


def _violation(one: Mapping[str, Any]) -> str:
    return f"{'.'.join(str(part) for part in one.get('location', ())[1:])}: {one.get('message')}"


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0

"""The real k6 with the project's scripts, and a target that records requests."""

import itertools
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, skip_or_fail

SCRIPT = ROOT / "k6" / "main.js"
EXAMPLE = ROOT / "k6" / "config" / "endpoints.example.json"
ONCE = ("--iterations", "1", "--vus", "1")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedRequest:
    """A request that the target received. `path` is not decoded; connections are numbered from 0."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at_s: float = field(default_factory=time.monotonic, compare=False)
    connection: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedResponse:
    """A response of the target."""

    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """A target that records requests.

    `responses` maps paths to responses. By default `/redirect` redirects to `/end`, and `/status/<n>` responds with
    status n.
    """

    url: str
    received: list[ReceivedRequest] = field(default_factory=list)
    responses: dict[str, CannedResponse] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class K6Run:
    """The results of a k6 run."""

    exit_code: int
    log: str
    samples: list[dict[str, Any]]
    summary: dict[str, Any]

    def samples_of(self, metric: str) -> list[dict[str, Any]]:
        """Return the tags and the `value` of each sample of a metric."""
        points = [
            sample for sample in self.samples if sample["type"] == "Point" and sample["metric"] == metric
        ]
        return [{**point["data"]["tags"], "value": point["data"]["value"]} for point in points]


@dataclass(frozen=True, slots=True, kw_only=True)
class K6:
    """The real k6, without the environment of the test process."""

    program: Path
    folder: Path

    def write_document(self, document: Mapping[str, object]) -> str:
        """Write a document, with defaults for missing fields of its endpoints, and return its path."""
        defaults = {"group": "g", "type": "rest", "path": "/"}
        listed = [{**defaults, **endpoint} for endpoint in document["endpoints"]]  # type: ignore[attr-defined]
        path = self.folder / "endpoints.json"
        path.write_text(json.dumps({**document, "endpoints": listed}))
        return str(path)

    def write_endpoints(self, *endpoints: Mapping[str, object]) -> str:
        """Write a document of these endpoints, with defaults for missing fields, and return its path."""
        return self.write_document({"endpoints": [{"name": "Plain", **endpoint} for endpoint in endpoints]})

    def run(
        self,
        env: Mapping[str, str],
        *arguments: str,
        script: Path = SCRIPT,
        system: Mapping[str, str] | None = None,
    ) -> K6Run:
        """Run a script with `env` as its variables. `system` is added to the environment of k6 itself."""
        samples, summary = self.folder / "samples.json", self.folder / "summary.json"
        outputs = ("--out", f"json={samples}", "--summary-export", str(summary), "--log-format", "raw")
        result = self._start(
            "run", "--quiet", "--no-usage-report", *outputs, *arguments, env=env, script=script, system=system
        )
        lines = samples.read_text().removesuffix("\n").split("\n") if samples.exists() else []
        exported = json.loads(summary.read_text()) if summary.exists() else {}
        parsed = [json.loads(line) for line in lines]
        return K6Run(exit_code=result.returncode, log=result.stderr, samples=parsed, summary=exported)

    def run_load(self, env: Mapping[str, str], *arguments: str) -> int:
        """Run many requests without keeping samples, and return the exit code."""
        options = ("--no-thresholds", "--summary-mode=disabled")
        return self._start(
            "run", "--quiet", "--no-usage-report", *options, *arguments, env=env, script=SCRIPT
        ).returncode

    def inspect(self, env: Mapping[str, str], script: Path = SCRIPT) -> dict[str, Any]:
        result = self._start("inspect", "--execution-requirements", env=env, script=script)
        assert result.returncode == 0, result.stderr
        return dict(json.loads(result.stdout))

    def _start(
        self,
        command: str,
        *arguments: str,
        env: Mapping[str, str],
        script: Path,
        system: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        variables = [part for name, value in env.items() for part in ("-e", f"{name}={value}")]
        isolated = ["--include-system-env-vars=false", *variables]
        return subprocess.run(
            [str(self.program), command, *arguments, *isolated, str(script)],
            cwd=self.folder,
            env={"K6_AUTO_EXTENSION_RESOLUTION": "false", "HOME": str(self.folder), **(system or {})},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def k6(k6_bin: Path, tmp_path: Path) -> K6:
    return K6(program=k6_bin, folder=tmp_path)


@pytest.fixture
def node_bin() -> str:
    return shutil.which("node") or skip_or_fail("node", "bin/test installs one")


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with recording_server() as recorder:
        yield recorder


@pytest.fixture
def foreign() -> Iterator[Recorder]:
    """Another target, to which the first one redirects."""
    with recording_server() as recorder:
        yield recorder


@contextmanager
def recording_server() -> Iterator[Recorder]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), RecordingHandler)
    recorder = Recorder(url=f"http://127.0.0.1:{server.server_port}")
    server.recorder = recorder  # type: ignore[attr-defined]
    server.numbers = itertools.count()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield recorder
    server.shutdown()
    thread.join()
    server.server_close()


def default_response(path: str) -> CannedResponse:
    last = path.rpartition("/")[2]
    if last == "redirect":
        return CannedResponse(status=302, headers={"Location": "/end"})
    return CannedResponse(status=int(last)) if last.isdigit() else CannedResponse()


class RecordingHandler(BaseHTTPRequestHandler):
    """Records each request and sends the response for its path."""

    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.connection_number: int = next(self.server.numbers)  # type: ignore[attr-defined]

    def respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        received = ReceivedRequest(
            method=self.command,
            path=self.path,
            headers=dict(self.headers),
            body=body,
            connection=self.connection_number,
        )
        recorder: Recorder = self.server.recorder  # type: ignore[attr-defined]
        recorder.received.append(received)
        response = recorder.responses.get(self.path.partition("?")[0]) or default_response(self.path)
        time.sleep(response.delay_s)
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body.encode())))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body.encode())

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self.respond
        raise AttributeError(name)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - overrides
        """Log nothing."""

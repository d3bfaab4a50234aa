"""The product as real processes: a server that can be killed and restarted, and the demo shop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import psutil
import requests

from dashboard.run_folder.files import RunFolder
from tests.conftest import ROOT
from tests.e2e.accounting import assert_balanced
from tests.fakes.fake_k6 import FINISH_FILE

UNFINISHED = ("queued", "starting", "running", "stopping")
START_TIMEOUT_S = 60.0
MAX_LOG_CHARACTERS = 4_000


def wait_for(
    condition: Callable[[], Any], what: str, *, within_s: float = 15.0, every_s: float = 0.02
) -> Any:
    """Poll until `condition` returns something true, and return it. `within_s` allows for a slow machine."""
    deadline = time.monotonic() + within_s
    while not (result := condition()):
        assert time.monotonic() < deadline, f"timed out after {within_s:g} s: {what}"
        time.sleep(every_s)
    return result


class Server:
    """`python -m dashboard serve` with its own data folder. A restarted server keeps its port."""

    def __init__(self, folder: Path, k6: Path, **settings: str) -> None:
        self.data_dir = folder / "data"
        self.endpoints_file = folder / "endpoints.json"
        self.log = folder / "server.log"
        self.url = ""
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        inherited = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        self.environment = {
            **inherited,
            "K6_BIN": str(k6),
            "ENDPOINTS_FILE": str(self.endpoints_file),
            "MIN_FREE_DISK": "0",
            **settings,
        }

    def endpoints(self, *endpoints: Mapping[str, Any], **document: Any) -> None:
        """Write the endpoints file. Later runs use it. Defaults fill in the required fields of each endpoint."""
        defaults = {"group": "g", "type": "rest", "path": "/"}
        complete = [{**defaults, **endpoint} for endpoint in endpoints]
        self.endpoints_file.write_text(json.dumps({**document, "endpoints": complete}))

    def break_script(self) -> None:
        """Use a script that fails immediately, from the next start of the server."""
        script = self.endpoints_file.with_name("broken.js")
        script.write_text("throw new Error('the shop is closed');\nexport default function () {}\n")
        self.environment["K6_SCRIPT"] = str(script)

    def start(self) -> float:
        """Start the server and wait until it responds. Returns the seconds that this took."""
        began = time.monotonic()
        command = [
            sys.executable,
            "-m",
            "dashboard",
            "serve",
            "--port",
            str(self.port),
            "--data-dir",
            str(self.data_dir),
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        wait_for(self._is_up, "the server is up", within_s=START_TIMEOUT_S)
        return time.monotonic() - began

    def kill(self) -> None:
        """Send SIGKILL."""
        self._running().kill()
        self._running().wait()

    def terminate(self) -> float:
        """Send SIGTERM. Returns the seconds until the process has exited."""
        began = time.monotonic()
        self._running().terminate()
        self._running().wait(timeout=20)
        return time.monotonic() - began

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def call(self, method: str, path: str, body: object = None) -> requests.Response:
        """Send one API request and return the response, whatever its status."""
        return requests.request(method, self.url + path, json=body, timeout=20)

    def get(self, path: str) -> Any:
        response = self.call("GET", path)
        assert response.status_code == 200, f"GET {path}: {self._describe(response)}"
        return response.json()

    def post(self, path: str, body: object = None) -> Any:
        response = self.call("POST", path, {} if body is None else body)
        assert response.ok, f"POST {path}: {self._describe(response)}"
        return response.json() if response.content else None

    def run(self, base_url: str, *, vus: int = 3, duration: str = "3s", **more: Any) -> str:
        """Start a run, by default of the smoke profile, and return its ID."""
        body = {"profile": "smoke", "base_url": base_url, "vus": vus, "duration": duration, **more}
        return str(self.post("/run/start", body)["run_id"])

    def record(self, run_id: str = "latest") -> dict[str, Any]:
        record: dict[str, Any] = self.get(f"/runs/{run_id}")["run"]
        return record

    def wait_until_ended(self, run_id: str = "latest", *, within_s: float = 40.0) -> dict[str, Any]:
        """Wait until the run has ended and return its record."""

        def final() -> dict[str, Any] | None:
            record = self.record(run_id)
            return None if record["status"] in UNFINISHED else record

        ended: dict[str, Any] = wait_for(final, f"run {run_id} has ended", within_s=within_s, every_s=0.1)
        assert_balanced(ended)
        return ended

    def finish(self, run_id: str) -> dict[str, Any]:
        """End a run of the fake k6 `wait` normally, once the run has started. Returns its record."""
        folder = self.folder(run_id).path
        wait_for(folder.is_dir, f"run {run_id} has started")
        (folder / FINISH_FILE).touch()
        return self.wait_until_ended(run_id)

    def snapshots(self, run_id: str, after: int = 0) -> list[dict[str, Any]]:
        snapshots: list[dict[str, Any]] = self.get(f"/runs/{run_id}/snapshots?after={after}")
        return snapshots

    def wait_for_snapshots(self, run_id: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until the run has at least `count` snapshots and return all of them."""

        def enough() -> list[dict[str, Any]] | None:
            stored = self.snapshots(run_id)
            return stored if len(stored) >= count else None

        snapshots: list[dict[str, Any]] = wait_for(
            enough, f"the run has {count} snapshots", within_s=30, every_s=0.05
        )
        return snapshots

    def events(self, run_id: str) -> list[str]:
        """Return the kinds of the events of a run, in order."""
        return [event["kind"] for event in self.get(f"/runs/{run_id}")["events"]]

    def folder(self, run_id: str) -> RunFolder:
        return RunFolder(self.data_dir / "runs" / run_id)

    def _describe(self, response: requests.Response) -> str:
        log = self.log.read_text()[-MAX_LOG_CHARACTERS:] if response.status_code >= 500 else ""
        return f"{response.status_code} {response.text}\n{log}"

    def _is_up(self) -> bool:
        process = self._running()
        assert process.poll() is None, self.log.read_text()
        try:
            server = json.loads((self.data_dir / "server.json").read_bytes())
        except (OSError, ValueError):
            return False
        # a killed server leaves its server.json behind
        if server["pid"] != process.pid:
            return False
        self.url = server["url"]
        try:
            return self.call("GET", "/health").ok
        except requests.ConnectionError:
            return False

    def _running(self) -> subprocess.Popen[bytes]:
        assert self.process is not None, "the server was never started"
        return self.process


class Shop:
    """A demo service or the compiled target, which counts the requests that it received and answered."""

    def __init__(self, url: str) -> None:
        self.url = url

    def reset(self) -> None:
        requests.post(f"{self.url}/_counters/reset", timeout=5).raise_for_status()

    def counters(self) -> dict[str, Any]:
        counters: dict[str, Any] = requests.get(f"{self.url}/_counters", timeout=5).json()
        return counters


def processes_of(folder: Path) -> list[psutil.Process]:
    """Return the running processes with `folder` in their arguments or with a working folder inside it."""
    own_pid, matches = os.getpid(), []
    for process in psutil.process_iter(["cmdline", "cwd", "status"]):
        info = process.info
        is_argument = any(str(folder) in argument for argument in info["cmdline"] or ())
        is_inside = str(info["cwd"] or "").startswith(str(folder))
        if process.pid != own_pid and (is_argument or is_inside) and info["status"] != psutil.STATUS_ZOMBIE:
            matches.append(process)
    return matches


def kill_all(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        try:
            process.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue

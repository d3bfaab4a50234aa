"""The real product as processes: a server that can be killed and started again, the demo shop, what they leave."""

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

LIVE = ("queued", "starting", "running", "stopping")
START_S = 30.0
LOG_CHARACTERS = 4_000


def wait_for(
    condition: Callable[[], Any], what: str, *, within_s: float = 15.0, every_s: float = 0.02
) -> Any:
    """Poll until `condition` gives something true, and return that. The bound is for a slow machine."""
    deadline = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {within_s:g} s: {what}"
        time.sleep(every_s)
    return found


class Server:
    """`python -m dashboard serve` on a free port with a folder of its own, as often as a test wants."""

    def __init__(self, folder: Path, k6: Path, **settings: str) -> None:
        self.data_dir = folder / "data"
        self.endpoints_file = folder / "endpoints.json"
        self.log = folder / "server.log"
        self.url = ""
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        self.environment = {
            **kept,
            "K6_BIN": str(k6),
            "ENDPOINTS_FILE": str(self.endpoints_file),
            "MIN_FREE_DISK": "0",
            **settings,
        }

    def endpoints(self, *endpoints: Mapping[str, Any], **document: Any) -> None:
        """What is tested from the next run on; what an endpoint does not say is plain."""
        plain = {"group": "g", "type": "rest", "path": "/"}
        listed = [{**plain, **endpoint} for endpoint in endpoints]
        self.endpoints_file.write_text(json.dumps({**document, "endpoints": listed}))

    def break_script(self) -> None:
        """From the next start on k6 gets a script that fails at once."""
        script = self.endpoints_file.with_name("broken.js")
        script.write_text("throw new Error('the shop is closed');\nexport default function () {}\n")
        self.environment["K6_SCRIPT"] = str(script)

    def start(self) -> float:
        """Start it and wait until it answers; the seconds that this took."""
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
        wait_for(self._announced, "the server is up", within_s=START_S)
        return time.monotonic() - began

    def kill(self) -> None:
        """`kill -9`: it cannot put anything in order."""
        self._running().kill()
        self._running().wait()

    def terminate(self) -> float:
        """SIGTERM; the seconds until the process was gone."""
        began = time.monotonic()
        self._running().terminate()
        self._running().wait(timeout=20)
        return time.monotonic() - began

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def call(self, method: str, path: str, body: object = None) -> requests.Response:
        """One request to the API, whatever it answers."""
        return requests.request(method, self.url + path, json=body, timeout=20)

    def get(self, path: str) -> Any:
        answer = self.call("GET", path)
        assert answer.status_code == 200, f"GET {path}: {self._told(answer)}"
        return answer.json()

    def post(self, path: str, body: object = None) -> Any:
        answer = self.call("POST", path, {} if body is None else body)
        assert answer.ok, f"POST {path}: {self._told(answer)}"
        return answer.json() if answer.content else None

    def run(self, base_url: str, *, vus: int = 3, duration: str = "3s", **more: Any) -> str:
        """Start a smoke test; its id."""
        body = {"profile": "smoke", "base_url": base_url, "vus": vus, "duration": duration, **more}
        return str(self.post("/run/start", body)["run_id"])

    def record(self, run_id: str = "latest") -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/runs/{run_id}")["run"]
        return found

    def wait_until_ended(self, run_id: str = "latest", *, within_s: float = 40.0) -> dict[str, Any]:
        """The final record, once there is one."""

        def final() -> dict[str, Any] | None:
            record = self.record(run_id)
            return None if record["status"] in LIVE else record

        found: dict[str, Any] = wait_for(final, f"run {run_id} ends", within_s=within_s, every_s=0.1)
        return found

    def snapshots(self, run_id: str, after: int = 0) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(f"/runs/{run_id}/snapshots?after={after}")
        return found

    def wait_for_snapshots(self, run_id: str, snapshots: int = 1) -> list[dict[str, Any]]:
        """The snapshots, once there are that many."""

        def enough() -> list[dict[str, Any]] | None:
            found = self.snapshots(run_id)
            return found if len(found) >= snapshots else None

        found: list[dict[str, Any]] = wait_for(enough, f"{snapshots} snapshots", within_s=30, every_s=0.05)
        return found

    def events(self, run_id: str) -> list[str]:
        """The kinds of what happened to a run, in order."""
        return [event["kind"] for event in self.get(f"/runs/{run_id}")["events"]]

    def folder(self, run_id: str) -> RunFolder:
        return RunFolder(self.data_dir / "runs" / run_id)

    def _told(self, answer: requests.Response) -> str:
        log = self.log.read_text()[-LOG_CHARACTERS:] if answer.status_code >= 500 else ""
        return f"{answer.status_code} {answer.text}\n{log}"

    def _announced(self) -> bool:
        process = self._running()
        assert process.poll() is None, self.log.read_text()
        try:
            found = json.loads((self.data_dir / "server.json").read_bytes())
        except (OSError, ValueError):
            return False
        # the file of a server that was killed stays behind
        if found["pid"] != process.pid:
            return False
        self.url = found["url"]
        try:
            return self.call("GET", "/health").ok
        except requests.ConnectionError:
            return False

    def _running(self) -> subprocess.Popen[bytes]:
        assert self.process is not None, "the server was never started"
        return self.process


class Shop:
    """The demo service's own account of what it received and answered."""

    def __init__(self, url: str) -> None:
        self.url = url

    def reset(self) -> None:
        requests.post(f"{self.url}/_counters/reset", timeout=5).raise_for_status()

    def counters(self) -> dict[str, Any]:
        found: dict[str, Any] = requests.get(f"{self.url}/_counters", timeout=5).json()
        return found


def processes_of(folder: Path) -> list[psutil.Process]:
    """Living processes that work below `folder`: it is in their arguments, or they stand in it."""
    mine, found = os.getpid(), []
    for process in psutil.process_iter(["cmdline", "cwd", "status"]):
        info = process.info
        named = any(str(folder) in word for word in info["cmdline"] or ())
        inside = str(info["cwd"] or "").startswith(str(folder))
        if process.pid != mine and (named or inside) and info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def kill_all(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        try:
            process.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue

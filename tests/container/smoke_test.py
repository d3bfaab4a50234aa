"""Runs inside the imitated container: starts the image's command, checks its health, runs a test, prints the result."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from dashboard.demo.launcher import start_demo

URL = "http://127.0.0.1:5656"
WAIT_TIMEOUT_S = 60.0
_T = TypeVar("_T")


def wait_for(condition: Callable[[], _T | None], description: str) -> _T:
    deadline = time.monotonic() + WAIT_TIMEOUT_S
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise SystemExit(f"timed out after {WAIT_TIMEOUT_S:.0f} s of waiting until {description}")
        time.sleep(0.1)
    return value


def request(path: str, token: str | None = None, body: object = None) -> tuple[int, Any]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(URL + path, data, headers), timeout=20) as response:
            return response.status, json.loads(response.read())
    except HTTPError as error:
        return error.code, None


def write_error(path: Path) -> str:
    """Create a file and return the name of the error, or "written" without an error."""
    try:
        path.touch()
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return "written"


def is_healthy(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, timeout=20, check=False).returncode == 0


def smoke_test(entry: list[str], health: list[str], token: str, scratch: Path) -> dict[str, Any]:
    unhealthy_before = not is_healthy(health)
    server = subprocess.Popen(entry)
    demo = start_demo(None, scratch / "demo.log")
    try:
        wait_for(lambda: is_healthy(health), "the health check passes")
        without_token = request("/runs")[0]
        record = run_test(demo.url, token)
        with urlopen(f"{demo.url}/_counters", timeout=5) as response:
            received = json.loads(response.read())["received"]
    finally:
        demo.stop()
        server.terminate()
    return {
        "unhealthy_before": unhealthy_before,
        "without_token": without_token,
        "status": record["status"],
        "total_reqs": record["total_reqs"],
        "received": received,
        "exit": server.wait(30),
        "user": os.getuid(),
        "capabilities": capabilities(),
        "tree": write_error(Path.cwd() / "written"),
        "root": write_error(Path("/written")),
    }


def run_test(target: str, token: str) -> dict[str, Any]:
    """Run a short smoke test of `target` and return its record."""
    body = {"profile": "smoke", "base_url": target, "vus": 2, "duration": "2s"}
    status, started = request("/run/start", token, body)
    if status != 201:
        raise SystemExit(f"POST /run/start responded with {status}")
    return wait_for(lambda: ended_record(started["run_id"], token), "the run ends")


def ended_record(run_id: str, token: str) -> dict[str, Any] | None:
    record: dict[str, Any] = request(f"/runs/{run_id}", token)[1]["run"]
    return record if record["ended_at"] else None


def capabilities() -> int:
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff")), 16)


if __name__ == "__main__":
    options = json.loads(sys.argv[1])
    options["scratch"] = Path(options["scratch"])
    print(json.dumps(smoke_test(**options)))

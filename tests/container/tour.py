"""Runs in the room: starts what the image starts, asks what its health check asks, runs a test, and tells."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from dashboard.demo.launcher import start_demo

URL = "http://127.0.0.1:5656"
PATIENCE_S = 60.0


def until(look: Any, what: str) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while not (found := look()):
        if time.monotonic() > deadline:
            raise SystemExit(f"not in time: {what}")
        time.sleep(0.1)
    return found


def ask(path: str, token: str | None = None, body: object = None) -> tuple[int, Any]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(URL + path, data, headers), timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except HTTPError as error:
        return error.code, None


def refusal(path: Path) -> str:
    """Why nothing can be written there."""
    try:
        path.touch()
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return "written"


def healthy(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, timeout=20, check=False).returncode == 0


def tour(entry: list[str], health: list[str], token: str, scratch: Path) -> dict[str, Any]:
    unhealthy_before = not healthy(health)
    server = subprocess.Popen(entry)
    demo = start_demo(None, scratch / "demo.log")
    try:
        until(lambda: healthy(health), "the health check passes")
        without_token = ask("/runs")[0]
        said = {"profile": "smoke", "base_url": demo.url, "vus": 2, "duration": "2s"}
        status, started = ask("/run/start", token, said)
        if status != 201:
            raise SystemExit(f"the start was answered {status}")
        run_id = started["run_id"]
        record = until(lambda: _ended(run_id, token), "the run ends")
        with urlopen(f"{demo.url}/_counters", timeout=5) as answer:
            received = json.loads(answer.read())["received"]
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
        "capabilities": _capabilities(),
        "tree": refusal(Path.cwd() / "written"),
        "root": refusal(Path("/written")),
    }


def _ended(run_id: str, token: str) -> dict[str, Any] | None:
    record: dict[str, Any] = ask(f"/runs/{run_id}", token)[1]["run"]
    return record if record["ended_at"] else None


def _capabilities() -> int:
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff")), 16)


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    print(json.dumps(tour(asked["entry"], asked["health"], asked["token"], Path(asked["scratch"]))))

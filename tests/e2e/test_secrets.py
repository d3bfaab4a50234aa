"""A token that was typed for a run reaches the target and k6 alone: no argument, file, log, answer or database."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from dashboard.runner.folder import PidFile, SecretsFile
from tests.e2e.harness import Server, wait_for

pytestmark = pytest.mark.k6
TOKEN = "s3cret-typed-for-this-run-0f9d8c7b"


class Target(ThreadingHTTPServer):
    """Answers 200 and remembers who wanted in."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), TargetHandler)
        self.authorizations: set[str | None] = set()
        self.url = f"http://127.0.0.1:{self.server_port}"


class TargetHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Target

    def do_GET(self) -> None:
        self.server.authorizations.add(self.headers["Authorization"])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (the name in the base class)
        """What matters is kept."""


@pytest.fixture
def target() -> Iterator[Target]:
    made = Target()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def holders(token: str) -> list[str]:
    """Every process of this user that has the token in its arguments."""
    return [
        str(p.info["cmdline"])
        for p in psutil.process_iter(["cmdline"])
        if token in " ".join(p.info["cmdline"] or ())
    ]


def files_with(folder: Path, token: str) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file() and token.encode() in path.read_bytes()]


def test_a_typed_token_is_seen_by_the_target_and_nowhere_else(server: Server, target: Target) -> None:
    run_id = server.run(target.url, auth_token=TOKEN, auth_mode="bearer")
    folder = server.folder(run_id)
    wait_for(lambda: folder.has(PidFile), "k6 was started")
    assert holders(TOKEN) == []
    server.pushed(run_id)
    wait_for(lambda: not folder.has(SecretsFile), "the secrets are removed once k6 is at work")
    assert files_with(server.data_dir, TOKEN) == []
    assert holders(TOKEN) == []
    server.ended(run_id)
    assert target.authorizations == {f"Bearer {TOKEN}"}
    answers = [
        server.get(path) for path in ("/runs", f"/runs/{run_id}", f"/runs/{run_id}/log", "/run/config")
    ]
    assert TOKEN not in json.dumps(answers)
    assert server.get(f"/runs/{run_id}")["auth_mode"] == "bearer"
    server.terminate()
    assert files_with(server.data_dir.parent, TOKEN) == []


def test_a_run_that_cannot_start_leaves_no_secret_behind(server: Server, target: Target) -> None:
    server.terminate()
    server.break_script()
    server.start()
    run_id = server.run(target.url, auth_token=TOKEN)
    record = server.ended(run_id)
    assert (record["status"], record["exit_code"]) == ("failed", 107)
    assert "the shop is closed" in record["exit_reason"]
    assert files_with(server.data_dir, TOKEN) == []
    assert target.authorizations == set()


def test_a_token_in_the_settings_reaches_the_target_and_is_never_told(server: Server, target: Target) -> None:
    server.terminate()
    server.environment["AUTH_TOKEN"] = TOKEN
    server.start()
    server.ended(server.run(target.url, duration="1s"))
    assert target.authorizations == {f"Bearer {TOKEN}"}
    config = server.get("/run/config")
    assert config["secrets"]["auth_token"] == "set"
    assert TOKEN not in json.dumps(config)
    assert files_with(server.data_dir, TOKEN) == []

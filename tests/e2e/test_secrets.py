"""Only k6 and the target receive the secrets of a run: no argument, file, log, response or database contains them."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import requests

from dashboard.run_folder.files import PidFile, SecretsFile
from tests.e2e.harness import Server, processes_of, wait_for
from tests.fakes.token_server import CLIENT, SECRET, TOKEN_PATH, FakeTokenServer

pytestmark = pytest.mark.k6
TOKEN = "s3cret-typed-for-this-run-0f9d8c7b"


class Target(ThreadingHTTPServer):
    """Answers 200 and records the authorizations that it received."""

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
        """Discard http.server's log lines."""


@pytest.fixture
def target() -> Iterator[Target]:
    target = Target()
    thread = threading.Thread(target=target.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield target
    target.shutdown()
    thread.join()
    target.server_close()


def command_lines_with(server: Server, secret: str) -> list[str]:
    """Return the command lines of the server, its runners and its k6 processes that contain the secret."""
    processes = processes_of(server.data_dir)
    assert processes, "the server is not running"
    lines = (" ".join(process.info["cmdline"] or ()) for process in processes)
    return [line for line in lines if secret in line]


def files_with(folder: Path, secret: str) -> list[str]:
    return [
        str(path) for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()
    ]


def test_only_the_target_receives_a_token_of_the_start_request(server: Server, target: Target) -> None:
    run_id = server.run(target.url, auth_token=TOKEN, auth_mode="bearer")
    folder = server.folder(run_id)
    wait_for(lambda: folder.has(PidFile), "k6 was started")
    assert command_lines_with(server, TOKEN) == []
    server.wait_for_snapshots(run_id)
    wait_for(lambda: not folder.has(SecretsFile), "the secrets are deleted after the start of k6")
    assert files_with(server.data_dir, TOKEN) == []
    assert command_lines_with(server, TOKEN) == []
    server.wait_until_ended(run_id)
    assert target.authorizations == {f"Bearer {TOKEN}"}
    responses = [
        server.get(path) for path in ("/runs", f"/runs/{run_id}", f"/runs/{run_id}/log", "/run/config")
    ]
    assert TOKEN not in json.dumps(responses)
    assert server.get(f"/runs/{run_id}")["auth_mode"] == "bearer"
    server.terminate()
    assert files_with(server.data_dir.parent, TOKEN) == []


def test_a_run_that_cannot_start_leaves_no_secret(server: Server, target: Target) -> None:
    server.terminate()
    server.break_script()
    server.start()
    run_id = server.run(target.url, auth_token=TOKEN)
    record = server.wait_until_ended(run_id)
    assert (record["status"], record["exit_code"]) == ("failed", 107)
    assert "the shop is closed" in record["exit_reason"]
    assert files_with(server.data_dir, TOKEN) == []
    assert target.authorizations == set()


def test_only_the_target_receives_a_token_of_the_settings(server: Server, target: Target) -> None:
    server.terminate()
    server.environment |= {"AUTH_TOKEN": TOKEN, "BASE_URL": target.url}
    server.start()
    server.wait_until_ended(server.run(target.url, duration="1s"))
    assert target.authorizations == {f"Bearer {TOKEN}"}
    config = server.get("/run/config")
    assert config["secrets"]["auth_token"] == "set"
    assert TOKEN not in json.dumps(config)
    assert files_with(server.data_dir, TOKEN) == []


CANARIES = {
    name: f"canary-{name.replace('_', '-')}-5f0c/+&d9"
    for name in ("auth_token", "auth_basic_pass", "auth_api_key", "auth_refresh_body", "auth_refresh_headers")
}
CLIENT_FIELDS = {"auth_client_id": CLIENT, "auth_client_secret": SECRET}


@pytest.fixture
def token_server() -> Iterator[FakeTokenServer]:
    token_server = FakeTokenServer()
    yield token_server
    token_server.close()


def token_was_refused(server: Server, run_id: str) -> bool:
    return "run.token_refused" in server.events(run_id)


def auth_requests(token_server: FakeTokenServer) -> list[dict[str, Any]]:
    """Return the authentication fields of a start request for each mode. Every secret is a distinct canary."""
    basic = {"auth_basic_user": "somebody", "auth_basic_pass": CANARIES["auth_basic_pass"]}
    refresh = {"auth_refresh_strategy": "bearer_endpoint", "auth_refresh_endpoint": TOKEN_PATH}
    body = f'{{"key": "{CANARIES["auth_refresh_body"]}", "old": "@TOKEN@"}}'
    header = f"X-Vault: {CANARIES['auth_refresh_headers']}"
    return [
        {"auth_mode": "bearer", "auth_token": CANARIES["auth_token"]},
        {"auth_mode": "basic", **basic},
        {"auth_mode": "api_key", "auth_api_key": CANARIES["auth_api_key"]},
        {"auth_mode": "keycloak", "auth_host": token_server.url, "auth_realm": "shop", **CLIENT_FIELDS},
        {
            "auth_mode": "bearer_endpoint",
            "auth_refresh_endpoint": TOKEN_PATH,
            "auth_refresh_body": body,
            **basic,
        },
        {
            "auth_mode": "bearer",
            "auth_token": token_server.issue("typed"),
            "auth_refresh_headers": header,
            **refresh,
        },
    ]


def encodings(token_server: FakeTokenServer) -> set[str]:
    """Return the canaries and tokens in every encoding in which they are sent."""
    plain = {*CANARIES.values(), SECRET, *token_server.issued}
    pair = base64.b64encode(f"somebody:{CANARIES['auth_basic_pass']}".encode()).decode()
    return {encode(secret) for secret in plain for encode in (str, quote, quote_plus)} | {pair}


def secrets_in(text: str, secrets: set[str]) -> list[str]:
    return [secret for secret in secrets if secret in text]


def leaks_in_files(server: Server, secrets: set[str], *, except_for: str = "") -> list[str]:
    files = [path for path in server.data_dir.parent.rglob("*") if path.is_file() and path.name != except_for]
    return [f"{secret} in {path}" for path in files for secret in secrets_in(_read_text(path), secrets)]


def leaks_in_responses(server: Server, run_ids: list[str], secrets: set[str]) -> list[str]:
    """Return the leaks in the responses of all GET routes that have no parameters except a run ID."""
    leaks = []
    for path, methods in server.get("/openapi.json")["paths"].items():
        if "get" not in methods or path == "/stream" or re.sub(r"\{run_id\}", "", path).count("{"):
            continue
        for run_id in run_ids if "{run_id}" in path else [""]:
            text = server.call("GET", path.replace("{run_id}", run_id)).text
            leaks += [f"{secret} in GET {path}" for secret in secrets_in(text, secrets)]
    return leaks


class EventStream(threading.Thread):
    """Collects the text of the event stream for some runs."""

    def __init__(self, server: Server, run_ids: list[str]) -> None:
        super().__init__(daemon=True)
        topics = ["runs", *(f"{kind}:{run_id}" for run_id in run_ids for kind in ("run", "ops", "log"))]
        url = f"{server.url}/stream?topics={','.join(topics)}"
        self._response = requests.get(url, stream=True, timeout=60)
        self.text = ""
        self.start()

    def run(self) -> None:
        try:
            for piece in self._response.iter_content(None):
                self.text += piece.decode(errors="replace")
        except (requests.RequestException, AttributeError):
            return  # the server has ended


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except FileNotFoundError:  # deleted since the listing
        return ""


def test_no_auth_mode_leaks_a_secret(
    make_server: Callable[..., Server], token_server: FakeTokenServer
) -> None:
    server = make_server(K6_MAX_CONCURRENCY="6")
    server.endpoints({"name": "Account", "path": "/account"}, pacing="200ms")
    server.start()
    run_ids = [
        server.run(token_server.url, vus=1, duration="60s", **auth) for auth in auth_requests(token_server)
    ]
    stream = EventStream(server, run_ids)
    for run_id in run_ids:
        server.wait_for_snapshots(run_id)
    for run_id in run_ids[3:]:
        server.post("/run/refresh-token", {"run_id": run_id})
    wait_for(lambda: len(token_server.requests) >= 5, "tokens were refreshed")
    token_server.behavior = "wrong"  # its error repeats the request
    for run_id in run_ids[3:]:
        server.post("/run/refresh-token", {"run_id": run_id})
        wait_for(partial(token_was_refused, server, run_id), "a refusal is reported")
    secrets = encodings(token_server)
    wait_for(lambda: not list(server.data_dir.rglob("secrets.json")), "all secrets.json files are deleted")
    assert leaks_in_files(server, secrets, except_for="auth.json") == []
    assert {path.stat().st_mode & 0o777 for path in server.data_dir.rglob("auth.json")} == {0o600}
    assert leaks_in_responses(server, run_ids, secrets) == []
    assert [line for secret in secrets for line in command_lines_with(server, secret)] == []
    for run_id in run_ids:
        server.post("/run/stop", {"run_id": run_id})
    for run_id in run_ids:
        server.wait_until_ended(run_id)
    failed = server.wait_until_ended(server.run(token_server.url, **auth_requests(token_server)[3]))
    assert "rejects the credentials" in failed["exit_reason"]
    secrets |= encodings(token_server)
    assert leaks_in_responses(server, [*run_ids, failed["run_id"]], secrets) == []
    server.terminate()
    stream.join(10)
    assert "run.token_refused" in stream.text
    assert secrets_in(stream.text, secrets) == []
    assert leaks_in_files(server, secrets) == []

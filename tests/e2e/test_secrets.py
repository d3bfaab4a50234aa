"""A token that was typed for a run reaches the target and k6 alone: no argument, file, log, answer or database."""

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

import psutil
import pytest
import requests

from dashboard.run_folder.files import PidFile, SecretsFile
from tests.e2e.harness import Server, wait_for
from tests.fakes.token_server import CLIENT, SECRET, TOKEN_PATH, FakeTokenServer

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
    server.wait_for_snapshots(run_id)
    wait_for(lambda: not folder.has(SecretsFile), "the secrets are removed once k6 is at work")
    assert files_with(server.data_dir, TOKEN) == []
    assert holders(TOKEN) == []
    server.wait_until_ended(run_id)
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
    record = server.wait_until_ended(run_id)
    assert (record["status"], record["exit_code"]) == ("failed", 107)
    assert "the shop is closed" in record["exit_reason"]
    assert files_with(server.data_dir, TOKEN) == []
    assert target.authorizations == set()


def test_a_token_in_the_settings_reaches_the_target_and_is_never_told(server: Server, target: Target) -> None:
    server.terminate()
    server.environment["AUTH_TOKEN"] = TOKEN
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
    made = FakeTokenServer()
    yield made
    made.close()


def token_was_refused(server: Server, run_id: str) -> bool:
    return "run.token_refused" in server.events(run_id)


def ways(token_server: FakeTokenServer) -> list[dict[str, Any]]:
    """Every way to sign in, each secret a canary of its own."""
    basic = {"auth_basic_user": "somebody", "auth_basic_pass": CANARIES["auth_basic_pass"]}
    renewed = {"auth_refresh_strategy": "bearer_endpoint", "auth_refresh_endpoint": TOKEN_PATH}
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
            **renewed,
        },
    ]


def spelled(token_server: FakeTokenServer) -> set[str]:
    """All that must not be found: canaries and tokens, in every spelling that they go out in."""
    plain = {*CANARIES.values(), SECRET, *token_server.issued}
    pair = base64.b64encode(f"somebody:{CANARIES['auth_basic_pass']}".encode()).decode()
    return {spell(secret) for secret in plain for spell in (str, quote, quote_plus)} | {pair}


def found_in(text: str, secrets: set[str]) -> list[str]:
    return [secret for secret in secrets if secret in text]


def told_files(server: Server, secrets: set[str], *, but: str = "") -> list[str]:
    files = [path for path in server.data_dir.parent.rglob("*") if path.is_file() and path.name != but]
    return [f"{secret} in {path}" for path in files for secret in found_in(_text(path), secrets)]


def told_answers(server: Server, run_ids: list[str], secrets: set[str]) -> list[str]:
    """Every GET of the API that needs a run's id or nothing."""
    leaks = []
    for path, methods in server.get("/openapi.json")["paths"].items():
        if "get" not in methods or path == "/stream" or re.sub(r"\{run_id\}", "", path).count("{"):
            continue
        for run_id in run_ids if "{run_id}" in path else [""]:
            text = server.call("GET", path.replace("{run_id}", run_id)).text
            leaks += [f"{secret} in GET {path}" for secret in found_in(text, secrets)]
    return leaks


class Streamed(threading.Thread):
    """Everything that the event stream tells of some runs."""

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


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except FileNotFoundError:  # it was there a moment ago
        return ""


def test_no_secret_of_any_way_to_sign_in_is_left_or_told_anywhere(
    make_server: Callable[..., Server], token_server: FakeTokenServer
) -> None:
    server = make_server(K6_MAX_CONCURRENCY="6")
    server.endpoints({"name": "Account", "path": "/account"}, pacing="200ms")
    server.start()
    run_ids = [server.run(token_server.url, vus=1, duration="60s", **way) for way in ways(token_server)]
    stream = Streamed(server, run_ids)
    for run_id in run_ids:
        server.wait_for_snapshots(run_id)
    for run_id in run_ids[3:]:
        server.post("/run/refresh-token", {"run_id": run_id})
    wait_for(lambda: len(token_server.requests) >= 5, "tokens were refreshed")
    token_server.behavior = "wrong"  # its words repeat what it was sent
    for run_id in run_ids[3:]:
        server.post("/run/refresh-token", {"run_id": run_id})
        wait_for(partial(token_was_refused, server, run_id), "a refusal is reported")
    secrets = spelled(token_server)
    wait_for(lambda: not list(server.data_dir.rglob("secrets.json")), "k6 has its secrets")
    assert told_files(server, secrets, but="auth.json") == []
    assert {path.stat().st_mode & 0o777 for path in server.data_dir.rglob("auth.json")} == {0o600}
    assert told_answers(server, run_ids, secrets) == []
    assert [holder for secret in secrets for holder in holders(secret)] == []
    for run_id in run_ids:
        server.post("/run/stop", {"run_id": run_id})
    for run_id in run_ids:
        server.wait_until_ended(run_id)
    failed = server.wait_until_ended(server.run(token_server.url, **ways(token_server)[3]))
    assert "rejects the credentials" in failed["exit_reason"]
    secrets |= spelled(token_server)
    assert told_answers(server, [*run_ids, failed["run_id"]], secrets) == []
    server.terminate()
    stream.join(10)
    assert "run.token_refused" in stream.text
    assert found_in(stream.text, secrets) == []
    assert told_files(server, secrets) == []

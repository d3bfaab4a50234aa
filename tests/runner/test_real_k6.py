"""The runner with the real k6, against a target that counts."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dashboard.engine import remote_write
from dashboard.run_folder.files import ExitFile, SecretsFile, StopFile
from dashboard.run_folder.push_log import segment_path
from tests.runner.conftest import Stage, wait_until

pytestmark = pytest.mark.k6

SCRIPT = """
import http from 'k6/http';
import secrets from 'k6/secrets';
import { sleep } from 'k6';
export const options = { vus: 2, duration: '%s' };
export async function setup() { return { token: await secrets.get('AUTH_TOKEN') }; }
export default function (data) {
  http.get('http://127.0.0.1:%d/', { headers: { Authorization: `Bearer ${data.token}` } });
  sleep(0.02);
}
"""


class Target(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.lock = threading.Lock()
        self.answered = 0
        self.tokens: set[str] = set()


class Answer(BaseHTTPRequestHandler):
    server: Target
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.answered += 1
            self.server.tokens.add(self.headers.get("Authorization", ""))
        self.send_response_only(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name in the base class)
        """Silent."""


@pytest.fixture
def target() -> Iterator[Target]:
    server = Target()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def real(stage: Stage, target: Target, k6_bin: Path) -> Stage:
    return prepared(stage, target, k6_bin, "3s")


def prepared(stage: Stage, target: Target, k6_bin: Path, duration: str) -> Stage:
    script = stage.path.parent / "main.js"
    script.write_text(SCRIPT % (duration, target.server_address[1]))
    stage.prepare(k6_bin, str(script))
    stage.folder.write(SecretsFile({"AUTH_TOKEN": "hunter2hunter2"}))
    return stage


def requests(body: bytes) -> dict[bytes, int]:
    """The cumulative count of requests per series that a push tells."""
    return {
        point.key: point.histogram.count
        for point in remote_write.decode(body)
        if point.histogram and b"k6_http_req_duration_seconds" in point.key
    }


def total_requests(stage: Stage) -> int:
    newest: dict[bytes, int] = {}
    for record in stage.records():
        newest |= requests(record.body)
    return sum(newest.values())


def test_a_real_run_is_in_the_log_to_its_last_request(real: Stage, target: Target) -> None:
    ended = real.finish()
    assert (ended.exit_code, ended.start_error) == (0, None), real.folder.console_log.read_text()
    assert total_requests(real) == target.answered > 50
    assert ended.records == len(real.records()) >= 4
    assert any(point.stale for point in remote_write.decode(real.records()[-1].body))
    assert (ended.cpu_s or 0) > 0.05
    last = real.folder.path_of(ExitFile).stat().st_mtime_ns
    assert max(path.stat().st_mtime_ns for path in real.path.iterdir()) == last


def test_a_secret_reaches_the_target_and_no_file(real: Stage, target: Target) -> None:
    real.finish()
    assert target.tokens == {"Bearer hunter2hunter2"}
    assert json.loads(real.folder.summary.read_text())["metrics"]["http_reqs"]["count"] == target.answered
    holding = [path.name for path in real.path.iterdir() if b"hunter2" in path.read_bytes()]
    assert holding == []


def test_a_real_run_survives_its_runner(stage: Stage, target: Target, k6_bin: Path) -> None:
    real = prepared(stage, target, k6_bin, "5s")
    real.start()
    wait_until(lambda: segment_path(real.path, 1).exists())
    real.kill_runner()
    wait_until(lambda: "Failed to send" in real.folder.console_log.read_text())
    ended = real.finish()
    assert (ended.exit_code, ended.rescued) == (None, True)
    assert segment_path(real.path, 2).exists()
    assert total_requests(real) == target.answered > 50
    assert any(point.stale for point in remote_write.decode(real.records()[-1].body))


def test_a_real_run_is_stopped_in_order(stage: Stage, target: Target, k6_bin: Path) -> None:
    real = prepared(stage, target, k6_bin, "60s")
    real.start()
    wait_until(lambda: real.folder.path_of(ExitFile).exists() or total_requests(real) > 0)
    asked = time.monotonic()
    real.folder.write(StopFile("2026-11-21T10:15:00.000Z", "asked"))
    ended = real.ended()
    assert time.monotonic() - asked < 5
    assert (ended.exit_code, ended.stop_requested, ended.killed) == (105, True, False)
    assert real.folder.summary.exists()
    assert 0 <= target.answered - total_requests(real) <= 2  # cut in flight: one per user at most

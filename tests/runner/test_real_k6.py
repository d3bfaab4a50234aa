"""The runner with the real k6, against a target that counts requests."""

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
from tests.runner.conftest import RunnerHarness, wait_until

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
        super().__init__(("127.0.0.1", 0), TargetHandler)
        self.lock = threading.Lock()
        self.answered = 0
        self.tokens: set[str] = set()


class TargetHandler(BaseHTTPRequestHandler):
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
        """Discard http.server's log lines."""


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
def real(harness: RunnerHarness, target: Target, k6_bin: Path) -> RunnerHarness:
    return prepare(harness, target, k6_bin, "3s")


def prepare(harness: RunnerHarness, target: Target, k6_bin: Path, duration: str) -> RunnerHarness:
    script = harness.path.parent / "main.js"
    script.write_text(SCRIPT % (duration, target.server_address[1]))
    harness.prepare(k6_bin, str(script))
    harness.folder.write(SecretsFile({"AUTH_TOKEN": "hunter2hunter2"}))
    return harness


def request_counts(body: bytes) -> dict[bytes, int]:
    """Return the cumulative request count of each series in a push."""
    return {
        point.key: point.histogram.count
        for point in remote_write.decode(body)
        if point.histogram and b"k6_http_req_duration_seconds" in point.key
    }


def count_requests(harness: RunnerHarness) -> int:
    latest: dict[bytes, int] = {}
    for record in harness.records():
        latest |= request_counts(record.body)
    return sum(latest.values())


def test_the_push_log_holds_every_request_of_a_real_run(real: RunnerHarness, target: Target) -> None:
    ended = real.finish()
    assert (ended.exit_code, ended.start_error) == (0, None), real.folder.console_log.read_text()
    assert count_requests(real) == target.answered > 50
    assert ended.records == len(real.records()) >= 4
    assert any(point.stale for point in remote_write.decode(real.records()[-1].body))
    assert (ended.cpu_s or 0) > 0.05
    last = real.folder.path_of(ExitFile).stat().st_mtime_ns
    assert max(path.stat().st_mtime_ns for path in real.path.iterdir()) == last


def test_a_secret_reaches_the_target_but_no_file(real: RunnerHarness, target: Target) -> None:
    real.finish()
    assert target.tokens == {"Bearer hunter2hunter2"}
    assert json.loads(real.folder.summary.read_text())["metrics"]["http_reqs"]["count"] == target.answered
    leaks = [path.name for path in real.path.iterdir() if b"hunter2" in path.read_bytes()]
    assert leaks == []


def test_a_real_run_survives_its_runner(harness: RunnerHarness, target: Target, k6_bin: Path) -> None:
    real = prepare(harness, target, k6_bin, "5s")
    real.start()
    wait_until(lambda: segment_path(real.path, 1).exists())
    real.kill_runner()
    wait_until(lambda: "Failed to send" in real.folder.console_log.read_text())
    ended = real.finish()
    assert (ended.exit_code, ended.rescued) == (None, True)
    assert segment_path(real.path, 2).exists()
    assert count_requests(real) == target.answered > 50
    assert any(point.stale for point in remote_write.decode(real.records()[-1].body))


def test_a_real_run_is_stopped_gracefully(harness: RunnerHarness, target: Target, k6_bin: Path) -> None:
    real = prepare(harness, target, k6_bin, "60s")
    real.start()
    wait_until(lambda: real.folder.path_of(ExitFile).exists() or count_requests(real) > 0)
    requested = time.monotonic()
    real.folder.write(StopFile("2026-11-21T10:15:00.000Z", "asked"))
    ended = real.wait()
    assert time.monotonic() - requested < 5
    assert (ended.exit_code, ended.stop_requested, ended.killed) == (105, True, False)
    assert real.folder.summary.exists()
    assert (
        0 <= target.answered - count_requests(real) <= 2
    )  # requests in flight when k6 stopped, at most one per user

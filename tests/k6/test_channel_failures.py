"""A control channel that hangs, closes or responds with garbage.

Without a first response no user starts. Later failures do not change the load.
"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dashboard.runner.channel import encode_as_whitespace
from tests.k6.conftest import K6, Recorder

pytestmark = pytest.mark.k6

STATE = {"v": 1, "p": False, "t": None, "f": None, "e": 0, "n": 200, "d": 0}
QUERY_TIMEOUT_MS = 500


class BadChannel(ThreadingHTTPServer):
    """Responds to the first `good` queries as a runner does, and to all later ones with its `failure`."""

    daemon_threads = True

    def __init__(self, failure: str, good: int = 0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.failure = failure
        self.good = good
        self.queries = 0
        self.closing = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    server: BadChannel
    wbufsize = -1

    def do_GET(self) -> None:
        self.server.queries += 1
        if self.server.queries <= self.server.good:
            self.answer(200, encode_as_whitespace(json.dumps({**STATE, "m": 0}).encode()))
        elif self.server.failure == "hangs":
            self.server.closing.wait(10)
        elif self.server.failure != "hangs up":
            self.answer(*GARBAGE[self.server.failure])

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - overrides
        """Log nothing."""


GARBAGE = {
    "a page": (200, b"<html>who are you?</html>"),
    "no JSON": (200, encode_as_whitespace(b"yes!")),
    "another state": (200, encode_as_whitespace(json.dumps({"paused": False}).encode())),
    "a number": (200, encode_as_whitespace(b"5000")),
    "nothing": (200, b""),
    "refuses": (401, b""),
    "broken": (500, b""),
}


@pytest.fixture
def channel(request: pytest.FixtureRequest) -> Iterator[BadChannel]:
    bad_channel = BadChannel(*request.param)
    thread = threading.Thread(target=bad_channel.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield bad_channel
    bad_channel.closing.set()
    bad_channel.shutdown()
    thread.join()
    bad_channel.server_close()


def run(k6: K6, recorder: Recorder, channel: BadChannel) -> tuple[int, float]:
    """Run k6 with four users for two seconds. Return the exit code and the number of failed polls."""
    config = k6.folder / "channel.config"
    source = {"urlTemplate": f"http://127.0.0.1:{channel.server_port}/k6/{{key}}", "headers": {}}
    limits = {
        "timeout": f"{QUERY_TIMEOUT_MS}ms",
        "maxRetries": 0,
        "requestsPerMinuteLimit": 600_000,
        "requestsBurst": 10_000,
    }
    config.write_text(json.dumps(source | limits))
    env = {"LOAD_PROFILE": "smoke", "VUS": "4", "DURATION": "2s", "BASE_URL": recorder.url, "CHANNEL": "ctl"}
    env["ENDPOINTS_FILE"] = k6.write_document({"pacing": "50ms", "endpoints": [{"name": "Op"}]})
    result = k6.run(env, f"--secret-source=url=name=ctl,config={config}")
    requests = result.samples_of("http_reqs")
    assert len(requests) == len(recorder.received), "queries are not counted as requests"
    return result.exit_code, sum(sample["value"] for sample in result.samples_of("ctl_poll_errors"))


@pytest.mark.parametrize(
    "channel",
    [
        *((failure,) for failure in ("hangs", "another state", "refuses")),
        *(pytest.param((failure,), marks=pytest.mark.long) for failure in ("hangs up", *GARBAGE)),
    ],
    indirect=True,
)
def test_without_a_first_response_no_user_starts_and_k6_ends_in_time(
    k6: K6, recorder: Recorder, channel: BadChannel
) -> None:
    exit_code, errors = run(k6, recorder, channel)
    assert recorder.received == []
    assert exit_code == 0
    assert errors >= 4, "the failed polls of each user are counted"


@pytest.mark.parametrize(
    "channel", [("hangs", 3), ("hangs up", 3), ("a page", 3), ("a number", 3)], indirect=True
)
def test_later_failures_keep_the_last_state(k6: K6, recorder: Recorder, channel: BadChannel) -> None:
    exit_code, errors = run(k6, recorder, channel)
    assert exit_code == 0
    assert errors > 0
    last = recorder.received[-1].at_s - recorder.received[0].at_s
    assert last > 1.0, "the load continues to the planned end"
    assert len(recorder.received) > 20

"""Reporting failing requests changes no count: the same responses give the same results with and without it."""

from __future__ import annotations

import base64
import gzip
import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.k6.conftest import K6

pytestmark = pytest.mark.k6
REQUESTS = 120
PREFIX = "k6-dashboard-exchange:"
GZIP = {"Content-Encoding": "gzip"}
Response = tuple[int, dict[str, str], bytes]
PLAIN: Response = (200, {}, b"{}")
FAILED: Response = (500, {}, b"out of order")
EMPTY_GZIP: Response = (200, GZIP, b"")
GOOD_GZIP: Response = (200, GZIP, gzip.compress(b"{}"))
NOT_GZIP: Response = (200, GZIP, b"{}")
NO_CONTENT: Response = (204, {"Content-Encoding": "br"}, b"")


@dataclass
class Target:
    """Responds to request number n with `response(n)`, and counts the statuses."""

    response: Callable[[int], Response] = lambda _: PLAIN
    statuses: Counter[int] = field(default_factory=Counter)
    numbers: Iterator[int] = field(default_factory=itertools.count)
    url: str = ""


@pytest.fixture
def target() -> Iterator[Target]:
    target = Target()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, headers, body = target.response(next(target.numbers))
            target.statuses[status] += 1
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 - the name that http.server looks up

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - overrides
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    target.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield target
    server.shutdown()
    thread.join()
    server.server_close()


def mostly(response: Response, failed: Response = FAILED, every: int = 40) -> Callable[[int], Response]:
    return lambda number: failed if number % every == 7 else response


@pytest.mark.parametrize("env", [{}, {"SAMPLES": "failures"}], ids=["unobserved", "observed"])
@pytest.mark.parametrize(
    ("method", "response"),
    [
        ("GET", mostly(PLAIN)),
        ("HEAD", mostly((200, GZIP, b""))),
        ("GET", mostly(EMPTY_GZIP)),
        ("GET", mostly(EMPTY_GZIP, failed=(500, GZIP, gzip.compress(b"no")))),
        ("GET", mostly(NO_CONTENT)),
        ("GET", mostly(NOT_GZIP)),
        ("GET", mostly(GOOD_GZIP)),
        ("GET", lambda number: FAILED if number % 40 == 7 else EMPTY_GZIP if number % 3 else PLAIN),
        ("HEAD", mostly((200, {"Content-Encoding": "deflate"}, b""), every=9)),
    ],
    ids=[
        "plain",
        "HEAD",
        "empty",
        "all gzip",
        "no content",
        "not gzip",
        "gzip",
        "mixed",
        "HEAD with many errors",
    ],
)
def test_reports_of_failures_change_no_count(
    k6: K6, target: Target, method: str, response: Callable[[int], Response], env: dict[str, str]
) -> None:
    target.response = response
    document = k6.write_endpoints({"name": "Op", "method": method, "path": "/"})
    run = k6.run(
        {"BASE_URL": target.url, "ENDPOINTS_FILE": document, "CHECKS": "trend", **env},
        *("--vus", "1", "--iterations", str(REQUESTS)),
    )
    requests = run.samples_of("http_req_duration")
    assert Counter(int(sample["status"]) for sample in requests) == target.statuses
    failed = sum(count for status, count in target.statuses.items() if status >= 400)
    assert sum(sample["expected_response"] == "false" for sample in requests) == failed
    reports = run.log.count(PREFIX)
    assert reports >= 1 if env else reports == 0


def reported_bodies(k6: K6, target: Target, *options: str) -> list[str | None]:
    """Return the response bodies of the reports of a run, in their order."""
    document = k6.write_endpoints({"name": "Op", "path": "/"})
    env = {"BASE_URL": target.url, "ENDPOINTS_FILE": document, "CHECKS": "trend", "SAMPLES": "failures"}
    run = k6.run(env, *options)
    lines = [line.partition(PREFIX)[2] for line in run.log.splitlines() if line.startswith(PREFIX)]
    return [json.loads(base64.b64decode(line))["response"]["body"] for line in lines]


NO_BODY, BODY = None, "out of order"


@pytest.mark.parametrize(
    ("response", "bodies"),
    [
        (lambda _: FAILED, [NO_BODY, BODY, BODY]),
        (mostly(PLAIN, every=15), [NO_BODY, BODY, BODY]),
        (lambda number: PLAIN if number < 50 else FAILED, [NO_BODY, BODY, BODY]),
        (lambda number: FAILED if number < 5 else PLAIN, [NO_BODY]),
        (lambda _: (500, GZIP, gzip.compress(b"no")), [NO_BODY] * 3),
        (lambda _: (500, {}, b""), ["", "", ""]),
    ],
    ids=["always", "now and then", "later", "only at first", "gzip", "without a body"],
)
def test_failures_are_reported_with_their_bodies(
    k6: K6, target: Target, response: Callable[[int], Response], bodies: list[str | None]
) -> None:
    target.response = response
    assert reported_bodies(k6, target, "--vus", "1", "--iterations", str(REQUESTS)) == bodies


def test_few_users_keep_bodies(k6: K6, target: Target) -> None:
    """Only some users keep bodies, because k6 counts an empty compressed response as failed if it keeps bodies."""
    failures = 30 * 30
    target.response = lambda number: FAILED if number < failures else EMPTY_GZIP
    bodies = reported_bodies(k6, target, "--vus", "30", "--iterations", str(failures))
    assert set(bodies) == {NO_BODY, BODY}
    assert bodies.count(BODY) <= 20 * 2

"""A k6 with manners, good and bad: which ones, its file name says (`fake-k6-hang`, `fake-k6-ok-2.5` …).

It takes any arguments a k6 takes. `version --json` is answered at once; `run` behaves as below. A
number at the end of the name is the manner's own: seconds, megabytes, attempts or an exit code.
`fake_k6_factory.make_fake_k6` makes the executables.

ok[-S]            answers /v1/status at --address, pushes every 0.2 s with the bearer from its
                  environment (see `fake_push.py`), prints JSON log lines, ends after S s (0.5) with a
                  final and a stale push, the --summary-export and exit 0; SIGTERM ends it the same
                  way with exit 105
slow-start[-S]    as ok, but dead to the world for S s (3) first; SIGTERM kills it in that time
port-clash[-N]    exit 106 in the first N (1) runs in the same working folder, then as ok
ignore-term[-S]   as ok for S s (2), but SIGTERM does not stop it
hang              starts, then does nothing for ever; SIGTERM and SIGINT do not stop it
fork              leaves two grandchildren behind in its process group, one deaf to SIGTERM; exit 0
spew[-MB]         prints MB (100) megabytes to stdout, 100 a second, then `the last line`; exit 0
die               JSON log lines about a broken script on stderr, exit 107 at once
killed-by-signal  kills itself with SIGKILL after its first push
wrong-version     `version` says v1.3.0; runs as ok
exit-N            exit N at once, with a log line

Each `run` appends lines of JSON to `fake-k6.diary` in its working folder: `{"event": "run", "pid",
"argv", "env", "secrets"}`, `{"event": "signal", "number"}`, `{"event": "forked", "pids"}`,
`{"event": "push", "status"}`.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from tests.fakes.fake_push import snappy, write_request

DIARY = "fake-k6.diary"
PREFIX = "fake-k6-"
PUSH_EVERY_S = 0.2
REQUESTS_PER_PUSH = 5


def main(name: str, arguments: list[str]) -> int:
    manner, number = split(name.removeprefix(PREFIX))
    if arguments[:1] == ["version"]:
        return version("v1.3.0" if manner == "wrong-version" else "v2.2.0")
    note("run", pid=os.getpid(), argv=arguments, env=dict(os.environ), secrets=secrets(arguments))
    return MANNERS[manner](arguments, number)


def split(manner: str) -> tuple[str, float | None]:
    head, _, tail = manner.rpartition("-")
    try:
        return head, float(tail)
    except ValueError:
        return manner, None


def version(number: str) -> int:
    print(json.dumps({"version": number, "go_version": "go1.25", "go_os": "linux", "go_arch": "amd64"}))
    return 0


def note(event: str, **facts: object) -> None:
    with open(DIARY, "a", encoding="utf-8") as diary:
        diary.write(json.dumps({"event": event, **facts}) + "\n")


def log(message: str, level: str = "info") -> None:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    print(json.dumps({"level": level, "msg": message, "time": now}), file=sys.stderr, flush=True)


def option(arguments: list[str], name: str) -> str | None:
    """The value of `--name value` or `--name=value`."""
    for at, argument in enumerate(arguments):
        if argument == name and at + 1 < len(arguments):
            return arguments[at + 1]
        if argument.startswith(f"{name}="):
            return argument.partition("=")[2]
    return None


def secrets(arguments: list[str]) -> list[str]:
    source = option(arguments, "--secret-source")
    return Path(source.rpartition("=")[2]).read_text().splitlines() if source else []


def on_signal(manner: "Ok", number: int, _frame: FrameType | None) -> None:
    note("signal", number=number)
    manner.told_to_stop.set()


class Ok:
    """An orderly run."""

    def __init__(self, arguments: list[str]) -> None:
        self.arguments = arguments
        self.told_to_stop = threading.Event()
        self.requests = 0
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda got, frame: on_signal(self, got, frame))

    def run(self, seconds: float, *, stops: bool = True) -> int:
        serve_status(option(self.arguments, "--address"))
        log("the test starts")
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not (stops and self.told_to_stop.is_set()):
            if stops:
                self.told_to_stop.wait(min(left, PUSH_EVERY_S))
            else:
                time.sleep(min(left, PUSH_EVERY_S))
            self.push()
        self.push(stale=True)
        self.write_summary()
        return 105 if stops and self.told_to_stop.is_set() else 0

    def push(self, *, stale: bool = False) -> None:
        url = os.environ.get("K6_PROMETHEUS_RW_SERVER_URL")
        if not url:
            return
        self.requests += 0 if stale else REQUESTS_PER_PUSH
        bearer = os.environ.get("K6_PROMETHEUS_RW_BEARER_TOKEN", "")
        status = post(url, bearer, snappy(write_request(self.requests, stale=stale)))
        note("push", status=status)

    def write_summary(self) -> None:
        path = option(self.arguments, "--summary-export")
        if path:
            metrics = {"http_reqs": {"count": self.requests, "rate": 1.0}}
            summary = {"metrics": metrics, "root_group": {}, "setup_data": {"token": "from setup"}}
            Path(path).write_text(json.dumps(summary))


def post(url: str, bearer: str, body: bytes) -> int:
    """The status of the answer, 0 when nobody answered."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    headers = {"Authorization": f"Bearer {bearer}", "Content-Encoding": "snappy"}
    try:
        connection.request("POST", parts.path, body, headers)
        return connection.getresponse().status
    except OSError as error:
        log(f"Failed to send the time series data to the endpoint: {error}", "error")
        return 0
    finally:
        connection.close()


class Status(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        attributes = {"status": 7, "paused": False, "vus": 1, "vus-max": 1, "stopped": False, "running": True}
        body = json.dumps({"data": {"type": "status", "id": "default", "attributes": attributes}}).encode()
        self.send_response(200 if self.path == "/v1/status" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name in the base class)
        """Its output is the fake's own."""


def serve_status(address: str | None) -> None:
    if address:
        host, _, port = address.rpartition(":")
        server = HTTPServer((host, int(port)), Status)
        threading.Thread(target=server.serve_forever, daemon=True).start()


def ok(arguments: list[str], seconds: float | None) -> int:
    return Ok(arguments).run(0.5 if seconds is None else seconds)


def slow_start(arguments: list[str], seconds: float | None) -> int:
    time.sleep(3 if seconds is None else seconds)
    return Ok(arguments).run(0.5)


def port_clash(arguments: list[str], times: float | None) -> int:
    runs = sum('"event": "run"' in line for line in Path(DIARY).read_text().splitlines())
    if runs <= (1 if times is None else times):
        log("listen tcp 127.0.0.1: bind: address already in use", "error")
        return 106
    return Ok(arguments).run(0.5)


def ignore_term(arguments: list[str], seconds: float | None) -> int:
    return Ok(arguments).run(2 if seconds is None else seconds, stops=False)


def hang(arguments: list[str], _number: float | None) -> int:
    manner = Ok(arguments)
    serve_status(option(arguments, "--address"))
    while True:
        manner.told_to_stop.clear()
        manner.told_to_stop.wait()


def fork(_arguments: list[str], _number: float | None) -> int:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    commands = ([sys.executable, "-c", deaf], [sys.executable, "-c", "import time; time.sleep(600)"])
    children = [subprocess.Popen(command) for command in commands]
    note("forked", pids=[child.pid for child in children])
    time.sleep(0.3)
    return 0


def spew(_arguments: list[str], megabytes: float | None) -> int:
    line = b"x" * 1023 + b"\n"
    for _ in range(int(100 if megabytes is None else megabytes)):
        os.write(1, line * 1024)
        time.sleep(0.01)
    os.write(1, b"the last line\n")
    return 0


def die(_arguments: list[str], _number: float | None) -> int:
    log("SyntaxError: file:///main.js: Unexpected token (3:1)", "error")
    log("could not initialize the test: script exception", "error")
    return 107


def killed_by_signal(arguments: list[str], _number: float | None) -> int:
    Ok(arguments).push()
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def exit_with(_arguments: list[str], code: float | None) -> int:
    log(f"exiting with {code}", "error")
    return int(code or 0)


MANNERS = {
    "ok": ok,
    "slow-start": slow_start,
    "port-clash": port_clash,
    "ignore-term": ignore_term,
    "hang": hang,
    "fork": fork,
    "spew": spew,
    "die": die,
    "killed-by-signal": killed_by_signal,
    "wrong-version": ok,
    "exit": exit_with,
}


def run_as(name: str, arguments: list[str]) -> None:
    """Ends this process. Not through sys.exit(): a thread must not change the code."""
    code = main(name, arguments)
    sys.stdout.flush()
    os._exit(code)

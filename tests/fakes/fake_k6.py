"""A fake k6 for tests. The file name selects its behavior: `fake-k6-hang`, `fake-k6-ok-2.5` and so on.

It accepts the arguments of k6. `version --json` prints a version; `run` behaves as described below. A number at the end
of the file name is a parameter of the behavior: seconds, megabytes, attempts or an exit code.
`fake_k6_factory.make_fake_k6` creates the executables.

ok[-S]            answers /v1/status at --address, pushes every 0.2 s with the token from its environment
                  (see `fake_push.py`), prints JSON log lines, and ends after S s (0.5) with a final push
                  of stale markers, the --summary-export and exit code 0; after SIGTERM with exit code 105
wait              like ok, but ends when the file `finish` exists in its working folder
slow-start[-S]    like ok, but does nothing for the first S s (3), during which SIGTERM kills it
port-clash[-N]    exits with 106 in the first N (1) runs in the same working folder, then behaves like ok
ignore-term[-S]   like ok for S s (2), but ignores SIGTERM
hang              starts, then does nothing; ignores SIGTERM and SIGINT
fork              leaves two children in its process group and one in a new session; some ignore SIGTERM; exit code 0
spew[-MB]         prints MB (100) megabytes to stderr, 100 per second, then `the last line`; exit code 0
die               prints JSON log lines about a broken script to stderr, and exits with 107
killed-by-signal  kills itself with SIGKILL after its first push
wrong-version     `version` prints v1.3.0; runs like ok
exit-N            prints a log line, and exits with N

Each `run` appends JSON lines to `fake-k6.jsonl` in its working folder: `{"event": "run", "pid", "argv", "env",
"secrets"}`, `{"event": "signal", "number"}`, `{"event": "forked", "pids"}`, `{"event": "push", "status"}`.
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

from tests.fakes.fake_push import encode_snappy, encode_write_request

EVENTS_FILE = "fake-k6.jsonl"
FILE_NAME_PREFIX = "fake-k6-"
FINISH_FILE = "finish"
PUSH_INTERVAL_S = 0.2
REQUESTS_PER_PUSH = 5


def main(name: str, arguments: list[str]) -> int:
    behavior, number = split_behavior(name.removeprefix(FILE_NAME_PREFIX))
    if arguments[:1] == ["version"]:
        return print_version("v1.3.0" if behavior == "wrong-version" else "v2.2.0")
    record("run", pid=os.getpid(), argv=arguments, env=dict(os.environ), secrets=read_secrets(arguments))
    return BEHAVIORS[behavior](arguments, number)


def split_behavior(behavior: str) -> tuple[str, float | None]:
    head, _, tail = behavior.rpartition("-")
    try:
        return head, float(tail)
    except ValueError:
        return behavior, None


def print_version(number: str) -> int:
    print(json.dumps({"version": number, "go_version": "go1.25", "go_os": "linux", "go_arch": "amd64"}))
    return 0


def record(event: str, **fields: object) -> None:
    with open(EVENTS_FILE, "a", encoding="utf-8") as file:
        file.write(json.dumps({"event": event, **fields}) + "\n")


def log(message: str, level: str = "info") -> None:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    print(json.dumps({"level": level, "msg": message, "time": now}), file=sys.stderr, flush=True)


def option_value(arguments: list[str], name: str) -> str | None:
    """Return the value of `--name value` or `--name=value`."""
    for index, argument in enumerate(arguments):
        if argument == name and index + 1 < len(arguments):
            return arguments[index + 1]
        if argument.startswith(f"{name}="):
            return argument.partition("=")[2]
    return None


def read_secrets(arguments: list[str]) -> list[str]:
    source = option_value(arguments, "--secret-source")
    return Path(source.rpartition("=")[2]).read_text().splitlines() if source else []


def on_signal(run: "OkRun", number: int, _frame: FrameType | None) -> None:
    record("signal", number=number)
    run.stop_requested.set()


class OkRun:
    """A run that behaves like k6."""

    def __init__(self, arguments: list[str]) -> None:
        self.arguments = arguments
        self.stop_requested = threading.Event()
        self.requests = 0
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, frame: on_signal(self, received, frame))

    def run(self, seconds: float, *, stops: bool = True, finish_file: str | None = None) -> int:
        serve_status(option_value(self.arguments, "--address"))
        log("the test starts")
        end = time.monotonic() + seconds
        while (remaining_s := end - time.monotonic()) > 0 and not (stops and self.stop_requested.is_set()):
            if finish_file and Path(finish_file).exists():
                break
            if stops:
                self.stop_requested.wait(min(remaining_s, PUSH_INTERVAL_S))
            else:
                time.sleep(min(remaining_s, PUSH_INTERVAL_S))
            self.push()
        self.push(stale=True)
        self.write_summary()
        return 105 if stops and self.stop_requested.is_set() else 0

    def push(self, *, stale: bool = False) -> None:
        url = os.environ.get("K6_PROMETHEUS_RW_SERVER_URL")
        if not url:
            return
        self.requests += 0 if stale else REQUESTS_PER_PUSH
        bearer = os.environ.get("K6_PROMETHEUS_RW_BEARER_TOKEN", "")
        status = post(url, bearer, encode_snappy(encode_write_request(self.requests, stale=stale)))
        record("push", status=status)

    def write_summary(self) -> None:
        path = option_value(self.arguments, "--summary-export")
        if path:
            metrics = {"http_reqs": {"count": self.requests, "rate": 1.0}}
            summary = {"metrics": metrics, "root_group": {}, "setup_data": {"token": "from setup"}}
            Path(path).write_text(json.dumps(summary))


def post(url: str, bearer: str, body: bytes) -> int:
    """Send a push. Return the status of the response, or 0 without a response."""
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


class StatusHandler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        attributes = {"status": 7, "paused": False, "vus": 1, "vus-max": 1, "stopped": False, "running": True}
        body = json.dumps({"data": {"type": "status", "id": "default", "attributes": attributes}}).encode()
        self.send_response(200 if self.path == "/v1/status" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name in the base class)
        """Keep stderr free of access logs."""


def serve_status(address: str | None) -> None:
    if address:
        host, _, port = address.rpartition(":")
        server = HTTPServer((host, int(port)), StatusHandler)
        threading.Thread(target=server.serve_forever, daemon=True).start()


def ok(arguments: list[str], seconds: float | None) -> int:
    return OkRun(arguments).run(0.5 if seconds is None else seconds)


def wait(arguments: list[str], _number: float | None) -> int:
    return OkRun(arguments).run(600, finish_file=FINISH_FILE)


def slow_start(arguments: list[str], seconds: float | None) -> int:
    time.sleep(3 if seconds is None else seconds)
    return OkRun(arguments).run(0.5)


def port_clash(arguments: list[str], times: float | None) -> int:
    runs = sum('"event": "run"' in line for line in Path(EVENTS_FILE).read_text().splitlines())
    if runs <= (1 if times is None else times):
        log("listen tcp 127.0.0.1: bind: address already in use", "error")
        return 106
    return OkRun(arguments).run(0.5)


def ignore_term(arguments: list[str], seconds: float | None) -> int:
    return OkRun(arguments).run(2 if seconds is None else seconds, stops=False)


def hang(arguments: list[str], _number: float | None) -> int:
    run = OkRun(arguments)
    serve_status(option_value(arguments, "--address"))
    while True:
        run.stop_requested.clear()
        run.stop_requested.wait()


def fork(_arguments: list[str], _number: float | None) -> int:
    ignoring = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    commands = ([sys.executable, "-c", ignoring], [sys.executable, "-c", "import time; time.sleep(600)"])
    children = [subprocess.Popen(command) for command in commands]
    children.append(subprocess.Popen(commands[0], start_new_session=True))
    record("forked", pids=[child.pid for child in children])
    time.sleep(0.3)
    return 0


def spew(_arguments: list[str], megabytes: float | None) -> int:
    line = b"x" * 1023 + b"\n"
    for _ in range(int(100 if megabytes is None else megabytes)):
        os.write(2, line * 1024)
        time.sleep(0.01)
    os.write(2, b"the last line\n")
    return 0


def die(_arguments: list[str], _number: float | None) -> int:
    log("SyntaxError: file:///main.js: Unexpected token (3:1)", "error")
    log("could not initialize the test: script exception", "error")
    return 107


def killed_by_signal(arguments: list[str], _number: float | None) -> int:
    OkRun(arguments).push()
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def exit_with(_arguments: list[str], code: float | None) -> int:
    log(f"exiting with {code}", "error")
    return int(code or 0)


BEHAVIORS = {
    "ok": ok,
    "wait": wait,
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
    """Run the fake k6, and end this process. `sys.exit` would wait for threads, which could change the exit code."""
    code = main(name, arguments)
    sys.stdout.flush()
    os._exit(code)

"""The server: signals, ports, limits and concurrent streams."""

import copy
import http.client
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, request

from dashboard.api.http.gate import header_check_of
from dashboard.app import create_app
from dashboard.connections.limits import ConnectionOptions
from dashboard.runs.publish.hub import Hub
from dashboard.server import ListenError, Server, listen, serve
from dashboard.services import Services
from tests.api.conftest import idle_services, settings_for, wait_until

__all__ = ["idle_services"]
ROOT = Path(__file__).parents[1]
CLIENTS = 50


@pytest.fixture
def hub() -> Hub:
    return Hub("e1")


@pytest.fixture
def server(idle_services: Services, hub: Hub) -> Iterator[Server]:
    """A server on a free port, in a thread, with its own hub."""
    services = copy.copy(idle_services)
    services.hub = hub
    app = create_app(services)
    running = Server(app, listen("127.0.0.1", 0), ConnectionOptions(header_check=header_check_of(app)))
    thread = threading.Thread(target=running.run, args=(hub.close,))
    thread.start()
    yield running
    running.stop()
    thread.join(5)
    assert not thread.is_alive()


Get = Callable[..., http.client.HTTPResponse]


@pytest.fixture
def get() -> Iterator[Get]:
    """A function that sends GET to a port and path. All connections are closed at the end."""
    opened: list[http.client.HTTPConnection | http.client.HTTPResponse] = []

    def one(port: int, path: str, **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        opened.extend((response, connection))
        return response

    yield one
    for resource in opened:
        resource.close()


class Listener(threading.Thread):
    """A client of the stream that records the number and the delay of each event."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        super().__init__(daemon=True)
        self.received: list[tuple[int, float]] = []
        self.connected = threading.Event()
        self._response = response

    def run(self) -> None:
        with self._response:
            for line in self._response:
                if line.startswith(b"event: hello"):
                    self.connected.set()
                if line.startswith(b'data: {"topic"'):
                    data = json.loads(line[6:])["data"]
                    self.received.append((data["n"], time.monotonic() - data["sent"]))


@pytest.mark.serial
def test_fifty_clients_receive_all_events_in_order_without_delay(server: Server, hub: Hub, get: Get) -> None:
    listeners = [Listener(get(server.port, "/stream?topics=run:a")) for _ in range(CLIENTS)]
    for listener in listeners:
        listener.start()
    for listener in listeners:
        assert listener.connected.wait(10)
    for n in range(40):
        hub.publish("run:a", "snapshot", {"n": n, "sent": time.monotonic(), "more": "x" * 2_000})
        time.sleep(0.05)
    hub.close()
    for listener in listeners:
        listener.join(10)

    assert all([n for n, _ in listener.received] == list(range(40)) for listener in listeners)
    lags = [lag for listener in listeners for _, lag in listener.received]
    assert statistics.quantiles(lags, n=100)[98] < 0.5


def test_a_closed_connection_is_detected(server: Server, hub: Hub) -> None:
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.sendall(b"GET /stream?topics=runs HTTP/1.1\r\nHost: localhost\r\n\r\n")
    wait_until(lambda: hub.streams == 1)
    connection.close()

    def noticed() -> bool:
        hub.publish("runs", "run", {})
        return hub.streams == 0

    wait_until(noticed)


def test_stopping_the_server_ends_streams_immediately(server: Server, get: Get) -> None:
    response = get(server.port, "/stream?topics=runs")
    started = time.monotonic()
    server.stop()

    assert b"event: hello" in response.read()
    assert time.monotonic() - started < 3


def test_other_routes_respond_while_all_streams_are_open(server: Server, get: Get) -> None:
    for _ in range(100):
        get(server.port, "/stream?topics=runs")
    refused = get(server.port, "/stream?topics=runs")

    assert (refused.status, refused.headers["Retry-After"]) == (503, "10")
    assert get(server.port, "/run/status").status == 200


@pytest.mark.parametrize(
    "target",
    ["/runs/../../etc/passwd", "/assets/../../settings.py", "/runs/%00", "/runs/%ff", "/%2e%2e/x"],
)
def test_malformed_paths_are_not_found(server: Server, target: str, get: Get) -> None:
    response = get(server.port, target)

    assert (response.status, response.headers["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /runs HTTP/1.0\r\n\r\n",
        b"GET /runs HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET http://evil.example/runs HTTP/1.1\r\nHost: \r\n\r\n",
    ],
)
def test_a_request_with_a_foreign_host_is_refused(server: Server, raw: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(raw)

        assert connection.recv(4_096).startswith((b"HTTP/1.1 421", b"HTTP/1.0 421"))


def test_responses_do_not_name_the_server_software(server: Server, get: Get) -> None:
    assert "Server" not in get(server.port, "/health").headers


def test_forwarded_headers_are_trusted_only_from_the_trusted_proxy(get: Get) -> None:
    seen: dict[str, tuple[bool, str]] = {}
    app = Flask("seen")

    @app.get("/<name>")
    def see(name: str) -> str:
        seen[name] = (request.is_secure, request.host)
        return ""

    for name, proxy in (("trusted", "127.0.0.1"), ("other", "10.9.9.9"), ("none", "")):
        server = Server(app, listen("127.0.0.1", 0), ConnectionOptions(trusted_proxy=proxy))
        thread = threading.Thread(target=server.run, args=(lambda: None,))
        thread.start()
        forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "perf.example"}
        get(server.port, f"/{name}", **forwarded).read()
        server.stop()
        thread.join(5)

    assert seen["trusted"] == (True, "perf.example")
    assert [secure for secure, _ in (seen["other"], seen["none"])] == [False, False]


def test_a_port_in_use_is_reported_in_one_line() -> None:
    with listen("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ListenError, match=f"Port {port} on 127.0.0.1 is in use") as error:
            listen("127.0.0.1", port)

    assert "\n" not in str(error.value)


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "x" * 300])
def test_a_foreign_address_is_reported(host: str) -> None:
    with pytest.raises(ListenError, match="is not an address of this machine"):
        listen(host, 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_server_with_open_streams(
    tmp_path: Path, number: signal.Signals, get: Get
) -> None:
    settings = settings_for(tmp_path)
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "dashboard",
            "serve",
            "--port",
            "0",
            "--data-dir",
            str(settings.data_dir),
            "--no-setup",
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "K6_BIN": "/nowhere/k6"},
    )
    with process:
        assert process.stdout is not None
        match = next(
            address for line in process.stdout if (address := re.search(r"http://127\.0\.0\.1:(\d+)", line))
        )
        streams = [get(int(match[1]), "/stream?topics=runs") for _ in range(10)]
        started = time.monotonic()
        process.send_signal(number)
        process.wait(10)

    assert time.monotonic() - started < 5
    assert process.returncode == 0
    assert all(b"event: hello" in stream.read() for stream in streams)


def test_serve_restores_the_signal_handlers(hub: Hub) -> None:
    before = signal.getsignal(signal.SIGTERM)
    serve(
        Flask("x"),
        "127.0.0.1",
        0,
        lambda _host, _port: os.kill(os.getpid(), signal.SIGTERM),
        on_stop=hub.close,
    )

    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("/data/upload", 1 << 30, 413),
        ("/data/upload", 300 << 20, 413),
        ("/run/start", 40 << 20, 413),
        ("/run/start?x=/data/upload", 40 << 20, 413),
    ],
)
@pytest.mark.parametrize("expect", ["", "Expect: 100-continue\r\n"], ids=["plain", "continue"])
def test_a_body_over_the_limit_is_refused_before_it_is_read(
    server: Server, path: str, length: int, status: int, expect: str
) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n{expect}\r\n"
        client.sendall(head.encode())
        response = http.client.HTTPResponse(client)
        response.begin()
        problem = json.loads(response.read())

    assert (response.status, response.headers["Content-Type"]) == (status, "application/problem+json")
    assert "larger than" in problem["detail"]

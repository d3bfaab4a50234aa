"""Every wait for a client is bounded, and slow clients do not lock others out."""

import errno
import gc
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from dashboard.connections import channel as channels
from dashboard.connections import listener
from dashboard.server import Server
from tests.api.conftest import wait_until
from tests.connections.conftest import open_connection, read_response, run_server

HEAD = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
UPLOAD = b"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n"


def open_app() -> Flask:
    """Return an application that accepts bodies, has a long response, and requires no token."""
    app = Flask("open")
    app.add_url_rule("/health", "health", lambda: "ok")
    app.add_url_rule("/upload", "upload", lambda: "ok", methods=["POST"])
    app.add_url_rule("/long", "long", lambda: b"x" * (32 << 20))
    return app


@pytest.fixture
def short_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten all deadlines to half a second."""
    for name in ("HEADERS_TIMEOUT_S", "BODY_TIMEOUT_S", "UNREAD_TIMEOUT_S", "LINGER_TIMEOUT_S"):
        monkeypatch.setattr(channels, name, 0.5)
    monkeypatch.setattr(listener, "CHECK_INTERVAL_S", 0.1)


@pytest.fixture
def server(short_deadlines: None) -> Iterator[Server]:
    with run_server(open_app()) as running:
        yield running


@pytest.fixture
def open_many(server: Server) -> Iterator[Callable[[], socket.socket]]:
    """A function that opens connections to the server."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(open_connection(server))


@pytest.mark.parametrize(
    ("first", "drip"),
    [
        (b"", b""),
        (HEAD, b""),
        (HEAD, b"X-A: b\r\n"),
        (b"GET", b"x"),
        (b"\r\n", b""),
        (UPLOAD, b""),
        (UPLOAD, b"x"),
    ],
    ids=["idle", "half headers", "dripping headers", "dripping line", "blank", "no body", "dripping body"],
)
def test_a_client_that_never_finishes_is_closed(server: Server, first: bytes, drip: bytes) -> None:
    with open_connection(server) as client:
        began = time.monotonic()
        client.sendall(first)
        client.settimeout(0.1)
        while time.monotonic() - began < 5:
            try:
                client.sendall(drip)
                if client.recv(100) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        took_s = time.monotonic() - began

    assert 0.4 < took_s < 4


def test_a_connection_that_was_used_may_stay_idle(server: Server) -> None:
    with open_connection(server) as client:
        client.sendall(HEAD + b"\r\n")
        assert read_response(client)[0] == 200
        time.sleep(1.2)
        client.sendall(HEAD + b"\r\n")

        assert read_response(client)[0] == 200


def test_the_deadline_of_a_body_grows_with_the_bytes_received(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "MIN_BODY_BYTES_PER_S", 20_000)
    with open_connection(server) as client:
        client.sendall(UPLOAD)
        for _ in range(10):
            client.sendall(b"x" * 20_000)
            time.sleep(0.12)

        assert read_response(client)[0] == 200


def test_a_client_that_reads_nothing_is_closed(server: Server) -> None:
    with open_connection(server) as client:
        client.sendall(b"GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_until(lambda: server._server.active_channels)
        wait_until(lambda: not server._server.active_channels, 20)


@pytest.mark.parametrize("first", [b"", HEAD, UPLOAD], ids=["idle", "headers", "bodies"])
@pytest.mark.parametrize("limit", ["MAX_CONNECTIONS", "MAX_CONNECTIONS_PER_CLIENT"])
def test_waiting_clients_make_room_for_others(
    open_many: Callable[[], socket.socket], monkeypatch: pytest.MonkeyPatch, limit: str, first: bytes
) -> None:
    for name in ("HEADERS_TIMEOUT_S", "BODY_TIMEOUT_S"):
        monkeypatch.setattr(channels, name, 60.0)
    monkeypatch.setattr(listener, limit, 20)
    for _ in range(40):
        open_many().sendall(first)
    began = time.monotonic()
    client = open_many()
    client.sendall(HEAD + b"\r\n")

    assert read_response(client)[0] == 200
    assert time.monotonic() - began < 1


def test_a_body_keeps_its_place_while_idle_clients_make_room(
    server: Server, open_many: Callable[[], socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "BODY_TIMEOUT_S", 60.0)
    monkeypatch.setattr(listener, "MAX_CONNECTIONS", 20)
    upload = open_many()
    upload.sendall(UPLOAD + b"x" * 100_000)
    wait_until(lambda: any(channel.request for channel in [*server._server.active_channels.values()]))
    for _ in range(40):
        open_many()
    upload.sendall(b"x" * 100_000)

    assert read_response(upload)[0] == 200


def test_too_many_open_files_pause_the_listener_and_are_logged_once(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    attempts: list[float] = []
    accept = type(server._server).accept

    def fail(self: Any) -> Any:
        attempts.append(time.monotonic())
        if len(attempts) < 4:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return accept(self)

    monkeypatch.setattr(type(server._server), "accept", fail)
    with open_connection(server) as client:
        client.sendall(HEAD + b"\r\n")
        client.settimeout(10)
        assert read_response(client)[0] == 200

    assert len(attempts) == 4
    assert attempts[-1] - attempts[0] > 3 * 0.4
    assert [record.getMessage() for record in caplog.records if "accept" in record.getMessage()] == [
        "Cannot accept connections: Too many open files. Raise `ulimit -n`."
    ]


def test_a_closed_connection_leaves_no_open_file(open_many: Callable[[], socket.socket]) -> None:
    folder = Path("/proc/self/fd")
    gc.disable()
    try:
        before = len(list(folder.iterdir()))
        for _ in range(20):
            with open_many() as client:
                client.sendall(UPLOAD + b"x" * 150_000)
        wait_until(lambda: len(list(folder.iterdir())) <= before)
    finally:
        gc.enable()


def test_quick_clients_are_served_while_overdue_connections_are_closed(server: Server) -> None:
    """A new connection gets the descriptor of a closed one, but must not get its events."""
    ends_at = time.monotonic() + 3
    with ExitStack() as opened:
        while time.monotonic() < ends_at:
            for _ in range(5):
                opened.enter_context(open_connection(server)).sendall(HEAD)
            with open_connection(server) as client:
                client.sendall(HEAD + b"\r\n")
                assert read_response(client)[0] == 200

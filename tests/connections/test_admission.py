"""A request with a body is accepted or refused by its headers. A refusal is sent before the body is read."""

import json
import socket
import tempfile
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from dashboard.connections.limits import ConnectionOptions
from dashboard.server import Server
from tests.api.conftest import TOKEN, wait_until
from tests.connections.conftest import Connect, open_connection, read_response, read_until_closed, run_server

VALID_HEADERS = {"Host": "localhost", "Authorization": f"Bearer {TOKEN}"}
REFUSALS = [
    ("foreign host", {"Host": "evil.example"}, 421),
    ("no host", {"Host": ""}, 421),
    ("cross-site", {"Sec-Fetch-Site": "cross-site"}, 403),
    ("foreign origin", {"Origin": "http://evil.example"}, 403),
    ("no token", {"Authorization": ""}, 401),
    ("wrong token", {"Authorization": "Bearer wrong"}, 401),
    ("wrong cookie", {"Authorization": "", "Cookie": "dashboard_access=1.x.y"}, 401),
]
ROUTES = [
    ("POST", "/data/upload"),
    ("POST", "/runs/import"),
    ("POST", "/run/start"),
    ("GET", "/k6/v1/status"),
    ("POST", "/nowhere"),
]
BODIES: dict[str, dict[str, str]] = {
    "large": {"Content-Length": str(30 << 20)},
    "small": {"Content-Length": "10"},
    "chunked": {"Transfer-Encoding": "chunked"},
    "continue": {"Content-Length": "1000", "Expect": "100-continue"},
    "chunked continue": {"Transfer-Encoding": "chunked", "Expect": "100-continue"},
}


def head(method: str, path: str, headers: dict[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items() if value)]
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize(
    ("headers", "status"), [case[1:] for case in REFUSALS], ids=[case[0] for case in REFUSALS]
)
def test_a_refused_request_gets_its_response_before_its_body_is_read(
    connect: Connect, headers: dict[str, str], status: int, method: str, path: str, body: str
) -> None:
    if "Sec-Fetch-Site" in headers or "Origin" in headers:
        method = "POST" if path != "/k6/v1/status" else method
    client = connect()
    client.sendall(head(method, path, VALID_HEADERS | headers | BODIES[body]))
    first = client.recv(12, socket.MSG_PEEK)
    found_status, body_text, media_type = read_response(client)

    assert first == f"HTTP/1.1 {status}".encode()  # not 100 Continue
    assert (found_status, media_type) == (status, "application/problem+json")
    assert json.loads(body_text)["status"] == status


@pytest.mark.parametrize("path", ["/nowhere", "/health"])
def test_a_body_for_an_unknown_route_is_refused(connect: Connect, path: str) -> None:
    client = connect()
    client.sendall(head("POST", path, VALID_HEADERS | BODIES["continue"]))

    assert client.recv(12) in (b"HTTP/1.1 404", b"HTTP/1.1 405")


def test_a_client_with_the_token_may_continue(connect: Connect) -> None:
    client = connect()
    body = b'{"label": "x"}'
    headers = {"Content-Length": str(len(body)), "Expect": "100-continue", "Content-Type": "application/json"}
    client.sendall(head("POST", "/run/stop", VALID_HEADERS | headers))
    assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.sendall(body)

    assert client.recv(1_000).startswith(b"HTTP/1.1 422 ")


@pytest.mark.parametrize(
    ("path", "mebibytes", "status"),
    [
        ("/run/start", 31, 100),
        ("/run/start", 33, 413),
        ("/data/upload", 256, 100),
        ("/data/upload", 258, 413),
        ("/discover/document", 1024, 100),
        ("/discover/document", 1026, 413),
    ],
)
def test_the_limit_of_a_body_depends_on_the_route(
    connect: Connect, path: str, mebibytes: int, status: int
) -> None:
    client = connect()
    headers = {"Content-Length": str(mebibytes << 20), "Expect": "100-continue"}
    client.sendall(head("POST", path, VALID_HEADERS | headers))

    assert client.recv(12) == f"HTTP/1.1 {status}".encode()


def test_a_client_that_sends_its_body_immediately_can_read_the_refusal(connect: Connect) -> None:
    """Closing a connection with unread data resets it, and the client would not see the response."""
    client = connect()
    client.sendall(head("POST", "/data/upload", {"Host": "localhost", "Content-Length": str(4 << 20)}))
    for _ in range(64):
        client.sendall(b"x" * (64 << 10))

    assert read_until_closed(client).startswith(b"HTTP/1.1 401 ")


def test_data_after_a_refused_request_is_not_parsed_as_a_request(connect: Connect, server: Server) -> None:
    client = connect()
    client.sendall(head("POST", "/run/start", {"Host": "localhost", "Content-Length": "1000"}))
    client.sendall(head("GET", "/health", {"Host": "localhost"}))

    assert read_until_closed(client).count(b"HTTP/1.1") == 1


def test_refused_bodies_use_no_disk(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    created: list[Any] = []
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda *_, **__: created.append(1))
    for _ in range(4):
        client = connect()
        client.sendall(head("POST", "/data/upload", {"Host": "localhost", "Content-Length": str(200 << 20)}))
        for _ in range(32):
            client.sendall(b"x" * (64 << 10))
        assert read_response(client)[0] == 401

    assert created == []


@pytest.mark.parametrize(
    ("version", "lines"),
    [
        ("1.1", ["Content-Length: 5", "Transfer-Encoding: chunked"]),
        ("1.1", ["Transfer-Encoding: chunked", "Content-Length: 5"]),
        ("1.1", ["transfer-encoding : chunked", "content-length: 5"]),
        ("1.1", ["Transfer-Encoding: chunked", "Content-Length: 0"]),
        ("1.1", ["Transfer-Encoding:", "Content-Length: 5"]),
        ("1.1", ["Transfer-Encoding:"]),
        ("1.1", ["Content-Length: 5", "Content-Length: 5"]),
        ("1.1", ["Content-Length: 5", "Content-Length: 6"]),
        ("1.1", ["Content-Length: +5"]),
        ("1.1", ["Content-Length: -5"]),
        ("1.0", ["Transfer-Encoding: chunked"]),
        ("1.0", ["Transfer-Encoding: chunked", "Content-Length: 5"]),
    ],
    ids=str,
)
def test_a_body_of_ambiguous_length_is_refused(connect: Connect, version: str, lines: list[str]) -> None:
    client = connect()
    request = [f"POST /run/stop HTTP/{version}", "Host: localhost", f"Authorization: Bearer {TOKEN}", *lines]
    client.sendall("\r\n".join([*request, "", '5\r\n{"a":\r\n0\r\n\r\n']).encode())
    status, _, kind = read_response(client)

    assert (status, kind) == (400, "application/problem+json")


Usage = namedtuple("Usage", "total used free")


@pytest.mark.parametrize(
    ("free_mib", "status"),
    [(1_100, b"503"), (1_023, b"503"), (1_600, b"100")],
    ids=["too little for the body", "below the minimum", "enough"],
)
def test_uploads_leave_the_minimum_disk_space_free(
    protected_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_mib: int, status: bytes
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(0, 0, free_mib << 20))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    options = ConnectionOptions(data_dir=tmp_path, min_free_bytes=1 << 30)
    with run_server(protected_app, options) as server, open_connection(server) as client:
        length = {"Content-Length": str(200 << 20), "Expect": "100-continue"}
        client.sendall(head("POST", "/data/upload", VALID_HEADERS | length))
        response = client.recv(1_000)

    assert response.startswith(b"HTTP/1.1 " + status)


def test_bodies_that_are_still_being_received_reserve_disk_space(
    protected_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(0, 0, 500 << 20))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    request = head(
        "POST", "/data/upload", VALID_HEADERS | {"Content-Length": str(200 << 20), "Expect": "100-continue"}
    )
    options = ConnectionOptions(data_dir=tmp_path, min_free_bytes=0)
    with (
        run_server(protected_app, options) as server,
        open_connection(server) as a,
        open_connection(server) as b,
        open_connection(server) as c,
    ):
        answers = []
        for client in (a, b, c):
            client.sendall(request)
            answers.append(client.recv(1_000)[9:12])
        a.close()

        assert answers == [b"100", b"100", b"503"]
        with open_connection(server) as later:
            wait_until(lambda: len(server._server.active_channels) <= 3)
            later.sendall(request)
            assert later.recv(1_000)[9:12] == b"100"

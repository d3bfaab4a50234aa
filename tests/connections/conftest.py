"""A real server whose application requires the access token, and raw connections to that server."""

import copy
import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from flask import Flask
from pydantic import SecretStr

from dashboard.access.access import Access
from dashboard.api.http.gate import header_check_of
from dashboard.app import create_app
from dashboard.connections.limits import ConnectionOptions
from dashboard.server import Server, listen
from dashboard.services import Services
from tests.api.conftest import TOKEN, idle_services

__all__ = ["idle_services"]
Connect = Callable[[], socket.socket]


@pytest.fixture(scope="module")
def _app(idle_services: Services, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    services = copy.copy(idle_services)
    services.settings = idle_services.settings.model_copy(
        update={"auth": "always", "dashboard_token": SecretStr(TOKEN)}
    )
    return create_app(services, static=tmp_path_factory.mktemp("static"))


@pytest.fixture
def protected_app(_app: Flask) -> Flask:
    """An application that requires the access token and has not received a wrong token yet."""
    services = _app.extensions["services"]
    services.access = Access(services.settings)
    return _app


@contextmanager
def run_server(app: Flask, options: ConnectionOptions | None = None) -> Iterator[Server]:
    """A server in a thread."""
    server = Server(
        app, listen("127.0.0.1", 0), options or ConnectionOptions(header_check=header_check_of(app))
    )
    thread = threading.Thread(target=server.run, args=(lambda: None,))
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(5)


@pytest.fixture(scope="module")
def server(_app: Flask) -> Iterator[Server]:
    with run_server(_app) as running:
        yield running


@pytest.fixture
def connect(server: Server, protected_app: Flask) -> Iterator[Connect]:
    """A function that opens a connection to the server. The connections are closed at the end."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=5))


@contextmanager
def open_connection(server: Server) -> Iterator[socket.socket]:
    """A connection to the server."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        yield client


def read_until_closed(client: socket.socket) -> bytes:
    """Read everything that the server sends until it closes the connection."""
    received = b""
    while data := client.recv(65_536):
        received += data
    return received


def read_response(client: socket.socket) -> tuple[int, bytes, str]:
    """Read the next response. Returns status, body and media type."""
    with http.client.HTTPResponse(client) as response:
        response.begin()
        return response.status, response.read(), response.headers.get_content_type()

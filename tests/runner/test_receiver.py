"""The receiver accepts only k6's pushes and loses none."""

import http.client
import select
import socket
import threading
from collections.abc import Iterator

import pytest

from dashboard.run_folder.push_log import MAX_BODY_BYTES
from dashboard.runner import ports
from dashboard.runner.receiver import Receiver
from tests.runner.conftest import wait_until

AUTHORIZED = {"Authorization": "Bearer right"}


class FakeStore:
    """Collects push bodies and log lines; fails when `full`."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.logged: list[str] = []
        self.full = False

    def store(self, body: bytes) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        self.bodies.append(body)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def idle(store: FakeStore) -> Iterator[Receiver]:
    """A receiver whose port is open but which does not accept connections."""
    listener = ports.listen_on_free_port()
    receiver = Receiver(ports.port_of(listener), listener, "right", store.store, store.logged.append)
    yield receiver
    receiver.serve_remaining(0)


@pytest.fixture
def receiver(idle: Receiver) -> Iterator[Receiver]:
    stopped = threading.Event()

    def serve() -> None:
        while not stopped.is_set():
            select.select([idle], [], [], 0.02)
            idle.accept_waiting()

    thread = threading.Thread(target=serve)
    thread.start()
    yield idle
    stopped.set()
    thread.join()


def port_of(receiver: Receiver) -> int:
    assert isinstance(receiver.server_address, tuple)
    return int(receiver.server_address[1])


@pytest.fixture
def client(receiver: Receiver) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", port_of(receiver), timeout=10)
    yield connection
    connection.close()


def read_status(client: http.client.HTTPConnection) -> int:
    response = client.getresponse()
    response.read()
    return response.status


def test_a_push_is_stored_and_acknowledged(client: http.client.HTTPConnection, store: FakeStore) -> None:
    client.request("POST", "/push", b"\x00body\xff", AUTHORIZED)
    assert read_status(client) == 204
    assert store.bodies == [b"\x00body\xff"]


def test_one_connection_carries_many_pushes(client: http.client.HTTPConnection, store: FakeStore) -> None:
    client.request("POST", "/push", b"1", AUTHORIZED)
    read_status(client)
    connection = client.sock
    for body in (b"2", b"3"):
        client.request("POST", "/push", body, AUTHORIZED)
        assert read_status(client) == 204
    assert client.sock is connection
    assert store.bodies == [b"1", b"2", b"3"]


@pytest.mark.parametrize(
    "authorization", ["Bearer wrong", "Bearer righ", "right", "Basic right", "Bearer rïght", ""]
)
def test_a_wrong_bearer_is_rejected(
    client: http.client.HTTPConnection, store: FakeStore, authorization: str
) -> None:
    client.request("POST", "/push", b"body", {"Authorization": authorization})
    assert read_status(client) == 401
    assert store.bodies == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/push"), ("PUT", "/push"), ("POST", "/"), ("POST", "/push/"), ("POST", "/../push"), ("X", "/")],
)
def test_other_requests_are_not_found(
    client: http.client.HTTPConnection, store: FakeStore, method: str, path: str
) -> None:
    client.request(method, path, b"body", AUTHORIZED)
    assert read_status(client) == 404
    assert store.bodies == []


@pytest.mark.parametrize("length", [None, "-1", "4x", "٣", ""])
def test_a_push_without_a_valid_length_is_rejected(
    client: http.client.HTTPConnection, store: FakeStore, length: str | None
) -> None:
    client.putrequest("POST", "/push")
    client.putheader("Authorization", AUTHORIZED["Authorization"])
    if length is not None:
        client.putheader("Content-Length", length.encode())
    client.endheaders()
    assert read_status(client) == 411
    assert store.bodies == []


@pytest.mark.parametrize("length", [MAX_BODY_BYTES + 1, 10**30])
def test_a_push_that_is_too_large_is_rejected_unread(
    client: http.client.HTTPConnection, store: FakeStore, length: int
) -> None:
    client.putrequest("POST", "/push")
    client.putheader("Authorization", AUTHORIZED["Authorization"])
    client.putheader("Content-Length", str(length))
    client.endheaders()
    assert read_status(client) == 413
    assert store.bodies == []


def test_a_full_disk_is_reported_to_k6_and_the_log(
    client: http.client.HTTPConnection, store: FakeStore
) -> None:
    store.full = True
    client.request("POST", "/push", b"body", AUTHORIZED)
    assert read_status(client) == 500
    store.full = False
    client.request("POST", "/push", b"body", AUTHORIZED)
    assert read_status(client) == 204
    assert store.logged == ["a push of 4 bytes could not be stored: [Errno 28] No space left on device"]


def test_an_incomplete_push_is_discarded(idle: Receiver, store: FakeStore) -> None:
    with socket.create_connection(("127.0.0.1", port_of(idle))) as connection:
        connection.sendall(head(100) + b"half")
    idle.serve_remaining(10)
    assert store.bodies == []
    assert idle.pushes == 0


def test_the_push_of_a_k6_that_has_died_is_stored(idle: Receiver, store: FakeStore) -> None:
    with socket.create_connection(("127.0.0.1", port_of(idle))) as connection:
        connection.sendall(head(4) + b"last")
    idle.serve_remaining(10)
    assert store.bodies == [b"last"]


def test_a_silent_client_delays_the_drain_only_up_to_the_limit(idle: Receiver) -> None:
    with socket.create_connection(("127.0.0.1", port_of(idle))):
        idle.serve_remaining(0.1)
    assert idle.fileno() == -1


def test_excess_connections_are_closed(receiver: Receiver) -> None:
    clients = [socket.create_connection(("127.0.0.1", port_of(receiver)), timeout=10) for _ in range(80)]
    try:
        wait_until(lambda: len(select.select(clients, [], [], 0)[0]) == 80 - 64)
        assert select.select(clients, [], [], 0)[0][0].recv(1) == b""
    finally:
        for client in clients:
            client.close()


def test_the_port_is_bound_as_soon_as_it_is_free(store: FakeStore) -> None:
    with ports.listen_on_free_port() as other:
        receiver = Receiver(ports.port_of(other), None, "right", store.store, store.logged.append)
        receiver.accept_waiting()
        assert receiver.fileno() == -1
    receiver.accept_waiting()
    assert receiver.fileno() > 0
    receiver.serve_remaining(0)


def head(length: int) -> bytes:
    return f"POST /push HTTP/1.1\r\nAuthorization: Bearer right\r\nContent-Length: {length}\r\n\r\n".encode()

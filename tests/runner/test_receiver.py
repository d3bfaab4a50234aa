"""The receiver takes k6's pushes and nobody else's, and loses none."""

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


class Kept:
    """What the receiver wanted to store, and whether the disk has room."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.said: list[str] = []
        self.full = False

    def keep(self, body: bytes) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        self.bodies.append(body)


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def idle(kept: Kept) -> Iterator[Receiver]:
    """Its port is open, but nobody accepts."""
    listener = ports.listen_somewhere()
    receiver = Receiver(ports.port_of(listener), listener, "right", kept.keep, kept.said.append)
    yield receiver
    receiver.drain(0)


@pytest.fixture
def receiver(idle: Receiver) -> Iterator[Receiver]:
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            select.select([idle], [], [], 0.02)
            idle.accept_waiting()

    thread = threading.Thread(target=serve)
    thread.start()
    yield idle
    over.set()
    thread.join()


def port_of(receiver: Receiver) -> int:
    assert isinstance(receiver.server_address, tuple)
    return int(receiver.server_address[1])


@pytest.fixture
def client(receiver: Receiver) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", port_of(receiver), timeout=10)
    yield connection
    connection.close()


def status(client: http.client.HTTPConnection) -> int:
    answer = client.getresponse()
    answer.read()
    return answer.status


def test_a_push_is_kept_and_answered(client: http.client.HTTPConnection, kept: Kept) -> None:
    client.request("POST", "/push", b"\x00body\xff", AUTHORIZED)
    assert status(client) == 204
    assert kept.bodies == [b"\x00body\xff"]


def test_one_connection_carries_many_pushes(client: http.client.HTTPConnection, kept: Kept) -> None:
    client.request("POST", "/push", b"1", AUTHORIZED)
    status(client)
    connection = client.sock
    for body in (b"2", b"3"):
        client.request("POST", "/push", body, AUTHORIZED)
        assert status(client) == 204
    assert client.sock is connection
    assert kept.bodies == [b"1", b"2", b"3"]


@pytest.mark.parametrize("given", ["Bearer wrong", "Bearer righ", "right", "Basic right", "Bearer rïght", ""])
def test_a_wrong_bearer_is_turned_away(client: http.client.HTTPConnection, kept: Kept, given: str) -> None:
    client.request("POST", "/push", b"body", {"Authorization": given})
    assert status(client) == 401
    assert kept.bodies == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/push"), ("PUT", "/push"), ("POST", "/"), ("POST", "/push/"), ("POST", "/../push"), ("X", "/")],
)
def test_anything_else_is_not_found(
    client: http.client.HTTPConnection, kept: Kept, method: str, path: str
) -> None:
    client.request(method, path, b"body", AUTHORIZED)
    assert status(client) == 404
    assert kept.bodies == []


@pytest.mark.parametrize("length", [None, "-1", "4x", "٣", ""])
def test_a_push_without_a_length_is_turned_away(
    client: http.client.HTTPConnection, kept: Kept, length: str | None
) -> None:
    client.putrequest("POST", "/push")
    client.putheader("Authorization", AUTHORIZED["Authorization"])
    if length is not None:
        client.putheader("Content-Length", length.encode())
    client.endheaders()
    assert status(client) == 411
    assert kept.bodies == []


@pytest.mark.parametrize("length", [MAX_BODY_BYTES + 1, 10**30])
def test_a_push_that_is_too_large_is_turned_away_unread(
    client: http.client.HTTPConnection, kept: Kept, length: int
) -> None:
    client.putrequest("POST", "/push")
    client.putheader("Authorization", AUTHORIZED["Authorization"])
    client.putheader("Content-Length", str(length))
    client.endheaders()
    assert status(client) == 413
    assert kept.bodies == []


def test_a_full_disk_is_answered_and_told(client: http.client.HTTPConnection, kept: Kept) -> None:
    kept.full = True
    client.request("POST", "/push", b"body", AUTHORIZED)
    assert status(client) == 500
    kept.full = False
    client.request("POST", "/push", b"body", AUTHORIZED)
    assert status(client) == 204
    assert kept.said == ["a push of 4 bytes could not be kept: [Errno 28] No space left on device"]


def test_half_a_push_is_none(idle: Receiver, kept: Kept) -> None:
    with socket.create_connection(("127.0.0.1", port_of(idle))) as connection:
        connection.sendall(head(100) + b"half")
    idle.drain(10)
    assert kept.bodies == []
    assert idle.pushes == 0


def test_a_push_of_a_k6_that_died_meanwhile_is_kept(idle: Receiver, kept: Kept) -> None:
    with socket.create_connection(("127.0.0.1", port_of(idle))) as connection:
        connection.sendall(head(4) + b"last")
    idle.drain(10)
    assert kept.bodies == [b"last"]


def test_a_silent_client_holds_up_the_end_no_longer_than_allowed(idle: Receiver) -> None:
    with socket.create_connection(("127.0.0.1", port_of(idle))):
        idle.drain(0.1)
    assert idle.fileno() == -1


def test_too_many_connections_are_closed(receiver: Receiver) -> None:
    clients = [socket.create_connection(("127.0.0.1", port_of(receiver)), timeout=10) for _ in range(80)]
    try:
        wait_until(lambda: len(select.select(clients, [], [], 0)[0]) == 80 - 64)
        assert select.select(clients, [], [], 0)[0][0].recv(1) == b""
    finally:
        for client in clients:
            client.close()


def test_the_port_is_taken_as_soon_as_it_is_free(kept: Kept) -> None:
    with ports.listen_somewhere() as other:
        receiver = Receiver(ports.port_of(other), None, "right", kept.keep, kept.said.append)
        receiver.accept_waiting()
        assert receiver.fileno() == -1
    receiver.accept_waiting()
    assert receiver.fileno() > 0
    receiver.drain(0)


def head(length: int) -> bytes:
    return f"POST /push HTTP/1.1\r\nAuthorization: Bearer right\r\nContent-Length: {length}\r\n\r\n".encode()

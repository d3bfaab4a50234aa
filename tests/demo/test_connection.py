"""The connection: exact counts for any client behavior, and no input ends the service."""

import socket
import threading
import time
from collections.abc import Callable

import pytest
import requests

from dashboard.demo.launcher import DemoProcess
from tests.demo.conftest import StartDemo
from tests.demo.test_shop import counters

GET = b"GET /api/products HTTP/1.1\r\nHost: x\r\n\r\n"


def connect(demo: DemoProcess) -> socket.socket:
    return socket.create_connection(("127.0.0.1", demo.port), timeout=5)


def read_all(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65536), b""))


def wait_for(condition: Callable[[], bool], within_s: float = 5.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"the condition is still false after {within_s:g} s"
        time.sleep(0.01)


def test_pipelined_requests_are_answered_in_order(demo: DemoProcess) -> None:
    with connect(demo) as client:
        slow = b"GET /api/products/1?delay_ms=80 HTTP/1.1\r\nHost: x\r\n\r\n"
        client.sendall(slow + b"GET /api/orders/1001 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        responses = read_all(client)
    assert responses.count(b"HTTP/1.1 200 OK") == 2
    assert responses.index(b"price_cents") < responses.index(b"accepted")


def test_a_request_may_arrive_byte_by_byte(demo: DemoProcess) -> None:
    body = b'{"product_id": 1}'
    head = b"POST /api/orders HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(
        body
    )
    with connect(demo) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in head + body:
            client.sendall(bytes([byte]))
        assert read_all(client).startswith(b"HTTP/1.1 201 Created")


def test_a_client_may_expect_100_continue(demo: DemoProcess) -> None:
    with connect(demo) as client:
        client.sendall(
            b"POST /api/checkout HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        )
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"{}")
        assert client.recv(1000).startswith(b"HTTP/1.1 ")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"x" * 20_000, b"431"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 20_000 + b"\r\n\r\n", b"431"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 500_000, b"413"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
    ],
)
def test_a_malformed_request_closes_only_its_connection(
    demo: DemoProcess, data: bytes, status: bytes
) -> None:
    with connect(demo) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        assert read_all(client).startswith(b"HTTP/1.1 " + status)
    assert requests.get(demo.url + "/health", timeout=5).ok
    assert counters(demo)["received"] == 0


def test_only_complete_requests_of_disconnected_clients_are_counted(start: StartDemo) -> None:
    demo = start("--hang", "Search")
    for data in (
        b"",
        b"GET",
        GET[:-2],
        b"POST /api/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
    ):
        with connect(demo) as client:
            client.sendall(data)
    with connect(demo) as client:
        client.sendall(b"GET /api/search HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_for(lambda: counters(demo)["received"] == 1)
    assert counters(demo)["answered"] == 0


def test_the_request_of_a_disconnected_client_is_not_counted_as_answered(demo: DemoProcess) -> None:
    with connect(demo) as client:
        client.sendall(b"GET /api/products?delay_ms=150 HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_for(lambda: counters(demo)["received"] == 1)
    requests.get(demo.url + "/api/profile?delay_ms=250", timeout=5)
    assert counters(demo)["operations"]["ListProducts"] == {"received": 1, "answered": 0, "statuses": {}}


def test_a_client_that_does_not_read_gets_no_further_responses(demo: DemoProcess) -> None:
    with connect(demo) as client:
        total = 20_000
        last = b"GET /api/products HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        sender = threading.Thread(target=client.sendall, args=(GET * (total - 1) + last,))
        sender.start()
        wait_for(lambda: is_stalled(demo))
        stalled = counters(demo)
        assert stalled["received"] - stalled["answered"] == 1
        assert read_all(client).count(b"HTTP/1.1 200 OK") == total
        sender.join()
    assert counters(demo)["answered"] == total


def is_stalled(demo: DemoProcess) -> bool:
    before = counters(demo)
    time.sleep(0.1)
    return bool(before["received"] > 0 and counters(demo) == before)


def test_counts_are_exact_with_concurrent_clients_that_give_up(demo: DemoProcess) -> None:
    def patient() -> None:
        with requests.Session() as session:
            for _ in range(100):
                assert session.get(demo.url + "/api/products/1", timeout=5).status_code == 200

    def impatient() -> None:
        for _ in range(20):
            with connect(demo) as client:
                client.sendall(b"GET /api/orders/1001?delay_ms=30000 HTTP/1.1\r\nHost: x\r\n\r\n")
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    threads = [threading.Thread(target=work) for work in (patient, impatient) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = counters(demo)
    assert counts["operations"]["GetProduct"] == {"received": 400, "answered": 400, "statuses": {"200": 400}}
    # a connection reset may overtake the request, so fewer than 80 requests may have been received
    given_up = counts["operations"].get("GetOrder", {"received": 0, "answered": 0})
    assert given_up["received"] <= 80
    assert given_up["answered"] == 0


def test_a_slow_operation_does_not_delay_others(demo: DemoProcess) -> None:
    with connect(demo) as client:
        client.sendall(b"GET /api/products?delay_ms=30000 HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_for(lambda: counters(demo)["received"] == 1)
        assert requests.get(demo.url + "/api/products/1", timeout=5).elapsed.total_seconds() < 1

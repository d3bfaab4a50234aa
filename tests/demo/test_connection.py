"""The connection: exact counts whatever clients do, and nothing that a client sends ends the service."""

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


def until(condition: Callable[[], bool], within_s: float = 5.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.01)


def test_pipelined_requests_are_answered_in_order(demo: DemoProcess) -> None:
    with connect(demo) as client:
        slow = b"GET /api/products/1?delay_ms=80 HTTP/1.1\r\nHost: x\r\n\r\n"
        client.sendall(slow + b"GET /api/orders/1001 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answered = read_all(client)
    assert answered.count(b"HTTP/1.1 200 OK") == 2
    assert answered.index(b"price_cents") < answered.index(b"accepted")


def test_a_request_may_come_in_single_bytes(demo: DemoProcess) -> None:
    body = b'{"product_id": 1}'
    head = b"POST /api/orders HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(
        body
    )
    with connect(demo) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in head + body:
            client.sendall(bytes([byte]))
        assert read_all(client).startswith(b"HTTP/1.1 201 Created")


def test_a_client_may_ask_before_it_sends_the_body(demo: DemoProcess) -> None:
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
def test_a_malformed_request_is_told_so_and_ends_only_its_connection(
    demo: DemoProcess, data: bytes, status: bytes
) -> None:
    with connect(demo) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        assert read_all(client).startswith(b"HTTP/1.1 " + status)
    assert requests.get(demo.url + "/health", timeout=5).ok
    assert counters(demo)["received"] == 0


def test_clients_that_vanish_leave_no_trace_but_what_was_received(start: StartDemo) -> None:
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
        until(lambda: counters(demo)["received"] == 1)
    assert counters(demo)["answered"] == 0


def test_a_client_that_left_is_not_counted_as_answered(demo: DemoProcess) -> None:
    with connect(demo) as client:
        client.sendall(b"GET /api/products?delay_ms=150 HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: counters(demo)["received"] == 1)
    requests.get(demo.url + "/api/profile?delay_ms=250", timeout=5)
    assert counters(demo)["operations"]["ListProducts"] == {"received": 1, "answered": 0, "statuses": {}}


def test_a_client_that_does_not_read_is_not_answered_until_it_does(demo: DemoProcess) -> None:
    with connect(demo) as client:
        asked = 20_000
        last = b"GET /api/products HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        sender = threading.Thread(target=client.sendall, args=(GET * (asked - 1) + last,))
        sender.start()
        until(lambda: stalled(demo))
        stuck = counters(demo)
        assert stuck["received"] - stuck["answered"] == 1
        assert read_all(client).count(b"HTTP/1.1 200 OK") == asked
        sender.join()
    assert counters(demo)["answered"] == asked


def stalled(demo: DemoProcess) -> bool:
    before = counters(demo)
    time.sleep(0.1)
    return bool(before["received"] > 0 and counters(demo) == before)


def test_counts_are_exact_under_concurrent_clients_some_of_which_give_up(demo: DemoProcess) -> None:
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
    counted = counters(demo)
    assert counted["operations"]["GetProduct"] == {"received": 400, "answered": 400, "statuses": {"200": 400}}
    # A reset by the client may overtake its own request, so fewer than 80 can have been received.
    given_up = counted["operations"].get("GetOrder", {"received": 0, "answered": 0})
    assert given_up["received"] <= 80
    assert given_up["answered"] == 0


def test_a_slow_operation_does_not_hold_up_others(demo: DemoProcess) -> None:
    with connect(demo) as client:
        client.sendall(b"GET /api/products?delay_ms=30000 HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: counters(demo)["received"] == 1)
        assert requests.get(demo.url + "/api/products/1", timeout=5).elapsed.total_seconds() < 1

"""The guarded client: which addresses it refuses, and what it says when nothing comes back."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dashboard import outbound
from dashboard.addresses import Guard, Refused
from dashboard.outbound import Answer, NoAnswer, Way, fetch
from dashboard.proxies import Proxy
from tests.certificates import an_authority

HERE = Guard(allow_loopback=True)
BEYOND = Guard(allow_loopback=False)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Serve = Callable[[Callable[[socket.socket, bytes], None]], int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server on loopback: a function gets each connection and its request. Gives the port."""
    listeners: list[socket.socket] = []

    def start(reply: Callable[[socket.socket, bytes], None]) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    try:
                        reply(connection, connection.recv(65_536))
                    except OSError:
                        continue

        threading.Thread(target=accept, daemon=True).start()
        port: int = listener.getsockname()[1]
        return port

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def ask(url: str, guard: Guard = HERE, timeout_s: float = 2.0, **headers: str) -> Answer:
    return fetch(urlsplit(url), guard, headers=headers, way=Way(timeout_s=timeout_s))


def says(reply: bytes) -> Callable[[socket.socket, bytes], None]:
    return lambda connection, _: connection.sendall(reply)


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Any name resolves to `addresses`; the names that were asked for are in the list."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        families = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [
            (families[ip_address(text).version], socket.SOCK_STREAM, 6, "", (text, port))
            for text in addresses
        ]

    monkeypatch.setattr(outbound.socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.0.1",
        "fe80::1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "::169.254.169.254",
        "fd00:ec2::254",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "::ffff:100.100.100.200",
        "224.0.0.1",
        "ff02::1",
        "0.0.0.0",
        "::",
        "::ffff:0.0.0.0",
        "255.255.255.255",
    ],
)
def test_some_addresses_are_always_refused(address: str) -> None:
    for guard in (HERE, BEYOND):
        with pytest.raises(Refused):
            guard.check(address, ip_address(address), 80)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
def test_loopback_is_refused_when_the_dashboard_listens_beyond_it(address: str) -> None:
    HERE.check(address, ip_address(address), 80)
    with pytest.raises(Refused, match="this machine itself"):
        BEYOND.check(address, ip_address(address), 80)


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "192.168.1.1", "172.16.0.1", "fd12::1", "93.184.216.34", "2606:2800::1"]
)
def test_private_and_public_addresses_are_allowed(address: str) -> None:
    BEYOND.check(address, ip_address(address), 80)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "::ffff:127.0.0.1"])
def test_the_dashboards_own_port_is_refused_on_this_machine(address: str) -> None:
    guard = Guard(allow_loopback=True, own_ports=frozenset({5656}))

    with pytest.raises(Refused, match="the dashboard itself"):
        guard.check(address, ip_address(address), 5656)
    guard.check(address, ip_address(address), 8000)


def test_the_same_port_elsewhere_is_not_ours() -> None:
    Guard(allow_loopback=True, own_ports=frozenset({5656})).check("far", ip_address("192.0.2.1"), 5656)


@pytest.mark.parametrize("name", ["metadata.google.internal", "METADATA.google.internal.", "metadata"])
def test_names_of_metadata_services_are_refused_before_they_are_resolved(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    asked = resolve_to(monkeypatch, "93.184.216.34")

    with pytest.raises(Refused):
        ask(f"http://{name}/")
    assert asked == []


def test_one_bad_address_of_a_name_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, "93.184.216.34", "169.254.169.254")

    with pytest.raises(Refused, match=r"sly\.example \(169\.254\.169\.254\)"):
        ask("http://sly.example/")


def test_the_judged_address_is_the_one_that_is_connected_to(
    monkeypatch: pytest.MonkeyPatch, serve: Serve
) -> None:
    port = serve(lambda connection, request: connection.sendall(OK + request))
    asked = resolve_to(monkeypatch, "127.0.0.1")
    answer = ask(f"http://shop.example:{port}/a?b=c", **{"X-Key": "käse"})

    assert asked == ["shop.example"]
    assert (answer.status, answer.body[:2], answer.complete) == (200, b"ok", True)


def test_the_request_carries_the_name_the_path_and_the_headers(
    monkeypatch: pytest.MonkeyPatch, serve: Serve
) -> None:
    seen: list[bytes] = []
    port = serve(lambda connection, request: (seen.append(request), connection.sendall(OK))[1])
    resolve_to(monkeypatch, "127.0.0.1")
    ask(f"http://shop.example:{port}/a%20b?c=d", Authorization="Bearer x", **{"X-Key": "käse"})

    lines = seen[0].split(b"\r\n")
    assert lines[0] == b"GET /a%20b?c=d HTTP/1.1"
    assert f"Host: shop.example:{port}".encode() in lines
    assert b"Authorization: Bearer x" in lines
    assert "X-Key: käse".encode() in lines


@pytest.mark.parametrize("spelling", ["2130706433", "0x7f.1", "127.1", "localhost"])
def test_other_spellings_of_loopback_are_judged_too(spelling: str) -> None:
    with pytest.raises(Refused, match="this machine itself"):
        ask(f"http://{spelling}:9/", BEYOND)


def test_redirects_are_reported_and_not_followed(serve: Serve) -> None:
    port = serve(
        says(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n")
    )
    answer = ask(f"http://127.0.0.1:{port}/")

    assert (answer.status, answer.location) == (302, "http://169.254.169.254/")


def test_a_body_without_end_is_cut(serve: Serve) -> None:
    def pour(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65_536)

    answer = ask(f"http://127.0.0.1:{serve(pour)}/")

    assert not answer.complete
    assert len(answer.body) == outbound.MOST_BYTES


def test_an_answer_that_drips_ends_at_the_time_limit(serve: Serve) -> None:
    def drip(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X: y\r\n")
            time.sleep(0.02)

    started = time.monotonic()
    with pytest.raises(NoAnswer, match=r"no answer within 0\.3 s"):
        ask(f"http://127.0.0.1:{serve(drip)}/", timeout_s=0.3)
    assert time.monotonic() - started < 2


def test_a_body_that_drips_is_an_answer_all_the_same(serve: Serve) -> None:
    def drip(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        while True:
            connection.sendall(b": beat\n")
            time.sleep(0.02)

    answer = ask(f"http://127.0.0.1:{serve(drip)}/", timeout_s=0.3)

    assert (answer.status, answer.complete) == (200, False)
    assert answer.duration_ms < 300


@contextlib.contextmanager
def dripping_tls(folder: Path, head: bytes) -> Iterator[Callable[[], Answer]]:
    """Asks a server of TLS that sends `head` and never comes to an end."""
    pair = an_authority(folder)
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    server.load_cert_chain(pair.certificate, pair.key)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE

    def drip() -> None:
        with (
            contextlib.suppress(OSError),
            server.wrap_socket(listener.accept()[0], server_side=True) as secured,
        ):
            secured.recv(65_536)
            secured.sendall(head)
            while True:
                secured.sendall(b"X: y\r\n")
                time.sleep(0.02)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip, daemon=True).start()
        url, way = urlsplit(f"https://127.0.0.1:{listener.getsockname()[1]}/"), Way(tls=client, timeout_s=0.3)
        started = time.monotonic()
        yield lambda: fetch(url, HERE, headers={}, way=way)
        assert time.monotonic() - started < 2


def test_an_answer_that_drips_through_tls_ends_at_the_time_limit_too(tmp_path: Path) -> None:
    with (
        dripping_tls(tmp_path, b"HTTP/1.1 200 OK\r\n") as asked,
        pytest.raises(NoAnswer, match=r"no answer within 0\.3 s"),
    ):
        asked()


def test_a_body_that_drips_through_tls_is_cut_as_it_was_meant(tmp_path: Path) -> None:
    with dripping_tls(tmp_path, b"HTTP/1.1 200 OK\r\n\r\n") as asked:
        answer = asked()
    assert (answer.status, answer.complete) == (200, False)
    assert set(answer.body) <= set(b"X: y\r\n")


def test_silence_is_a_time_out(serve: Serve) -> None:
    ended = threading.Event()
    port = serve(lambda *_: (ended.wait(5), None)[1])
    with pytest.raises(NoAnswer, match=r"no answer within 0\.2 s"):
        ask(f"http://127.0.0.1:{port}/", timeout_s=0.2)
    ended.set()


def test_a_name_server_that_is_silent_is_a_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *_, **__: [ended.wait(5)])
    with pytest.raises(NoAnswer, match=r"no answer within 0\.2 s"):
        ask("http://slow.example/", timeout_s=0.2)
    ended.set()


def test_a_refused_connection_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NoAnswer, match="refused: nothing listens"):
        ask(f"http://127.0.0.1:{port}/")


def test_an_unknown_name_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(outbound.socket, "getaddrinfo", unknown)
    with pytest.raises(NoAnswer, match="cannot be resolved: Name or service not known"):
        ask("http://nowhere.example/")


@pytest.mark.parametrize("scheme", [None, "http", "socks5"])
@pytest.mark.parametrize("host", ["a..b", ".a", "x" * 300, "x." * 150, "ä" * 80])
def test_what_is_no_host_name_is_said_so(host: str, scheme: str | None) -> None:
    proxy = Proxy(scheme=scheme, host="127.0.0.1", port=1) if scheme else None
    with pytest.raises(NoAnswer, match="cannot be resolved"):
        fetch(urlsplit(f"https://{host}/"), HERE, headers={}, way=Way(proxy=proxy))


def test_a_name_beyond_ascii_is_asked_for_as_name_servers_know_it(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, asked = serve(says(OK)), resolve_to(monkeypatch, "127.0.0.1")

    assert ask(f"http://bücher.example:{port}/").status == 200
    assert asked == ["xn--bcher-kva.example"]


def test_what_is_no_http_is_quoted_without_control_characters(serve: Serve) -> None:
    port = serve(says(b"\x16\x03\x1b[31m" + b"x" * 500 + b"\r\n"))

    with pytest.raises(NoAnswer) as told:
        ask(f"http://127.0.0.1:{port}/")
    assert str(told.value).isprintable()
    assert "does not speak HTTP" in str(told.value)
    assert len(str(told.value)) < 200


def test_a_plain_server_asked_with_tls_is_said_so(serve: Serve) -> None:
    with pytest.raises(NoAnswer, match="TLS failed"):
        ask(f"https://127.0.0.1:{serve(says(b'HTTP/1.1 400 Bad Request'))}/")


@pytest.mark.parametrize(
    "reply", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort"]
)
def test_what_does_not_speak_http_is_said_so(serve: Serve, reply: bytes) -> None:
    with pytest.raises(NoAnswer, match="does not speak HTTP|closed before"):
        ask(f"http://127.0.0.1:{serve(says(reply))}/")


def test_a_certificate_that_is_not_trusted_is_said_so() -> None:
    error = outbound.ssl.SSLCertVerificationError("x")
    error.verify_message = "self-signed certificate"

    assert (
        outbound._words(error, 5) == "TLS failed: the certificate is not trusted (self-signed certificate)."
    )

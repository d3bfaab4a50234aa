"""The guarded client: its requests, its limits and its errors."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dashboard.outbound import client
from dashboard.outbound.addresses import AddressGuard, AddressRefused
from dashboard.outbound.client import OutboundResponse, fetch
from dashboard.outbound.failures import NoResponse, reason_for
from dashboard.outbound.proxies import Proxy
from dashboard.outbound.route import Route
from tests.certificates import an_authority

GUARD = AddressGuard()
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Serve = Callable[[Callable[[socket.socket, bytes], None]], int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Yield a function that starts a loopback server with `reply` as its handler, and returns the port."""
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


def request(
    url: str,
    guard: AddressGuard = GUARD,
    *,
    timeout_s: float = 2.0,
    headers: Mapping[str, str] | None = None,
) -> OutboundResponse:
    return fetch(urlsplit(url), guard, headers=headers or {}, route=Route(timeout_s=timeout_s))


def replies(reply: bytes) -> Callable[[socket.socket, bytes], None]:
    return lambda connection, _: connection.sendall(reply)


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let every host name resolve to `addresses`; the returned list collects the requested names."""
    requested: list[str] = []

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        requested.append(host)
        families = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [
            (families[ip_address(text).version], socket.SOCK_STREAM, 6, "", (text, port))
            for text in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return requested


@pytest.mark.parametrize("name", ["metadata.google.internal", "METADATA.google.internal.", "metadata"])
def test_metadata_host_names_are_refused_before_resolution(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    requested = resolve_to(monkeypatch, "93.184.216.34")

    with pytest.raises(AddressRefused):
        request(f"http://{name}/")
    assert requested == []


def test_one_refused_address_refuses_the_host_name(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, "93.184.216.34", "169.254.169.254")

    with pytest.raises(AddressRefused, match=r"sly\.example \(169\.254\.169\.254\)"):
        request("http://sly.example/")


def test_the_connection_uses_the_checked_address(monkeypatch: pytest.MonkeyPatch, serve: Serve) -> None:
    port = serve(lambda connection, request: connection.sendall(OK + request))
    requested = resolve_to(monkeypatch, "127.0.0.1")
    response = request(f"http://shop.example:{port}/a?b=c", headers={"X-Key": "käse"})

    assert requested == ["shop.example"]
    assert (response.status, response.body[:2], response.complete) == (200, b"ok", True)


def test_the_request_has_the_host_name_path_and_headers(
    monkeypatch: pytest.MonkeyPatch, serve: Serve
) -> None:
    received: list[bytes] = []
    port = serve(lambda connection, request: (received.append(request), connection.sendall(OK))[1])
    resolve_to(monkeypatch, "127.0.0.1")
    request(f"http://shop.example:{port}/a%20b?c=d", headers={"Authorization": "Bearer x", "X-Key": "käse"})

    lines = received[0].split(b"\r\n")
    assert lines[0] == b"GET /a%20b?c=d HTTP/1.1"
    assert f"Host: shop.example:{port}".encode() in lines
    assert b"Authorization: Bearer x" in lines
    assert "X-Key: käse".encode() in lines


@pytest.mark.parametrize("spelling", ["2130706433", "0x7f.1", "127.1"])
def test_other_spellings_of_addresses_are_refused(spelling: str) -> None:
    with pytest.raises(AddressRefused, match="not the usual form of an address"):
        request(f"http://{spelling}:9/")


def test_redirects_are_reported_and_not_followed(serve: Serve) -> None:
    port = serve(
        replies(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n")
    )
    response = request(f"http://127.0.0.1:{port}/")

    assert (response.status, response.location) == (302, "http://169.254.169.254/")


def test_the_body_of_a_redirect_is_limited_too(serve: Serve) -> None:
    def pour(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65_536)

    response = request(f"http://127.0.0.1:{serve(pour)}/")

    assert (response.status, response.complete) == (302, False)
    assert len(response.body) == client.MAX_BODY_BYTES


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch, serve: Serve) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    assert request(f"http://127.0.0.1:{serve(replies(OK))}/").status == 200


def test_an_endless_body_is_cut(serve: Serve) -> None:
    def pour(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65_536)

    response = request(f"http://127.0.0.1:{serve(pour)}/")

    assert not response.complete
    assert len(response.body) == client.MAX_BODY_BYTES


def test_a_slow_response_head_ends_at_the_time_limit(serve: Serve) -> None:
    def drip(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X: y\r\n")
            time.sleep(0.02)

    started = time.monotonic()
    with pytest.raises(NoResponse, match=r"no response within 0\.3 s"):
        request(f"http://127.0.0.1:{serve(drip)}/", timeout_s=0.3)
    assert time.monotonic() - started < 2


def test_a_slow_body_is_cut_at_the_time_limit(serve: Serve) -> None:
    def drip(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        while True:
            connection.sendall(b": beat\n")
            time.sleep(0.02)

    response = request(f"http://127.0.0.1:{serve(drip)}/", timeout_s=0.3)

    assert (response.status, response.complete) == (200, False)
    assert response.duration_ms < 300


@contextlib.contextmanager
def dripping_tls(folder: Path, head: bytes) -> Iterator[Callable[[], OutboundResponse]]:
    """Yield a function that sends a request to a TLS server, which sends `head` and then never finishes."""
    pair = an_authority(folder)
    server, context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    server.load_cert_chain(pair.certificate, pair.key)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

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
        url, route = (
            urlsplit(f"https://127.0.0.1:{listener.getsockname()[1]}/"),
            Route(tls=context, timeout_s=0.3),
        )
        started = time.monotonic()
        yield lambda: fetch(url, GUARD, headers={}, route=route)
        assert time.monotonic() - started < 2


def test_a_slow_response_head_over_tls_ends_at_the_time_limit(tmp_path: Path) -> None:
    with (
        dripping_tls(tmp_path, b"HTTP/1.1 200 OK\r\n") as requested,
        pytest.raises(NoResponse, match=r"no response within 0\.3 s"),
    ):
        requested()


def test_a_slow_body_over_tls_is_cut_at_the_time_limit(tmp_path: Path) -> None:
    with dripping_tls(tmp_path, b"HTTP/1.1 200 OK\r\n\r\n") as requested:
        response = requested()
    assert (response.status, response.complete) == (200, False)
    assert set(response.body) <= set(b"X: y\r\n")


def test_a_silent_server_is_a_timeout(serve: Serve) -> None:
    ended = threading.Event()
    port = serve(lambda *_: (ended.wait(5), None)[1])
    with pytest.raises(NoResponse, match=r"no response within 0\.2 s"):
        request(f"http://127.0.0.1:{port}/", timeout_s=0.2)
    ended.set()


def test_a_silent_name_server_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [ended.wait(5)])
    with pytest.raises(NoResponse, match=r"no response within 0\.2 s"):
        request("http://slow.example/", timeout_s=0.2)
    ended.set()


def test_a_refused_connection_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NoResponse, match="refused: no server listens"):
        request(f"http://127.0.0.1:{port}/")


def test_an_unknown_host_name_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(NoResponse, match="cannot be resolved: Name or service not known"):
        request("http://nowhere.example/")


@pytest.mark.parametrize("scheme", [None, "http", "socks5"])
@pytest.mark.parametrize("host", ["a..b", ".a", "x" * 300, "x." * 150, "ä" * 80])
def test_an_invalid_host_name_is_reported(host: str, scheme: str | None) -> None:
    proxy = Proxy(scheme=scheme, host="127.0.0.1", port=1) if scheme else None
    with pytest.raises(NoResponse, match="cannot be resolved"):
        fetch(urlsplit(f"https://{host}/"), GUARD, headers={}, route=Route(proxy=proxy))


def test_a_non_ascii_host_name_is_resolved_in_its_idna_form(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, requested = serve(replies(OK)), resolve_to(monkeypatch, "127.0.0.1")

    assert request(f"http://bücher.example:{port}/").status == 200
    assert requested == ["xn--bcher-kva.example"]


def test_an_invalid_response_is_quoted_without_control_characters(serve: Serve) -> None:
    port = serve(replies(b"\x16\x03\x1b[31m" + b"x" * 500 + b"\r\n"))

    with pytest.raises(NoResponse) as caught:
        request(f"http://127.0.0.1:{port}/")
    assert str(caught.value).isprintable()
    assert "not valid HTTP" in str(caught.value)
    assert len(str(caught.value)) < 200


def test_https_to_a_plain_server_is_reported(serve: Serve) -> None:
    with pytest.raises(NoResponse, match="TLS failed"):
        request(f"https://127.0.0.1:{serve(replies(b'HTTP/1.1 400 Bad Request'))}/")


@pytest.mark.parametrize(
    "reply", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort"]
)
def test_an_invalid_response_is_reported(serve: Serve, reply: bytes) -> None:
    with pytest.raises(NoResponse, match="not valid HTTP|closed before"):
        request(f"http://127.0.0.1:{serve(replies(reply))}/")


def test_an_untrusted_certificate_is_reported() -> None:
    error = ssl.SSLCertVerificationError("x")
    error.verify_message = "self-signed certificate"

    assert reason_for(error, 5) == "TLS failed: the certificate is not trusted (self-signed certificate)."

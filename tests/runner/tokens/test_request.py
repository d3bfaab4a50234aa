"""One token request: what is sent, and the error when no token comes back."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dashboard.runner.tokens import request as token_request
from dashboard.runner.tokens.request import request_token
from dashboard.runner.tokens.response import TokenError
from tests.certificates import an_authority, issue_certificate
from tests.factories import an_auth_file
from tests.fakes.token_server import SECRET, TOKEN_PATH, FakeTokenServer


@pytest.fixture
def token_server() -> Iterator[FakeTokenServer]:
    server = FakeTokenServer()
    yield server
    server.close()


def error_of(url: str, timeout_s: float = 2.0, **changes: Any) -> str:
    with pytest.raises(TokenError) as caught:
        request_token(an_auth_file(url, **changes), timeout_s=timeout_s)
    return str(caught.value)


def test_the_request_has_method_headers_body_and_current_token(token_server: FakeTokenServer) -> None:
    auth = an_auth_file(
        token_server.url + TOKEN_PATH + "?a=1",
        method="PUT",
        headers={"Authorization": "Bearer @TOKEN@", "X-Tenant": "blue"},
        body='{"old": "@TOKEN@"}',
        token="first",
    )
    assert request_token(auth) == (token_server.issued[-1], 60.0)
    received = token_server.requests[0]
    assert (received.method, received.body) == ("PUT", '{"old": "first"}')
    assert (received.headers["Authorization"], received.headers["X-Tenant"]) == ("Bearer first", "blue")


@pytest.mark.parametrize(
    ("behavior", "reason"),
    [
        ("wrong", "rejects the credentials (401: invalid_client: Invalid client or"),
        ("down", "responds with 503 (in maintenance)"),
        ("html", "not a JSON object"),
        ("redirect", "redirects to /elsewhere; redirects are not followed"),
        ("empty", "has no access_token or token"),
        ("hang", "did not respond within 0.5 s"),
    ],
)
def test_the_error_names_the_reason_and_the_server(
    token_server: FakeTokenServer, behavior: str, reason: str
) -> None:
    token_server.behavior = behavior
    message = error_of(
        token_server.url + TOKEN_PATH, timeout_s=0.5, body=f"secret={SECRET}", hidden=(SECRET,)
    )
    assert reason in message
    assert f"token server 127.0.0.1:{token_server.server_port}" in message
    assert SECRET not in message


def test_a_closed_port_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert "no server listens on that port" in error_of(f"http://127.0.0.1:{port}/token")


def test_an_unknown_host_name_is_reported() -> None:
    assert "cannot be resolved" in error_of("http://no-such-host.invalid/token", timeout_s=15)


def test_https_to_a_plain_server_is_reported(token_server: FakeTokenServer) -> None:
    assert "TLS failed" in error_of(token_server.url.replace("http:", "https:") + TOKEN_PATH)


@pytest.mark.parametrize("verify_tls", [True, False])
def test_a_certificate_is_checked_against_the_name(
    token_server: FakeTokenServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verify_tls: bool
) -> None:
    authority = an_authority(tmp_path)
    pair = issue_certificate(authority, tmp_path, "sso.test")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    token_server.socket = context.wrap_socket(
        token_server.socket, server_side=True, do_handshake_on_connect=False
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    url = token_server.url.replace("http:", "https:") + TOKEN_PATH

    assert request_token(an_auth_file(url, verify_tls=verify_tls)).text == token_server.issued[-1]
    other_name = url.replace("127.0.0.1", "localhost")
    if verify_tls:
        assert "certificate is not trusted" in error_of(other_name, verify_tls=True)
    else:
        assert request_token(an_auth_file(other_name, verify_tls=False)).text == token_server.issued[-1]


def test_an_endless_response_is_aborted() -> None:
    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while True:
                    connection.sendall(b" ")
                    time.sleep(0.02)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        started = time.monotonic()
        message = error_of(f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout_s=0.3)
        thread.join(5)
    assert "did not respond within 0.3 s" in message
    assert time.monotonic() - started < 2
    assert not thread.is_alive()


def test_the_dashboard_itself_is_refused(token_server: FakeTokenServer) -> None:
    port = token_server.server_port
    assert "is the dashboard itself" in error_of(token_server.url + TOKEN_PATH, own_port=port)
    assert token_server.requests == []


def test_certificates_are_verified_unless_verification_is_off() -> None:
    def context(*, verify: bool) -> ssl.SSLContext:
        url = urlsplit("https://sso.example.com/token")
        connection: Any = token_request._connection(url, 1.0, verify=verify)
        ssl_context: ssl.SSLContext = connection._context
        return ssl_context

    assert context(verify=True).verify_mode is ssl.CERT_REQUIRED
    assert context(verify=False).verify_mode is ssl.CERT_NONE

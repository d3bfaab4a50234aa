"""One request for a token: what goes out, and the words when nothing comes back."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.runner.tokens import request as token_request
from dashboard.runner.tokens.answer import TokenError
from dashboard.runner.tokens.request import ask_for_token
from tests.factories import an_auth_file
from tests.fakes.token_world import SECRET, TOKEN_PATH, TokenWorld


@pytest.fixture
def world() -> Iterator[TokenWorld]:
    made = TokenWorld()
    yield made
    made.close()


def refusal(url: str, timeout_s: float = 2.0, **changes: Any) -> str:
    with pytest.raises(TokenError) as caught:
        ask_for_token(an_auth_file(url, **changes), timeout_s=timeout_s)
    return str(caught.value)


def test_method_headers_body_and_the_token_in_force_go_out(world: TokenWorld) -> None:
    order = an_auth_file(
        world.url + TOKEN_PATH + "?a=1",
        method="PUT",
        headers={"Authorization": "Bearer @TOKEN@", "X-Tenant": "blue"},
        body='{"old": "@TOKEN@"}',
        token="first",
    )
    assert ask_for_token(order) == (world.issued[-1], 60.0)
    asked = world.asked[0]
    assert (asked.method, asked.body) == ("PUT", '{"old": "first"}')
    assert (asked.headers["Authorization"], asked.headers["X-Tenant"]) == ("Bearer first", "blue")


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        ("wrong", "refuses the credentials (401: invalid_client: Invalid client or"),
        ("down", "answers 503 (in maintenance)"),
        ("html", "not a JSON object"),
        ("redirect", "redirects to /elsewhere, which is not followed"),
        ("empty", "has no access_token or token"),
        ("hang", "did not answer within 0.5 s"),
    ],
)
def test_a_server_that_gives_none_is_told_in_words(world: TokenWorld, manner: str, words: str) -> None:
    world.manner = manner
    told = refusal(world.url + TOKEN_PATH, timeout_s=0.5, body=f"secret={SECRET}", hidden=(SECRET,))
    assert words in told
    assert f"token server 127.0.0.1:{world.server_port}" in told
    assert SECRET not in told


def test_a_port_where_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert "nothing listens there" in refusal(f"http://127.0.0.1:{port}/token")


def test_a_name_that_nobody_knows() -> None:
    assert "cannot be resolved" in refusal("http://no-such-host.invalid/token", timeout_s=15)


def test_a_server_without_tls_behind_https(world: TokenWorld) -> None:
    assert "TLS failed" in refusal(world.url.replace("http:", "https:") + TOKEN_PATH)


def test_an_answer_without_end_is_given_up() -> None:
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
        told = refusal(f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout_s=0.3)
        thread.join(5)
    assert "did not answer within 0.3 s" in told
    assert time.monotonic() - started < 2
    assert not thread.is_alive()


@pytest.mark.parametrize("peer", ["169.254.169.254", "fe80::1%eth0", "fd00:ec2::254", "::ffff:169.254.1.1"])
def test_metadata_addresses_get_nothing(peer: str) -> None:
    with pytest.raises(TokenError, match="never asked"):
        token_request._refuse_metadata(peer)


def test_certificates_are_checked_unless_the_run_says_otherwise() -> None:
    def context(*, verify: bool) -> ssl.SSLContext:
        url = token_request.urlsplit("https://sso.example.com/token")
        made: Any = token_request._connection(url, 1.0, verify=verify)
        found: ssl.SSLContext = made._context
        return found

    assert context(verify=True).verify_mode is ssl.CERT_REQUIRED
    assert context(verify=False).verify_mode is ssl.CERT_NONE

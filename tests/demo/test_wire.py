"""Parsing and encoding of HTTP/1.1."""

import pytest

from dashboard.demo.wire import DemoResponse, MalformedRequest, encode_response, parse_head


def test_a_head_is_parsed() -> None:
    head = parse_head(
        b"POST /api/a%20b?q=x+y&q2=%C3%A9 HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\nX-A:  b c "
    )
    assert (head.method, head.path, head.body_bytes, head.keep_alive) == ("POST", "/api/a b", 12, True)
    assert head.query == {"q": "x y", "q2": "é"}
    assert head.headers[b"x-a"] == b"b c"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"", 400),
        (b"GET", 400),
        (b"GET /", 400),
        (b"GET / HTTP/2.0\r\nHost: x", 400),
        (b"GET  / HTTP/1.1\r\nHost: x", 400),
        (b"GET / HTTP/1.1", 400),
        (b"GET / HTTP/1.1\r\nHost : x", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\n folded: y", 400),
        (b"GET / HTTP/1.1\r\nHost: x\x00", 400),
        (b"GET / HTTP/1.1\nHost: x", 400),
        (b"GET x HTTP/1.1\r\nHost: x", 400),
        (b"GET /%ff HTTP/1.1\r\nHost: x", 400),
        (b"GET /\xff HTTP/1.1\r\nHost: x", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1e3", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577", 413),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked", 411),
        (b"GET /?" + b"a&" * 101 + b"a HTTP/1.1\r\nHost: x", 400),
    ],
)
def test_a_malformed_head_is_rejected_with_its_status(head: bytes, status: int) -> None:
    with pytest.raises(MalformedRequest) as caught:
        parse_head(head)
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("version", "connection", "keep_alive"),
    [
        (b"1.1", b"", True),
        (b"1.1", b"Close", False),
        (b"1.0", b"", False),
        (b"1.0", b"Keep-Alive", True),
    ],
)
def test_keep_alive_depends_on_the_version(version: bytes, connection: bytes, keep_alive: bool) -> None:
    assert (
        parse_head(b"GET / HTTP/" + version + b"\r\nHost: x\r\nConnection: " + connection).keep_alive
        is keep_alive
    )


def test_a_response_states_its_content_length() -> None:
    data = encode_response(DemoResponse(201, b"{}", (("Location", "/x"),)), keep_alive=True, with_body=True)
    assert data == (
        b"HTTP/1.1 201 Created\r\nLocation: /x\r\n"
        b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    )


def test_a_response_to_a_head_request_states_the_length_but_has_no_body() -> None:
    data = encode_response(DemoResponse(200, b"{}"), keep_alive=False, with_body=False)
    assert data.endswith(b"Content-Length: 2\r\nConnection: close\r\n\r\n")

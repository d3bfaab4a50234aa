"""Parses request heads and encodes responses of HTTP/1.1. Pure; the connection does the I/O."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

MAX_HEAD_BYTES = 16 * 1024
MAX_BODY_BYTES = 1024 * 1024

_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([\x21-\x7e]+) HTTP/1\.([01])")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*")
_LENGTH = re.compile(rb"[0-9]{1,12}")
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


class MalformedRequest(Exception):
    """The bytes are not a valid request. The connection responds with `status` and closes."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class RequestHead(NamedTuple):
    """A request without its body."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[bytes, bytes]
    body_bytes: int
    keep_alive: bool
    expects_continue: bool


class DemoRequest(NamedTuple):
    """A complete request."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[bytes, bytes]
    body: bytes


class DemoResponse(NamedTuple):
    """A response and its delay. With `delay_s` None it is never sent."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    delay_s: float | None = 0.0


def parse_head(data: bytes) -> RequestHead:
    """Parse a head without its final empty line. Raises MalformedRequest."""
    first, *lines = data.split(b"\r\n")
    match = _REQUEST_LINE.fullmatch(first)
    if match is None:
        raise MalformedRequest(400, "the request line is malformed")
    method, target, minor = match.groups()
    headers = _headers(lines)
    if minor == b"1" and b"host" not in headers:
        raise MalformedRequest(400, "the Host header is missing")
    path, query = _target(target)
    connection = headers.get(b"connection", b"").lower()
    return RequestHead(
        method=method.decode(),
        path=path,
        query=query,
        headers=headers,
        body_bytes=_body_bytes(headers),
        keep_alive=b"close" not in connection and (minor == b"1" or b"keep-alive" in connection),
        expects_continue=headers.get(b"expect", b"").lower() == b"100-continue",
    )


def _headers(lines: list[bytes]) -> dict[bytes, bytes]:
    headers: dict[bytes, bytes] = {}
    for line in lines:
        match = _HEADER.fullmatch(line)
        if match is None:
            raise MalformedRequest(400, "a header line is malformed")
        name, value = match.groups()
        name = name.lower()
        # differing lengths would allow request smuggling
        if name == b"content-length" and headers.get(name, value) != value:
            raise MalformedRequest(400, "Content-Length is given twice")
        headers[name] = value
    return headers


def _target(target: bytes) -> tuple[str, Mapping[str, str]]:
    text = target.decode()
    if text.startswith("http://"):
        text = "/" + text.removeprefix("http://").partition("/")[2]
    if not text.startswith("/"):
        raise MalformedRequest(400, "the request target must be a path")
    path, _, query = text.partition("?")
    try:
        return unquote(path, errors="strict"), dict(parse_qsl(query, max_num_fields=100)) if query else {}
    except ValueError:
        raise MalformedRequest(400, "the request target is malformed") from None


def _body_bytes(headers: Mapping[bytes, bytes]) -> int:
    if b"transfer-encoding" in headers:
        raise MalformedRequest(411, "a body requires a Content-Length")
    length = headers.get(b"content-length", b"0")
    if not _LENGTH.fullmatch(length):
        raise MalformedRequest(400, "Content-Length is malformed")
    if int(length) > MAX_BODY_BYTES:
        raise MalformedRequest(413, f"the body is larger than {MAX_BODY_BYTES} bytes")
    return int(length)


def encode_response(response: DemoResponse, *, keep_alive: bool, with_body: bool) -> bytes:
    """Return the bytes of a response, without its body for HEAD."""
    lines = [f"HTTP/1.1 {response.status} {_PHRASES.get(response.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    if response.body:
        lines.append("Content-Type: application/json")
    if response.status not in (204, 304):
        lines.append(f"Content-Length: {len(response.body)}")
    if not keep_alive:
        lines.append("Connection: close")
    head = "\r\n".join(lines).encode() + b"\r\n\r\n"
    return head + response.body if with_body and response.status not in (204, 304) else head

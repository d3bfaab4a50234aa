"""HTTP/1.1 as bytes: request heads to values, replies to bytes. Pure; the connection reads and writes."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

MOST_HEAD_BYTES = 16 * 1024
MAX_BODY_BYTES = 1024 * 1024

_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([\x21-\x7e]+) HTTP/1\.([01])")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*")
_LENGTH = re.compile(rb"[0-9]{1,12}")
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


class BadRequest(Exception):
    """The bytes are no request that can be served; the connection ends with `status`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Head(NamedTuple):
    """A request without its body."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[bytes, bytes]
    body_bytes: int
    keep_alive: bool
    expects_continue: bool


class Request(NamedTuple):
    """A request that was read completely."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[bytes, bytes]
    body: bytes


class Reply(NamedTuple):
    """An answer and when to give it; `delay_s` None is never."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    delay_s: float | None = 0.0


def parse_head(data: bytes) -> Head:
    """The head without its empty line. Raises BadRequest."""
    first, *lines = data.split(b"\r\n")
    match = _REQUEST_LINE.fullmatch(first)
    if match is None:
        raise BadRequest(400, "the request line is malformed")
    method, target, minor = match.groups()
    headers = _headers(lines)
    if minor == b"1" and b"host" not in headers:
        raise BadRequest(400, "the Host header is missing")
    path, query = _target(target)
    connection = headers.get(b"connection", b"").lower()
    return Head(
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
            raise BadRequest(400, "a header line is malformed")
        name, value = match.groups()
        name = name.lower()
        # Two lengths that differ are how requests are smuggled past each other.
        if name == b"content-length" and headers.get(name, value) != value:
            raise BadRequest(400, "Content-Length is given twice")
        headers[name] = value
    return headers


def _target(target: bytes) -> tuple[str, Mapping[str, str]]:
    text = target.decode()
    if text.startswith("http://"):
        text = "/" + text.removeprefix("http://").partition("/")[2]
    if not text.startswith("/"):
        raise BadRequest(400, "the request target must be a path")
    path, _, query = text.partition("?")
    try:
        return unquote(path, errors="strict"), dict(parse_qsl(query, max_num_fields=100)) if query else {}
    except ValueError:
        raise BadRequest(400, "the request target is malformed") from None


def _body_bytes(headers: Mapping[bytes, bytes]) -> int:
    if b"transfer-encoding" in headers:
        raise BadRequest(411, "send the body with a Content-Length")
    length = headers.get(b"content-length", b"0")
    if not _LENGTH.fullmatch(length):
        raise BadRequest(400, "Content-Length is malformed")
    if int(length) > MAX_BODY_BYTES:
        raise BadRequest(413, f"a body may have at most {MAX_BODY_BYTES} bytes")
    return int(length)


def encode_reply(reply: Reply, *, keep_alive: bool, with_body: bool) -> bytes:
    """Bytes of a reply; without its body for HEAD."""
    lines = [f"HTTP/1.1 {reply.status} {_PHRASES.get(reply.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    if reply.body:
        lines.append("Content-Type: application/json")
    if reply.status not in (204, 304):
        lines.append(f"Content-Length: {len(reply.body)}")
    if not keep_alive:
        lines.append("Connection: close")
    head = "\r\n".join(lines).encode() + b"\r\n\r\n"
    return head + reply.body if with_body and reply.status not in (204, 304) else head

"""The remote-write body that the fake k6 pushes, encoded without packages, so that the fake k6 needs none.

It contains one user (`k6_vus`) and `requests` requests of the operation ListProducts, each of 10 ms with status 200.
"""

import struct
import time

STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]


def write_request(requests: int, *, stale: bool) -> bytes:
    """The protobuf message of a push: the users and the duration histogram of one operation."""
    now_ms = int(time.time() * 1000)
    labels = {
        "method": "GET",
        "name": "ListProducts",
        "op": "ListProducts",
        "group": "catalog",
        "scenario": "load",
        "status": "200",
        "expected_response": "true",
    }
    users = series({"__name__": "k6_vus"}, field(2, sample(STALE if stale else 1.0, now_ms)))
    durations = field(4, histogram(requests, now_ms))
    if stale:
        durations += field(2, sample(STALE, now_ms))
    return users + series({"__name__": "k6_http_req_duration_seconds", **labels}, durations)


def series(labels: dict[str, str], points: bytes) -> bytes:
    pairs = (field(1, name.encode()) + field(2, value.encode()) for name, value in labels.items())
    return field(1, b"".join(field(1, pair) for pair in pairs) + points)


def sample(value: float, at_ms: int) -> bytes:
    return b"\x09" + struct.pack("<d", value) + b"\x10" + varint(at_ms)


def histogram(count: int, at_ms: int) -> bytes:
    """A native histogram of schema 3 with all values in bucket -53, which contains 10 ms."""
    span = b"\x08" + varint(zigzag(-53)) + b"\x10" + varint(1)
    return (
        (b"\x08" + varint(count))
        + (b"\x19" + struct.pack("<d", count * 0.01))
        + (b"\x20" + varint(zigzag(3)))
        + field(11, span)
        + field(12, varint(zigzag(count)))
        + (b"\x78" + varint(at_ms))
    )


def field(number: int, data: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(data)) + data


def zigzag(value: int) -> int:
    return value * 2 if value >= 0 else -value * 2 - 1


def varint(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def snappy(data: bytes) -> bytes:
    """The Snappy block format with literals of at most 60 bytes, uncompressed."""
    chunks = (data[at : at + 60] for at in range(0, len(data), 60))
    return varint(len(data)) + b"".join(bytes([len(chunk) - 1 << 2]) + chunk for chunk in chunks)

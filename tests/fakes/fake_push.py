"""The remote-write body that the fake k6 pushes, encoded without packages, so that the fake k6 needs none.

It contains one user (`k6_vus`) and `requests` requests of the operation ListProducts, each of 10 ms with status 200.
"""

import struct
import time

STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]


def encode_write_request(requests: int, *, stale: bool) -> bytes:
    """Return the protobuf message of a push: the users and the duration histogram of one operation."""
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
    users = encode_series(
        {"__name__": "k6_vus"}, encode_field(2, encode_sample(STALE if stale else 1.0, now_ms))
    )
    durations = encode_field(4, encode_histogram(requests, now_ms))
    if stale:
        durations += encode_field(2, encode_sample(STALE, now_ms))
    return users + encode_series({"__name__": "k6_http_req_duration_seconds", **labels}, durations)


def encode_series(labels: dict[str, str], points: bytes) -> bytes:
    pairs = (
        encode_field(1, name.encode()) + encode_field(2, value.encode()) for name, value in labels.items()
    )
    return encode_field(1, b"".join(encode_field(1, pair) for pair in pairs) + points)


def encode_sample(value: float, at_ms: int) -> bytes:
    return b"\x09" + struct.pack("<d", value) + b"\x10" + encode_varint(at_ms)


def encode_histogram(count: int, at_ms: int) -> bytes:
    """Encode a native histogram of schema 3 with all values in bucket -53, which contains 10 ms."""
    span = b"\x08" + encode_varint(encode_zigzag(-53)) + b"\x10" + encode_varint(1)
    return (
        (b"\x08" + encode_varint(count))
        + (b"\x19" + struct.pack("<d", count * 0.01))
        + (b"\x20" + encode_varint(encode_zigzag(3)))
        + encode_field(11, span)
        + encode_field(12, encode_varint(encode_zigzag(count)))
        + (b"\x78" + encode_varint(at_ms))
    )


def encode_field(number: int, data: bytes) -> bytes:
    return encode_varint(number << 3 | 2) + encode_varint(len(data)) + data


def encode_zigzag(value: int) -> int:
    return value * 2 if value >= 0 else -value * 2 - 1


def encode_varint(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def encode_snappy(data: bytes) -> bytes:
    """Encode data in the Snappy block format, uncompressed, as literals of at most 60 bytes."""
    chunks = (data[start : start + 60] for start in range(0, len(data), 60))
    return encode_varint(len(data)) + b"".join(bytes([len(chunk) - 1 << 2]) + chunk for chunk in chunks)

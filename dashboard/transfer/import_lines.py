"""The lines of an export that is being imported: decompressed within limits, and JSON that the store can hold."""

import json
import re
import zlib
from collections.abc import Iterator
from typing import IO, Any, NoReturn

from dashboard.model.errors import InvalidRequest

MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_LINE_BYTES = 16 * 1024 * 1024
# The limit for lines that contain text. The longest such line describes the run of a test with 5,000 operations.
MAX_TEXT_LINE_BYTES = 4 * 1024 * 1024
MAX_NESTING_DEPTH = 40
# Figures as JSON compress to a tenth of their size, a decompression bomb to a thousandth.
MAX_COMPRESSION_RATIO = 100
RATIO_CHECKED_ABOVE_BYTES = 4 * 1024 * 1024
READ_CHUNK_BYTES = 64 * 1024
# The keys of lines that contain only numbers and base64.
_KEYS_WITHOUT_TEXT = ({"interval"}, {"file", "data"})
_INVALID_TEXT = re.compile("[\x00\ud800-\udfff]")


def reject(reason: str) -> NoReturn:
    """Refuse the file with an error for the user."""
    raise InvalidRequest(f"This file cannot be imported: {reason}.")


def lines_of(stream: IO[bytes]) -> Iterator[dict[str, Any]]:
    """Yield the JSON object on each line. Raises InvalidRequest with the number of the line."""
    rest = b""
    number = 0
    for chunk in _decompress(stream):
        *complete, rest = (rest + chunk).split(b"\n")
        if len(rest) > MAX_LINE_BYTES:
            reject(f"line {number + len(complete) + 1} is longer than {MAX_LINE_BYTES:,} bytes")
        for line in complete:
            number += 1
            yield _parse_line(line, number)
    if rest:
        reject("it ends in the middle of a line")


def _decompress(stream: IO[bytes]) -> Iterator[bytes]:
    decompressor = zlib.decompressobj(wbits=31)
    packed = unpacked = 0
    try:
        while chunk := stream.read(READ_CHUNK_BYTES):
            packed += len(chunk)
            while chunk:
                part = decompressor.decompress(chunk, READ_CHUNK_BYTES * 8)
                unpacked += len(part)
                _check_size(packed, unpacked)
                yield part
                chunk = decompressor.unconsumed_tail
    except zlib.error:
        reject("it is not gzip-compressed")
    if not decompressor.eof:
        reject("it is truncated")
    if decompressor.unused_data:
        reject("there is more data after its end")


def _check_size(packed: int, unpacked: int) -> None:
    if unpacked > MAX_UNPACKED_BYTES:
        reject(f"it decompresses to more than {MAX_UNPACKED_BYTES:,} bytes")
    if unpacked > max(RATIO_CHECKED_ABOVE_BYTES, packed * MAX_COMPRESSION_RATIO):
        reject(f"it decompresses to more than {MAX_COMPRESSION_RATIO} times its size")


def _parse_line(line: bytes, number: int) -> dict[str, Any]:
    try:
        parsed = json.loads(line, parse_constant=_reject_constant)
    except (ValueError, RecursionError):
        reject(f"line {number} is not JSON")
    if not isinstance(parsed, dict):
        reject(f"line {number} is not a JSON object")
    if parsed.keys() not in _KEYS_WITHOUT_TEXT:
        if len(line) > MAX_TEXT_LINE_BYTES:
            reject(f"line {number} is longer than {MAX_TEXT_LINE_BYTES:,} bytes")
        _check_text(parsed, number)
    return parsed


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _check_text(value: object, number: int, depth: int = 0) -> None:
    if depth > MAX_NESTING_DEPTH:
        reject(f"line {number} is nested too deeply")
    if isinstance(value, str) and _INVALID_TEXT.search(value):
        reject(f"line {number} contains NUL or invalid characters")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_text(key, number)
            _check_text(item, number, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check_text(item, number, depth + 1)

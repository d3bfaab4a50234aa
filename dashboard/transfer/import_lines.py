"""The lines of an export as they come in: unpacked within limits, and JSON that the store can hold."""

import json
import re
import zlib
from collections.abc import Iterator
from typing import IO, Any, NoReturn

from dashboard.model.errors import InvalidRequest

MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_LINE_BYTES = 16 * 1024 * 1024
# JSON of figures packs to a tenth; a bomb to a thousandth.
MAX_RATIO = 100
RATIO_ABOVE_BYTES = 4 * 1024 * 1024
READ_BYTES = 64 * 1024
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")


def refuse(words: str) -> NoReturn:
    """The file cannot be imported."""
    raise InvalidRequest(f"This is no export that can be imported: {words}.")


def lines_of(stream: IO[bytes]) -> Iterator[dict[str, Any]]:
    """Each line as an object. Raises InvalidRequest, naming the line."""
    rest = b""
    number = 0
    for part in _unpacked(stream):
        *whole, rest = (rest + part).split(b"\n")
        if len(rest) > MAX_LINE_BYTES:
            refuse(f"line {number + len(whole) + 1} is longer than {MAX_LINE_BYTES:,} bytes")
        for line in whole:
            number += 1
            yield _object(line, number)
    if rest:
        refuse("it ends in the middle of a line")


def _unpacked(stream: IO[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(wbits=31)
    packed = unpacked = 0
    try:
        while chunk := stream.read(READ_BYTES):
            packed += len(chunk)
            while chunk:
                part = unpacker.decompress(chunk, READ_BYTES * 8)
                unpacked += len(part)
                if unpacked > MAX_UNPACKED_BYTES:
                    refuse(f"it unpacks to more than {MAX_UNPACKED_BYTES:,} bytes")
                if unpacked > max(RATIO_ABOVE_BYTES, packed * MAX_RATIO):
                    refuse("it unpacks to far more than a run has")
                yield part
                chunk = unpacker.unconsumed_tail
    except zlib.error:
        refuse("it is not packed with gzip")
    if not unpacker.eof:
        refuse("it ends early")
    if unpacker.unused_data:
        refuse("something follows its end")


def _object(line: bytes, number: int) -> dict[str, Any]:
    try:
        found = json.loads(line, parse_constant=_not_a_number)
    except (ValueError, RecursionError):
        refuse(f"line {number} is not JSON")
    if not isinstance(found, dict):
        refuse(f"line {number} is not an object")
    if "step" not in found and "data" not in found:
        _refuse_odd_text(found, number)
    return found


def _not_a_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _refuse_odd_text(value: object, number: int) -> None:
    if isinstance(value, str) and _NOT_TEXT.search(value):
        refuse(f"line {number} holds NUL or broken characters")
    elif isinstance(value, dict):
        for key, part in value.items():
            _refuse_odd_text(key, number)
            _refuse_odd_text(part, number)
    elif isinstance(value, list):
        for part in value:
            _refuse_odd_text(part, number)

"""Variable-length integers and strings, the encoding of the compact blobs in the database."""

import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import accumulate
from operator import sub

_DOUBLE = struct.Struct("<d")


def write_varint(out: bytearray, value: int) -> None:
    """Append a non-negative integer, seven bits per byte, lowest first."""
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def write_zigzag(out: bytearray, value: int) -> None:
    """Append a signed integer: 0, -1, 1, -2 … become 0, 1, 2, 3 …"""
    write_varint(out, value * 2 if value >= 0 else -value * 2 - 1)


def write_double(out: bytearray, value: float) -> None:
    """Append a float in eight bytes."""
    out += _DOUBLE.pack(value)


def write_counts(out: bytearray, counts: Mapping[int, int]) -> None:
    """Append counts by index: how many, the first index and its count, then the step and count of each other index."""
    write_varint(out, len(counts))
    if not counts:
        return
    indices = sorted(counts)
    write_zigzag(out, indices[0])
    numbers = [0] * (2 * len(indices) - 1)
    numbers[::2] = map(counts.__getitem__, indices)
    numbers[1::2] = map(sub, indices[1:], indices)
    if max(numbers) < 0x80:  # true for most intervals: every number is one byte
        out += bytes(numbers)
    else:
        for number in numbers:
            write_varint(out, number)


class BlobReader:
    """Reads what the functions above wrote. Raises IndexError or struct.error if the data is truncated."""

    __slots__ = ("_data", "at")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def varint(self) -> int:
        """Read a non-negative integer."""
        part = self._data[self.at]
        self.at += 1
        if part < 0x80:
            return part
        value, shift = part & 0x7F, 7
        while part > 0x7F:
            part = self._data[self.at]
            self.at += 1
            value |= (part & 0x7F) << shift
            shift += 7
        return value

    def zigzag(self) -> int:
        """Read a signed integer."""
        value = self.varint()
        return -(value + 1) // 2 if value & 1 else value // 2

    def double(self) -> float:
        """Read a float in eight bytes."""
        value: float = _DOUBLE.unpack_from(self._data, self.at)[0]
        self.at += 8
        return value

    def text(self, size: int) -> str:
        """Read a string of `size` bytes, which may contain lone surrogates."""
        part = self._data[self.at : self.at + size]
        if len(part) != size:
            raise IndexError("the text is truncated")
        self.at += size
        return part.decode("utf-8", "surrogatepass")

    def counts(self) -> dict[int, int]:
        """Read counts by index."""
        size = 2 * self.varint() - 1
        if size < 0:
            return {}
        index = self.zigzag()
        part = self._data[self.at : self.at + size]
        numbers: bytes | list[int]
        if len(part) == size and part.isascii():
            self.at += size
            numbers = part
        else:
            numbers = [self.varint() for _ in range(size)]
        return dict(zip(accumulate(numbers[1::2], initial=index), numbers[::2], strict=True))


@contextmanager
def reading(blob: bytes, name: str, *versions: int) -> Iterator[BlobReader]:
    """Yield a reader after the version byte. Raises ValueError for another version, or if not all of `blob` is read."""
    if not blob or blob[0] not in versions:
        raise ValueError(
            f"the {name} blob has version {blob[:1].hex() or 'none'}; this program reads version "
            f"{' or '.join(map(str, versions))}"
        )
    reader = BlobReader(blob)
    reader.at = 1
    try:
        yield reader
    except (IndexError, struct.error) as error:
        raise ValueError(f"the {name} blob is truncated") from error
    if reader.at != len(blob):
        raise ValueError(f"the {name} blob has {len(blob) - reader.at} extra bytes")

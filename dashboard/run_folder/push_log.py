"""The write-ahead log of pushes: segment files `push-000001.bin`, `push-000002.bin` … of records.

A record is a header of 32 bytes, little endian, followed by two byte strings:

    offset  size  field
    0       4     magic, the bytes `K6P1`
    4       4     body length, unsigned
    8       4     CRC-32 (as in zlib) of everything after this field: number, arrival, meta length, meta, body
    12      8     record number, unsigned, from 1; continues across segments and restarts of the runner
    20      8     arrival, unix time in milliseconds, unsigned
    28      4     meta length, unsigned
    32      …     meta, a JSON object in UTF-8: the runner's measurements when the push arrived
    …       …     body, as k6 sent it (snappy block format around a protobuf WriteRequest)

A segment is closed after 15 records or 8 MiB, whichever comes first. The next segment is created with its first
record. A runner never writes to a segment of an earlier runner, so only the last record of a segment can be torn.
Readers wait for a torn record while its segment is the newest, and skip it once a later segment exists.
"""

import errno
import json
import os
import struct
import threading
import zlib
from pathlib import Path
from typing import Any, Final, NamedTuple

from dashboard.durable import sync_directory, write_all

MAX_BODY_BYTES: Final = 64 * 1024 * 1024
RECORDS_PER_SEGMENT: Final = 15
BYTES_PER_SEGMENT: Final = 8 * 1024 * 1024

_MAGIC: Final = b"K6P1"
_HEADER: Final = struct.Struct("<4sIIQQI")
_CHECKSUMMED_FIELDS: Final = struct.Struct("<QQI")  # the header fields that the CRC covers
_MAX_META_BYTES: Final = 64 * 1024
_UNREADABLE_ERRNOS: Final = {errno.EIO, errno.EISDIR, errno.EACCES}


class PushMeta(NamedTuple):
    """k6's resource usage when the push arrived; None where it could not be read."""

    cpu_s: float | None = None
    rss_bytes: int | None = None
    cores: float | None = None


class PushRecord(NamedTuple):
    number: int
    arrived_ms: int
    meta: PushMeta
    body: bytes


class SegmentContents(NamedTuple):
    """The records of one segment from an offset on. `torn`: the remaining bytes are not a complete record."""

    records: tuple[PushRecord, ...]
    next_offset: int
    torn: bool


class LogPosition(NamedTuple):
    """The position up to which the log has been read; the default is the start of the oldest segment."""

    segment: int = 0
    offset: int = 0


class PushBatch(NamedTuple):
    """The next records and the position after them. `skipped_bytes`: the size of skipped torn records."""

    records: tuple[PushRecord, ...]
    position: LogPosition
    skipped_bytes: int


def segment_path(folder: Path, segment: int) -> Path:
    return folder / f"push-{segment:06d}.bin"


def list_segments(folder: Path) -> list[int]:
    """Return the segment numbers in the folder, oldest first; empty when the folder has been deleted."""
    try:
        entries = os.listdir(folder)
    except FileNotFoundError:
        return []
    names = (name for name in entries if name.startswith("push-") and name.endswith(".bin"))
    return sorted(int(digits) for digits in (name[5:-4] for name in names) if digits.isdecimal())


def encode(record: PushRecord) -> bytes:
    meta = json.dumps(record.meta._asdict(), separators=(",", ":")).encode()
    checked = _CHECKSUMMED_FIELDS.pack(record.number, record.arrived_ms, len(meta))
    crc = zlib.crc32(record.body, zlib.crc32(meta, zlib.crc32(checked)))
    start = struct.pack("<4sII", _MAGIC, len(record.body), crc)
    return b"".join((start, checked, meta, record.body))


def read(path: Path, offset: int = 0) -> SegmentContents:
    """Return the complete records of a segment from `offset` to the first incomplete or damaged one."""
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read()
    records: list[PushRecord] = []
    at = 0
    while decoded := _decode(data, at):
        record, at = decoded
        records.append(record)
    return SegmentContents(tuple(records), offset + at, torn=at < len(data))


def read_from(folder: Path, position: LogPosition, *, ended: bool = False) -> PushBatch:
    """Return the records after `position`, from at most one segment. Call it until it returns no records.

    A torn record of the newest segment is left for the next call, unless the log has `ended` (exit.json exists).
    """
    # listed before reading: a segment no longer changes once a later one exists
    segments = list_segments(folder)
    skipped = 0
    for segment in (number for number in segments if number >= position.segment):
        offset = position.offset if segment == position.segment else 0
        contents = _read_or_skip(segment_path(folder, segment), offset, ended=ended)
        position = LogPosition(segment, contents.next_offset)
        closed = ended or segment != segments[-1]
        if closed and contents.torn:
            size = segment_path(folder, segment).stat().st_size
            skipped += size - contents.next_offset
            position = LogPosition(segment, size)
        if contents.records:
            return PushBatch(contents.records, position, skipped)
    return PushBatch((), position, skipped)


def _read_or_skip(path: Path, offset: int, *, ended: bool) -> SegmentContents:
    """Read a segment. After the log has ended, skip an unreadable one, because the run must still be finished."""
    try:
        return read(path, offset)
    except OSError as error:
        if ended and error.errno in _UNREADABLE_ERRNOS:
            return SegmentContents((), offset, torn=True)
        raise


def read_last_number(folder: Path) -> int:
    """Return the number of the newest complete record; 0 when there is none."""
    for segment in reversed(list_segments(folder)):
        records = read(segment_path(folder, segment)).records
        if records:
            return records[-1].number
    return 0


class SegmentWriter:
    """Appends records and returns once they are on disk. Several threads may call it.

    A failed append (a full disk, for example) raises OSError and leaves no part of the record behind.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._segment = max(list_segments(folder), default=0)
        self._descriptor: int | None = None
        self._records = 0
        self._bytes = 0
        self._ended = False
        self.last_number = read_last_number(folder)

    def append(self, arrived_ms: int, meta: PushMeta, body: bytes) -> int:
        with self._lock:
            if self._ended:
                raise OSError("the log has ended")
            number = self.last_number + 1
            self._write(encode(PushRecord(number, arrived_ms, meta, body)))
            self.last_number = number
            return number

    def end(self) -> None:
        """Refuse further records, also from threads that are still running."""
        with self._lock:
            self._ended = True
            self._close()

    def _write(self, data: bytes) -> None:
        if self._records >= RECORDS_PER_SEGMENT or self._bytes >= BYTES_PER_SEGMENT:
            self._close()
        descriptor = self._open() if self._descriptor is None else self._descriptor
        try:
            write_all(descriptor, data)
            _sync(descriptor)
        except OSError:
            self._truncate(descriptor)
            raise
        self._records += 1
        self._bytes += len(data)

    def _open(self) -> int:
        path = segment_path(self._folder, self._segment + 1)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        sync_directory(self._folder)
        self._segment += 1
        self._descriptor, self._records, self._bytes = descriptor, 0, 0
        return descriptor

    def _truncate(self, descriptor: int) -> None:
        try:
            os.ftruncate(descriptor, self._bytes)
        except OSError:
            self._close()  # the torn record stays at the end of this segment, where readers skip it

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor, self._records, self._bytes = None, 0, 0


def _sync(descriptor: int) -> None:
    # macOS has no fdatasync
    getattr(os, "fdatasync", os.fsync)(descriptor)


def _decode(data: bytes, at: int) -> tuple[PushRecord, int] | None:
    if len(data) - at < _HEADER.size:
        return None
    magic, body_bytes, crc, number, arrived_ms, meta_bytes = _HEADER.unpack_from(data, at)
    if magic != _MAGIC or body_bytes > MAX_BODY_BYTES or meta_bytes > _MAX_META_BYTES:
        return None
    meta_at = at + _HEADER.size
    body_at = meta_at + meta_bytes
    end = body_at + body_bytes
    if end > len(data) or zlib.crc32(memoryview(data)[at + 12 : end]) != crc:
        return None
    meta = _parse_meta(json.loads(data[meta_at:body_at]))
    return PushRecord(number, arrived_ms, meta, data[body_at:end]), end


def _parse_meta(data: dict[str, Any]) -> PushMeta:
    return PushMeta(data.get("cpu_s"), data.get("rss_bytes"), data.get("cores"))

"""The write-ahead log of pushes: records are read back as written, and a torn last record loses no other record."""

import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.run_folder.push_log import (
    BYTES_PER_SEGMENT,
    RECORDS_PER_SEGMENT,
    LogPosition,
    PushMeta,
    PushRecord,
    SegmentWriter,
    encode,
    list_segments,
    read,
    read_from,
    segment_path,
)

metas = st.builds(
    PushMeta,
    cpu_s=st.none() | st.floats(0, 1e9),
    rss_bytes=st.none() | st.integers(0, 2**50),
    cores=st.none() | st.floats(0.1, 512),
)
records = st.builds(
    PushRecord,
    number=st.integers(1, 2**64 - 1),
    arrived_ms=st.integers(0, 2**64 - 1),
    meta=metas,
    body=st.binary(max_size=2000),
)


def a_segment(folder: Path, number: int, data: bytes) -> Path:
    path = segment_path(folder, number)
    path.write_bytes(data)
    return path


def a_record(number: int, body: bytes = b"body") -> PushRecord:
    return PushRecord(number, 1_795_000_000_000 + number, PushMeta(1.5, 1024, 2.0), body)


def append(writer: SegmentWriter, body: bytes = b"body") -> int:
    return writer.append(1_795_000_000_000, PushMeta(), body)


@given(st.lists(records, max_size=8))
def test_records_are_read_as_written(written: list[PushRecord]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = a_segment(Path(folder), 1, b"".join(map(encode, written)))
        contents = read(path)
        assert contents == (tuple(written), path.stat().st_size, False)


@given(written=st.lists(records, min_size=1, max_size=4), data=st.data())
def test_a_truncated_segment_yields_its_complete_records(
    written: list[PushRecord], data: st.DataObject
) -> None:
    complete = b"".join(map(encode, written))
    cut = data.draw(st.integers(0, len(complete)))
    ends = [len(b"".join(map(encode, written[: n + 1]))) for n in range(len(written))]
    count = sum(end <= cut for end in ends)
    with tempfile.TemporaryDirectory() as folder:
        contents = read(a_segment(Path(folder), 1, complete[:cut]))
    assert contents.records == tuple(written[:count])
    assert contents.torn == (cut not in [0, *ends])


@given(record=records, data=st.data())
def test_a_changed_byte_is_detected(record: PushRecord, data: st.DataObject) -> None:
    complete = bytearray(encode(record))
    at = data.draw(st.integers(0, len(complete) - 1))
    complete[at] ^= data.draw(st.integers(1, 255))
    with tempfile.TemporaryDirectory() as folder:
        contents = read(a_segment(Path(folder), 1, bytes(complete)))
    assert contents == ((), 0, True)


def test_reading_continues_from_an_offset(tmp_path: Path) -> None:
    path = a_segment(tmp_path, 1, encode(a_record(1)))
    offset = read(path).next_offset
    a_segment(tmp_path, 1, encode(a_record(1)) + encode(a_record(2)))
    assert [record.number for record in read(path, offset).records] == [2]


def test_a_torn_record_of_the_newest_segment_is_left_for_later(tmp_path: Path) -> None:
    complete = encode(a_record(2))
    a_segment(tmp_path, 1, encode(a_record(1)) + complete[:-1])
    batch = read_from(tmp_path, LogPosition())
    assert read_from(tmp_path, batch.position) == ((), batch.position, 0)
    a_segment(tmp_path, 1, encode(a_record(1)) + complete)
    assert read_from(tmp_path, batch.position).records == (a_record(2),)


def test_a_torn_record_is_skipped_once_a_later_segment_exists(tmp_path: Path) -> None:
    a_segment(tmp_path, 1, encode(a_record(1)) + encode(a_record(2))[:-1])
    first = read_from(tmp_path, LogPosition())
    a_segment(tmp_path, 2, encode(a_record(2)))
    second = read_from(tmp_path, first.position)
    assert second.records == (a_record(2),)
    assert second.skipped_bytes == len(encode(a_record(2))) - 1


def test_a_torn_record_is_skipped_when_the_log_has_ended(tmp_path: Path) -> None:
    path = a_segment(tmp_path, 1, encode(a_record(1)) + b"K6P1 torn")
    first = read_from(tmp_path, LogPosition(), ended=True)
    assert first.records == (a_record(1),)
    assert first.position == LogPosition(1, path.stat().st_size)
    assert first.skipped_bytes == 9
    assert read_from(tmp_path, first.position, ended=True).skipped_bytes == 0


def test_an_unreadable_segment_is_skipped_when_the_log_has_ended(tmp_path: Path) -> None:
    (tmp_path / "push-000001.bin").mkdir()
    a_segment(tmp_path, 2, encode(a_record(2)))
    with pytest.raises(IsADirectoryError):
        read_from(tmp_path, LogPosition())
    assert read_from(tmp_path, LogPosition(), ended=True).records == (a_record(2),)


def test_reading_continues_after_deleted_segments(tmp_path: Path) -> None:
    a_segment(tmp_path, 7, encode(a_record(80)))
    assert read_from(tmp_path, LogPosition(3, 200)).records == (a_record(80),)


def test_a_segment_is_closed_after_fifteen_records(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path)
    for _ in range(RECORDS_PER_SEGMENT + 1):
        append(writer)
    assert [len(read(segment_path(tmp_path, n)).records) for n in list_segments(tmp_path)] == [15, 1]


def test_a_segment_is_closed_when_it_is_large(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path)
    for body in (b"x" * BYTES_PER_SEGMENT, b"y", b"z"):
        append(writer, body)
    assert [len(read(segment_path(tmp_path, n)).records) for n in list_segments(tmp_path)] == [1, 2]


def test_the_next_runner_opens_a_new_segment_and_continues_the_numbering(tmp_path: Path) -> None:
    append(SegmentWriter(tmp_path))
    assert append(SegmentWriter(tmp_path)) == 2
    assert list_segments(tmp_path) == [1, 2]


def test_numbering_continues_after_a_segment_with_only_a_torn_record(tmp_path: Path) -> None:
    a_segment(tmp_path, 3, encode(a_record(41)))
    a_segment(tmp_path, 4, b"K6P1")
    assert append(SegmentWriter(tmp_path)) == 42
    assert list_segments(tmp_path) == [3, 4, 5]


def test_no_file_is_created_before_the_first_record(tmp_path: Path) -> None:
    SegmentWriter(tmp_path).end()
    assert list_segments(tmp_path) == []


def test_no_record_is_accepted_after_the_end(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path)
    append(writer)
    writer.end()
    with pytest.raises(OSError, match="ended"):
        append(writer)
    assert writer.last_number == 1


def test_threads_can_share_a_writer(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path)
    threads = [
        threading.Thread(target=lambda: [append(writer, b"x" * 999) for _ in range(10)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = [r.number for n in list_segments(tmp_path) for r in read(segment_path(tmp_path, n)).records]
    assert numbers == list(range(1, 41))


def test_only_the_owner_can_read_segments(tmp_path: Path) -> None:
    append(SegmentWriter(tmp_path))
    assert segment_path(tmp_path, 1).stat().st_mode & 0o777 == 0o600

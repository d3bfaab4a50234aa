"""Push bodies (snappy around a protobuf WriteRequest) to series, and back for checkpoints."""

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import cramjam
from google.protobuf.message import DecodeError

from dashboard.engine.remote_write_pb2 import Histogram as WireHistogram
from dashboard.engine.remote_write_pb2 import Label, Push, Series
from dashboard.model.histogram import SCHEMA, Histogram

MAX_DECODED_BYTES = 256 * 1024 * 1024


class BadPush(ValueError):
    """The body is not a remote-write request that this program understands; the message says why."""


class Point(NamedTuple):
    """The newest state of one series, cumulative since k6's start.

    key: identity, the raw labels joined · raw: the series as it was sent, for checkpoints
    value: counters and gauges; None for histograms and for stale markers · stale: the marker of k6's orderly end
    """

    key: bytes
    raw: bytes
    timestamp_ms: int
    value: float | None
    histogram: Histogram | None
    stale: bool


def decode(body: bytes) -> Iterator[Point]:
    """The series of a push body as k6 sent it. Raises BadPush."""
    try:
        size = cramjam.snappy.decompress_raw_len(body)
        if size > MAX_DECODED_BYTES:
            raise BadPush(f"a push of {size} bytes is larger than {MAX_DECODED_BYTES}")
        data = bytes(cramjam.snappy.decompress_raw(body))
    except cramjam.DecompressionError as error:
        raise BadPush(f"not snappy: {error}") from None
    return decode_plain(data)


def decode_plain(data: bytes) -> Iterator[Point]:
    """The series of an uncompressed push. Raises BadPush."""
    try:
        for raw in Push.FromString(data).series:
            yield _point(raw)
    except BadPush:
        raise
    except (DecodeError, StopIteration) as error:
        raise BadPush(f"not a remote-write request: {error}") from None


def encode_plain(series: Iterable[bytes]) -> bytes:
    """One synthetic push of raw series: the form in which a checkpoint keeps the state of all of them."""
    push = Push()
    push.series.extend(series)
    return push.SerializeToString()


def labels_of(raw: bytes) -> dict[str, str]:
    """The labels of a series. Of two `__name__` labels k6's own wins: a script may tag with that name."""
    labels: dict[str, str] = {}
    for part in Series.FromString(raw).labels:
        label = Label.FromString(part)
        name, value = label.name.decode(errors="replace"), label.value.decode(errors="replace")
        if name != "__name__" or value.startswith("k6_") or name not in labels:
            labels[name] = value
    return labels


def _point(raw: bytes) -> Point:
    """Every series of every push comes through here: each field of the message is asked for once."""
    series = Series.FromString(raw)
    samples, histograms = series.samples, series.histograms
    histogram, value, stale, timestamp_ms = None, None, False, 0
    if histograms:
        wire = histograms[-1]
        histogram, timestamp_ms = _histogram(wire), wire.timestamp_ms
    if samples:
        sample = samples[-1]
        value, timestamp_ms = sample.value, max(timestamp_ms, sample.timestamp_ms)
        stale = math.isnan(value)
    return Point(b"".join(series.labels), raw, timestamp_ms, None if stale else value, histogram, stale)


def _histogram(wire: WireHistogram) -> Histogram:
    if wire.schema != SCHEMA:
        raise BadPush(f"histogram of schema {wire.schema}, expected {SCHEMA}")
    made = Histogram(zero=wire.zero_count, total=wire.sum)
    if deltas := wire.positive_deltas:
        made.buckets = _buckets(wire.positive_spans, deltas)
    if deltas := wire.negative_deltas:
        made.negatives = _buckets(wire.negative_spans, deltas)
    return made


def _buckets(spans: Iterable[object], deltas: Iterable[int]) -> dict[int, int]:
    buckets: dict[int, int] = {}
    step = iter(deltas)
    index = count = 0
    for span in spans:
        index += span.offset  # type: ignore[attr-defined]
        for _ in range(span.length):  # type: ignore[attr-defined]
            count += next(step)
            if count:
                buckets[index] = count
            index += 1
    return buckets

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
    series = Series.FromString(raw)
    sample = series.samples[-1] if series.samples else None
    wire = series.histograms[-1] if series.histograms else None
    stale = sample is not None and math.isnan(sample.value)
    return Point(
        key=b"".join(series.labels),
        raw=raw,
        timestamp_ms=max(sample.timestamp_ms if sample else 0, wire.timestamp_ms if wire else 0),
        value=None if sample is None or stale else sample.value,
        histogram=None if wire is None else _histogram(wire),
        stale=stale,
    )


def _histogram(wire: WireHistogram) -> Histogram:
    if wire.schema != SCHEMA:
        raise BadPush(f"histogram of schema {wire.schema}, expected {SCHEMA}")
    made = Histogram(zero=wire.zero_count, total=wire.sum)
    if wire.positive_deltas:
        made.buckets = _buckets(wire.positive_spans, wire.positive_deltas)
    if wire.negative_deltas:
        made.negatives = _buckets(wire.negative_spans, wire.negative_deltas)
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

"""Decodes push bodies (a Snappy-compressed protobuf WriteRequest) into series, and encodes series for checkpoints."""

import math
from collections.abc import Container, Iterable, Iterator
from typing import NamedTuple

import cramjam
from google.protobuf.message import DecodeError

from dashboard.engine.remote_write_pb2 import Histogram as WireHistogram
from dashboard.engine.remote_write_pb2 import Label, Push, Series, Span
from dashboard.model.histogram import SCHEMA, Histogram

MAX_DECODED_BYTES = 256 * 1024 * 1024
LABEL_TAG = 0x0A  # protobuf's number and type of a label in a series
MAX_SHORT_LENGTH = 0x7F  # in a single byte


class MalformedPush(ValueError):
    """The body is not a remote-write request that this program supports. The message is the reason."""


class SamplePoint(NamedTuple):
    """The newest state of one series, cumulative since the start of k6.

    key: the identity of the series: its raw labels · raw: the series as sent, for checkpoints
    value: the value of a counter or gauge; None for histograms and stale markers
    wire: a histogram as sent, already validated · stale: a stale marker, which k6 sends in its final push
    """

    key: bytes
    raw: bytes
    timestamp_ms: int
    value: float | None
    wire: WireHistogram | None
    stale: bool

    @property
    def histogram(self) -> Histogram | None:
        """The cumulative histogram, decoded."""
        return None if self.wire is None else _histogram(self.wire)


def decode(body: bytes, ignored: Container[bytes] = ()) -> Iterator[SamplePoint]:
    """Yield the series of a push body as k6 sent it, without those whose keys are `ignored`. Raises MalformedPush."""
    try:
        size = cramjam.snappy.decompress_raw_len(body)
        if size > MAX_DECODED_BYTES:
            raise MalformedPush(f"push of {size} bytes exceeds the limit of {MAX_DECODED_BYTES} bytes")
        data = bytes(cramjam.snappy.decompress_raw(body))
    except cramjam.DecompressionError as error:
        raise MalformedPush(f"push is not Snappy data: {error}") from None
    return decode_plain(data, ignored)


def decode_plain(data: bytes, ignored: Container[bytes] = ()) -> Iterator[SamplePoint]:
    """Yield the series of an uncompressed push, without those whose keys are `ignored`. Raises MalformedPush."""
    try:
        for raw in Push.FromString(data).series:
            key = _key_of(raw)
            if key not in ignored:
                yield _point(key, raw)
    except MalformedPush:
        raise
    except DecodeError as error:
        raise MalformedPush(f"push is not a remote-write request: {error}") from None


def encode_plain(series: Iterable[bytes]) -> bytes:
    """Encode raw series as one synthetic push, the form in which a checkpoint stores them."""
    push = Push()
    push.series.extend(series)
    return push.SerializeToString()


def labels_of(raw: bytes) -> dict[str, str]:
    """Return the labels of a series. A script can add a tag named `__name__`; k6's own label wins."""
    labels: dict[str, str] = {}
    for part in Series.FromString(raw).labels:
        label = Label.FromString(part)
        name, value = label.name.decode(errors="replace"), label.value.decode(errors="replace")
        if name != "__name__" or value.startswith("k6_") or name not in labels:
            labels[name] = value
    return labels


def advance(known: Histogram, wire: WireHistogram) -> Histogram:
    """Advance `known` to the state in `wire`, and return the increase: all of `wire` if the source restarted.

    This is `Histogram.since`, but in place: there are thousands of series, and most of their buckets are unchanged.
    """
    zero = wire.zero_count - known.zero
    increases = _increases(known.buckets, wire) if zero >= 0 and not known.negatives else None
    if increases is None or wire.negative_deltas:
        later = _histogram(wire)
        increase = later.since(known)
        known.buckets, known.negatives = later.buckets, later.negatives
    else:
        increase = Histogram(zero=zero, total=wire.sum - known.total)
        increase.buckets = increases
        before = known.buckets.get
        known.buckets.update([(index, before(index, 0) + count) for index, count in increases.items()])
    known.zero, known.total = wire.zero_count, wire.sum
    return increase


def _key_of(raw: bytes) -> bytes:
    """Return the labels, with which k6 begins each series, without decoding it."""
    at, end = 0, len(raw) - 1
    while at < end and raw[at] == LABEL_TAG:
        length = raw[at + 1]
        if length > MAX_SHORT_LENGTH:
            return b"".join(Series.FromString(raw).labels)
        at += 2 + length
    return raw[:at]


def _point(key: bytes, raw: bytes) -> SamplePoint:
    """Decode one series. This is the hot path: every series of every push, so each field is read only once."""
    series = Series.FromString(raw)
    samples, histograms = series.samples, series.histograms
    wire, value, stale, timestamp_ms = None, None, False, 0
    if histograms:
        wire = _validate(histograms[-1])
        timestamp_ms = wire.timestamp_ms
    if samples:
        sample = samples[-1]
        value, timestamp_ms = sample.value, max(timestamp_ms, sample.timestamp_ms)
        stale = math.isnan(value)
    return SamplePoint(key, raw, timestamp_ms, None if stale else value, wire, stale)


def _validate(wire: WireHistogram) -> WireHistogram:
    """Return `wire` if it has the supported schema and one count per bucket. Raises MalformedPush."""
    if wire.schema != SCHEMA:
        raise MalformedPush(f"histogram has schema {wire.schema}; only schema {SCHEMA} is supported")
    for spans, deltas in (
        (wire.positive_spans, wire.positive_deltas),
        (wire.negative_spans, wire.negative_deltas),
    ):
        if sum([span.length for span in spans]) != len(deltas):
            raise MalformedPush("histogram has a different number of counts and buckets")
    return wire


def _histogram(wire: WireHistogram) -> Histogram:
    histogram = Histogram(zero=wire.zero_count, total=wire.sum)
    histogram.buckets = _buckets(wire.positive_spans, wire.positive_deltas)
    histogram.negatives = _buckets(wire.negative_spans, wire.negative_deltas)
    return histogram


def _buckets(spans: Iterable[Span], deltas: Iterable[int]) -> dict[int, int]:
    buckets: dict[int, int] = {}
    next_deltas = iter(deltas)
    index = count = 0
    for span in spans:
        index += span.offset
        for _ in range(span.length):
            count += next(next_deltas)
            if count:
                buckets[index] = count
            index += 1
    return buckets


def _increases(known: dict[int, int], wire: WireHistogram) -> dict[int, int] | None:
    """Return the increase of each bucket since `known`; None when a bucket shrank or disappeared."""
    increases: dict[int, int] = {}
    deltas = wire.positive_deltas
    next_deltas = iter(deltas)
    before_of = known.get
    end = count = fresh = empty = 0
    for span in wire.positive_spans:
        start = end + span.offset
        end = start + span.length
        for index in range(start, end):
            count += next(next_deltas)
            before = before_of(index, 0)
            if count > before:
                increases[index] = count - before
                fresh += not before
            elif count < before:
                return None
            elif not count:
                empty += 1
    return increases if len(deltas) - fresh - empty == len(known) else None

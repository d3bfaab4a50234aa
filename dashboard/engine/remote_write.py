"""Push bodies (snappy around a protobuf WriteRequest) to series, and back for checkpoints."""

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import cramjam
from google.protobuf.message import DecodeError

from dashboard.engine.remote_write_pb2 import Histogram as WireHistogram
from dashboard.engine.remote_write_pb2 import Label, Push, Series, Span
from dashboard.model.histogram import SCHEMA, Histogram

MAX_DECODED_BYTES = 256 * 1024 * 1024


class MalformedPush(ValueError):
    """The body is not a remote-write request that this program understands; the message says why."""


class SamplePoint(NamedTuple):
    """The newest state of one series, cumulative since k6's start.

    key: identity, the raw labels joined · raw: the series as it was sent, for checkpoints
    value: counters and gauges; None for histograms and for stale markers · stale: the marker of k6's orderly end
    wire: a histogram as it was sent, known to be in order
    """

    key: bytes
    raw: bytes
    timestamp_ms: int
    value: float | None
    wire: WireHistogram | None
    stale: bool

    @property
    def histogram(self) -> Histogram | None:
        """A histogram's cumulative state."""
        return None if self.wire is None else _histogram(self.wire)


def decode(body: bytes) -> Iterator[SamplePoint]:
    """The series of a push body as k6 sent it. Raises MalformedPush."""
    try:
        size = cramjam.snappy.decompress_raw_len(body)
        if size > MAX_DECODED_BYTES:
            raise MalformedPush(f"a push of {size} bytes is larger than {MAX_DECODED_BYTES}")
        data = bytes(cramjam.snappy.decompress_raw(body))
    except cramjam.DecompressionError as error:
        raise MalformedPush(f"not snappy: {error}") from None
    return decode_plain(data)


def decode_plain(data: bytes) -> Iterator[SamplePoint]:
    """The series of an uncompressed push. Raises MalformedPush."""
    try:
        for raw in Push.FromString(data).series:
            yield _point(raw)
    except MalformedPush:
        raise
    except DecodeError as error:
        raise MalformedPush(f"not a remote-write request: {error}") from None


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


def advance(known: Histogram, wire: WireHistogram) -> Histogram:
    """Bring `known` up to the state in `wire`: what was added meanwhile, or all of it if the source restarted.

    The same as `Histogram.since`, in place: most buckets stay as they were, and there are thousands of series.
    """
    zero = wire.zero_count - known.zero
    steps = _risen(known.buckets, wire) if zero >= 0 and not known.negatives else None
    if steps is None or wire.negative_deltas:
        later = _histogram(wire)
        step = later.since(known)
        known.buckets, known.negatives = later.buckets, later.negatives
    else:
        step = Histogram(zero=zero, total=wire.sum - known.total)
        step.buckets = steps
        before = known.buckets.get
        known.buckets.update([(index, before(index, 0) + count) for index, count in steps.items()])
    known.zero, known.total = wire.zero_count, wire.sum
    return step


def _point(raw: bytes) -> SamplePoint:
    """Every series of every push comes through here: each field of the message is asked for once."""
    series = Series.FromString(raw)
    samples, histograms = series.samples, series.histograms
    wire, value, stale, timestamp_ms = None, None, False, 0
    if histograms:
        wire = _in_order(histograms[-1])
        timestamp_ms = wire.timestamp_ms
    if samples:
        sample = samples[-1]
        value, timestamp_ms = sample.value, max(timestamp_ms, sample.timestamp_ms)
        stale = math.isnan(value)
    return SamplePoint(b"".join(series.labels), raw, timestamp_ms, None if stale else value, wire, stale)


def _in_order(wire: WireHistogram) -> WireHistogram:
    """A histogram of our schema that has a count for each of its buckets. Raises MalformedPush."""
    if wire.schema != SCHEMA:
        raise MalformedPush(f"histogram of schema {wire.schema}, expected {SCHEMA}")
    for spans, deltas in (
        (wire.positive_spans, wire.positive_deltas),
        (wire.negative_spans, wire.negative_deltas),
    ):
        if sum([span.length for span in spans]) != len(deltas):
            raise MalformedPush("a histogram has not as many counts as buckets")
    return wire


def _histogram(wire: WireHistogram) -> Histogram:
    made = Histogram(zero=wire.zero_count, total=wire.sum)
    made.buckets = _buckets(wire.positive_spans, wire.positive_deltas)
    made.negatives = _buckets(wire.negative_spans, wire.negative_deltas)
    return made


def _buckets(spans: Iterable[Span], deltas: Iterable[int]) -> dict[int, int]:
    buckets: dict[int, int] = {}
    step = iter(deltas)
    index = count = 0
    for span in spans:
        index += span.offset
        for _ in range(span.length):
            count += next(step)
            if count:
                buckets[index] = count
            index += 1
    return buckets


def _risen(known: dict[int, int], wire: WireHistogram) -> dict[int, int] | None:
    """What each bucket has gained since `known`; None when one has lost or is gone."""
    steps: dict[int, int] = {}
    deltas = wire.positive_deltas
    step = iter(deltas)
    before_of = known.get
    end = count = fresh = empty = 0
    for span in wire.positive_spans:
        start = end + span.offset
        end = start + span.length
        for index in range(start, end):
            count += next(step)
            before = before_of(index, 0)
            if count > before:
                steps[index] = count - before
                fresh += not before
            elif count < before:
                return None
            elif not count:
                empty += 1
    return steps if len(deltas) - fresh - empty == len(known) else None

"""Decodes push bodies (a Snappy-compressed protobuf WriteRequest) into series, and encodes series for checkpoints."""

import math
from collections.abc import Container, Iterable, Iterator
from functools import partial
from typing import NamedTuple

import cramjam
from google.protobuf.message import DecodeError

from dashboard.engine.histogram_series import InvalidHistogram, decoded, spans_of
from dashboard.engine.remote_write_pb2 import Histogram as WireHistogram
from dashboard.engine.remote_write_pb2 import Label, Push, Series
from dashboard.model.histogram import Histogram

MAX_DECODED_BYTES = 256 * 1024 * 1024
LABEL_TAG = 0x0A  # protobuf's number and type of a label in a series
MAX_SHORT_LENGTH = 0x7F  # the longest length that protobuf encodes in a single byte


class MalformedPush(ValueError):
    """The body is not a remote-write request that this program supports. The message is the reason."""


class SamplePoint(NamedTuple):
    """The newest state of one series, cumulative since the start of k6.

    key: the identity of the series: its raw labels · raw: the series as sent, for checkpoints
    value: the value of a counter or gauge; None for histograms and stale markers
    wire: a valid histogram as sent, and its spans · stale: a stale marker, which k6 sends in its final push
    """

    key: bytes
    raw: bytes
    timestamp_ms: int
    value: float | None
    wire: WireHistogram | None
    spans: list[bytes]
    stale: bool

    @property
    def histogram(self) -> Histogram | None:
        """The cumulative histogram, decoded."""
        return None if self.wire is None else decoded(self.wire)


# The constructor of a NamedTuple is a Python function, which costs as much as reading two fields.
_new_point = partial(tuple.__new__, SamplePoint)


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
    except InvalidHistogram as error:
        raise MalformedPush(str(error)) from None
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


def _key_of(raw: bytes) -> bytes:
    """Return the raw labels of a series without decoding the series. k6 writes the labels first."""
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
    spans: list[bytes] = []
    if histograms:
        wire = histograms[-1]
        spans, timestamp_ms = spans_of(wire), wire.timestamp_ms
    if samples:
        sample = samples[-1]
        value, timestamp_ms = sample.value, max(timestamp_ms, sample.timestamp_ms)
        stale = math.isnan(value)
    return _new_point((key, raw, timestamp_ms, None if stale else value, wire, spans, stale))

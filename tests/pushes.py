"""Builds push bodies as k6 sends them, from values with known figures."""

import struct
from collections.abc import Iterable, Mapping
from itertools import groupby

import cramjam

from dashboard.engine.remote_write_pb2 import Histogram as WireHistogram
from dashboard.engine.remote_write_pb2 import Label, Push, Sample, Series, Span
from dashboard.model.histogram import Histogram
from tests.factories import a_histogram

STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]


def a_series(
    name: str,
    labels: Mapping[str, str],
    *,
    histogram: Histogram | None = None,
    value: float | None = None,
    ms: int = 1_000,
) -> bytes:
    """Return one series with its cumulative state. A stale marker of a histogram has both a value and a histogram."""
    series = Series()
    for key, text in sorted({"__name__": name, **labels}.items()):
        series.labels.append(Label(name=key.encode(), value=text.encode()).SerializeToString())
    if value is not None:
        series.samples.append(Sample(value=value, timestamp_ms=ms))
    if histogram is not None:
        series.histograms.append(_wire(histogram, ms))
    return series.SerializeToString()


def requests(
    values_s: Iterable[float],
    *,
    op: str = "List",
    group: str = "shop",
    status: str = "200",
    ms: int = 1_000,
    **labels: str,
) -> bytes:
    """Return the duration series of one operation; `values_s` are the durations since the start of the run."""
    expected = "true" if status[0] in "23" else "false"
    tags = {"op": op, "name": op, "group": group, "status": status, "expected_response": expected, **labels}
    return a_series("k6_http_req_duration_seconds", tags, histogram=a_histogram(values_s), ms=ms)


def a_push(*series: bytes) -> bytes:
    """Return the body of a push, compressed."""
    push = Push()
    push.series.extend(series)
    return bytes(cramjam.snappy.compress_raw(push.SerializeToString()))


def span(offset: int, length: int) -> bytes:
    """Return an encoded span of buckets."""
    return Span(offset=offset, length=length).SerializeToString()


def _wire(histogram: Histogram, ms: int) -> WireHistogram:
    wire = WireHistogram(
        count=histogram.count, sum=histogram.total, schema=3, zero_count=histogram.zero, timestamp_ms=ms
    )
    for side, spans, deltas in (
        (histogram.buckets, wire.positive_spans, wire.positive_deltas),
        (histogram.negatives, wire.negative_spans, wire.negative_deltas),
    ):
        end = before = 0
        indexes = sorted(side)
        for _, run in groupby(enumerate(indexes), key=lambda pair: pair[1] - pair[0]):
            adjacent = [index for _, index in run]
            spans.append(span(adjacent[0] - end, len(adjacent)))
            end = adjacent[-1] + 1
            for index in adjacent:
                deltas.append(side[index] - before)
                before = side[index]
    return wire

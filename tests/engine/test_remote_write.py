"""Pushes are read as they were meant, and refused in words when they are not pushes."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.engine.remote_write import (
    MalformedPush,
    advance,
    decode,
    decode_plain,
    encode_plain,
    labels_of,
)
from dashboard.engine.remote_write_pb2 import Histogram as WireHistogram
from dashboard.engine.remote_write_pb2 import Label, Series, Span
from dashboard.model.histogram import SCHEMA, Histogram, merged
from tests.factories import a_histogram
from tests.pushes import STALE, a_push, a_series
from tests.strategies import histograms

VALUES = st.floats(min_value=1e-6, max_value=100, allow_nan=False)


@given(st.lists(VALUES | VALUES.map(lambda v: -v) | st.just(0.0), max_size=60))
def test_a_histogram_survives_the_wire(values: list[float]) -> None:
    sent = a_histogram(values)
    [point] = decode(a_push(a_series("k6_my_trend", {}, histogram=sent, ms=1234)))
    assert point.histogram == sent
    assert point.timestamp_ms == 1234


def test_a_counter_is_a_value() -> None:
    [point] = decode(a_push(a_series("k6_iterations_total", {"scenario": "load"}, value=17)))
    assert (point.value, point.histogram, point.stale) == (17, None, False)


def test_a_stale_marker_keeps_its_histogram() -> None:
    body = a_push(a_series("k6_http_req_duration_seconds", {}, value=STALE, histogram=a_histogram([0.1])))
    [point] = decode(body)
    assert point.stale
    assert point.value is None
    assert point.histogram == a_histogram([0.1])


def test_labels_may_hold_anything() -> None:
    odd = {"op": 'a "b" {c}\n\\ ü €', "my-tag": "x" * 3000}
    [point] = decode(a_push(a_series("k6_x_total", odd, value=1)))
    assert labels_of(point.raw) == {"__name__": "k6_x_total", **odd}


def test_of_two_names_the_one_of_k6_counts() -> None:
    raw = a_series("k6_http_reqs_total", {}, value=1)
    forged = a_series("mine", {}, value=1)
    both = forged + raw  # concatenated messages are one message with the labels of both
    assert labels_of(both)["__name__"] == "k6_http_reqs_total"


def test_raw_series_make_a_push_again() -> None:
    body = a_push(a_series("k6_a_total", {}, value=1), a_series("k6_b", {}, histogram=a_histogram([2.0])))
    points = list(decode(body))
    again = list(decode_plain(encode_plain(point.raw for point in points)))
    assert again == points


def brought_up(known: Histogram, later: Histogram) -> Histogram:
    """What `advance` says was added when `later` comes over the wire."""
    [point] = decode(a_push(a_series("k6_http_req_duration_seconds", {}, histogram=later)))
    assert point.wire is not None
    return advance(known, point.wire)


@given(histograms, histograms)
def test_a_series_that_grew_gives_what_was_added(earlier: Histogram, added: Histogram) -> None:
    known, later = earlier.copy(), merged([earlier, added])
    assert brought_up(known, later) == added
    assert known == later


@given(histograms, histograms)
def test_a_series_that_fell_or_lost_a_bucket_counts_from_the_start(
    earlier: Histogram, later: Histogram
) -> None:
    known = earlier.copy()
    assert brought_up(known, later) == later.since(earlier)
    assert known == later


def test_a_bucket_that_is_gone_means_that_the_source_restarted() -> None:
    later = a_histogram([0.1, 0.1, 0.2])
    assert brought_up(a_histogram([0.1, 7.0]), later) == later


def test_a_bucket_that_is_sent_empty_is_none() -> None:
    wire = WireHistogram(count=2, schema=SCHEMA, positive_deltas=[1, -1, 1])
    wire.positive_spans.append(Span(offset=3, length=3))
    known = Histogram()
    assert advance(known, wire).buckets == known.buckets == {3: 1, 5: 1}
    assert advance(known, wire).is_empty


@pytest.mark.parametrize(
    "wire",
    [
        WireHistogram(schema=SCHEMA + 1),
        WireHistogram(schema=SCHEMA, positive_deltas=[1, 2], positive_spans=[Span(offset=0, length=3)]),
        WireHistogram(schema=SCHEMA, negative_deltas=[1, 2], negative_spans=[Span(offset=0, length=1)]),
    ],
)
def test_a_histogram_that_contradicts_itself_is_refused(wire: WireHistogram) -> None:
    name = Label(name=b"__name__", value=b"k6_x").SerializeToString()
    with pytest.raises(MalformedPush, match="histogram"):
        list(decode(a_push(Series(labels=[name], histograms=[wire]).SerializeToString())))


@pytest.mark.parametrize("body", [b"", b"hello", b"\xff" * 40, a_push(b"\xff\xff\xff")])
def test_what_is_no_push_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedPush):
        list(decode(body))


def test_a_push_that_would_blow_up_is_refused() -> None:
    length_of_a_terabyte = b"\xff\xff\xff\xff\x0f"
    with pytest.raises(MalformedPush, match="larger|snappy"):
        list(decode(length_of_a_terabyte + b"\x00"))


@given(st.binary(max_size=200))
def test_garbage_never_does_worse_than_bad_push(body: bytes) -> None:
    with suppress(MalformedPush):
        list(decode(body))

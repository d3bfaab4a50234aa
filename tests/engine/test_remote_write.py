"""Decoding of pushes, and rejection of malformed ones."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.engine.remote_write import (
    MalformedPush,
    decode,
    decode_plain,
    encode_plain,
    labels_of,
)
from dashboard.engine.remote_write_pb2 import Histogram as WireHistogram
from dashboard.engine.remote_write_pb2 import Label, Series
from dashboard.model.histogram import SCHEMA
from tests.factories import a_histogram
from tests.pushes import STALE, a_push, a_series, span

VALUES = st.floats(min_value=1e-6, max_value=100, allow_nan=False)


@given(st.lists(VALUES | VALUES.map(lambda v: -v) | st.just(0.0), max_size=60))
def test_a_histogram_survives_encoding_and_decoding(values: list[float]) -> None:
    sent = a_histogram(values)
    [point] = decode(a_push(a_series("k6_my_trend", {}, histogram=sent, ms=1234)))
    assert point.histogram == sent
    assert point.timestamp_ms == 1234


def test_a_counter_has_a_value() -> None:
    [point] = decode(a_push(a_series("k6_iterations_total", {"scenario": "load"}, value=17)))
    assert (point.value, point.histogram, point.stale) == (17, None, False)


def test_a_stale_marker_keeps_its_histogram() -> None:
    body = a_push(a_series("k6_http_req_duration_seconds", {}, value=STALE, histogram=a_histogram([0.1])))
    [point] = decode(body)
    assert point.stale
    assert point.value is None
    assert point.histogram == a_histogram([0.1])


def test_labels_can_contain_any_text() -> None:
    odd = {"op": 'a "b" {c}\n\\ ü €', "my-tag": "x" * 3000}
    [point] = decode(a_push(a_series("k6_x_total", odd, value=1)))
    assert labels_of(point.raw) == {"__name__": "k6_x_total", **odd}


def test_the_metric_name_of_k6_overrides_a_tag_of_the_same_name() -> None:
    raw = a_series("k6_http_reqs_total", {}, value=1)
    forged = a_series("mine", {}, value=1)
    both = forged + raw  # concatenated protobuf messages merge: this one has both labels
    assert labels_of(both)["__name__"] == "k6_http_reqs_total"


def test_raw_series_can_be_encoded_as_a_push() -> None:
    body = a_push(a_series("k6_a_total", {}, value=1), a_series("k6_b", {}, histogram=a_histogram([2.0])))
    points = list(decode(body))
    again = list(decode_plain(encode_plain(point.raw for point in points)))
    assert again == points


@pytest.mark.parametrize(
    "wire",
    [
        WireHistogram(schema=SCHEMA + 1),
        WireHistogram(schema=SCHEMA, positive_deltas=[1, 2], positive_spans=[span(0, 3)]),
        WireHistogram(schema=SCHEMA, negative_deltas=[1, 2], negative_spans=[span(0, 1)]),
        WireHistogram(schema=SCHEMA, negative_spans=[span(0, 1)]),
    ],
)
def test_an_inconsistent_histogram_is_rejected(wire: WireHistogram) -> None:
    name = Label(name=b"__name__", value=b"k6_x").SerializeToString()
    with pytest.raises(MalformedPush, match="histogram"):
        list(decode(a_push(Series(labels=[name], histograms=[wire]).SerializeToString())))


def test_a_broken_span_is_rejected() -> None:
    broken = WireHistogram(schema=SCHEMA, positive_deltas=[1], positive_spans=[b"\xff"])
    with pytest.raises(MalformedPush, match="not a remote-write request"):
        list(decode(a_push(Series(histograms=[broken]).SerializeToString())))


@pytest.mark.parametrize("body", [b"", b"hello", b"\xff" * 40, a_push(b"\xff\xff\xff")])
def test_a_body_that_is_not_a_push_is_rejected(body: bytes) -> None:
    with pytest.raises(MalformedPush):
        list(decode(body))


def test_a_decompression_bomb_is_rejected() -> None:
    length_of_four_gigabytes = b"\xff\xff\xff\xff\x0f"
    with pytest.raises(MalformedPush, match="exceeds the limit"):
        list(decode(length_of_four_gigabytes + b"\x00"))


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_no_other_error_than_malformed_push(body: bytes) -> None:
    with suppress(MalformedPush):
        list(decode(body))


@pytest.mark.parametrize(
    "tags", [{}, {"op": "a"}, {"op": "x" * 127}, {"op": "x" * 300}, {"url": "ü" * 90, "op": "a"}]
)
def test_the_key_of_a_series_does_not_depend_on_its_value(tags: dict[str, str]) -> None:
    first, second = (
        next(decode(a_push(a_series("k6_iterations_total", tags, value=value)))) for value in (1, 2)
    )
    other = next(decode(a_push(a_series("k6_iterations_total", {**tags, "more": "b"}, value=1))))
    assert first.key == second.key
    assert first.key != other.key


def test_ignored_series_are_not_decoded() -> None:
    counter, broken = a_series("k6_a_total", {}, value=1), a_series("k6_b_total", {}, value=1) + b"\xff"
    with pytest.raises(MalformedPush):
        list(decode(a_push(counter, broken)))
    [ignored] = decode(a_push(a_series("k6_b_total", {}, value=1)))
    assert [point.raw for point in decode(a_push(counter, broken), {ignored.key})] == [counter]

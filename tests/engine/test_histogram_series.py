"""The increase of a series since the last push, for any sequence of pushes."""

from hypothesis import given
from hypothesis import strategies as st

from dashboard.engine.histogram_series import HistogramSeries, spans_of
from dashboard.engine.remote_write import decode
from dashboard.engine.remote_write_pb2 import Histogram as WireHistogram
from dashboard.model.histogram import SCHEMA, Histogram, merge
from tests.factories import a_histogram
from tests.pushes import a_push, a_series, span
from tests.strategies import histograms


def advance(series: HistogramSeries, later: Histogram) -> Histogram:
    """Return the increase that the series reports after decoding `later`."""
    [point] = decode(a_push(a_series("k6_http_req_duration_seconds", {}, histogram=later)))
    assert point.wire is not None
    return series.advance(point.wire, point.spans)


def a_wire(*deltas: int, spans: list[bytes], zero: int = 0) -> WireHistogram:
    return WireHistogram(schema=SCHEMA, positive_deltas=deltas, positive_spans=spans, zero_count=zero)


@given(st.lists(histograms, max_size=6))
def test_the_increase_of_a_growing_series_is_what_was_added(parts: list[Histogram]) -> None:
    series, total = HistogramSeries(), Histogram()
    for added in parts:
        total = merge([total, added])
        assert advance(series, total) == added
        assert series.known == total


@given(st.lists(histograms, max_size=6))
def test_a_series_that_shrank_counts_from_the_start(states: list[Histogram]) -> None:
    series, earlier = HistogramSeries(), Histogram()
    for later in states:
        assert advance(series, later) == later.since(earlier)
        assert series.known == later
        earlier = later


@given(st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), max_size=8))
def test_buckets_that_stay_are_compared_one_by_one(pushes: list[list[int]]) -> None:
    spans = [span(-4, 2), span(3, 1)]
    series, earlier = HistogramSeries(), Histogram()
    for first, second, third in pushes:
        wire = a_wire(first, second - first, third - second, spans=spans)
        later = Histogram({index: n for index, n in ((-4, first), (-3, second), (1, third)) if n})
        assert series.advance(wire, spans_of(wire)) == later.since(earlier)
        earlier = later


def test_the_increase_is_independent_of_the_series() -> None:
    series = HistogramSeries()
    first = advance(series, a_histogram([0.1]))
    first.add(a_histogram([5.0, -1.0]))
    assert series.known == a_histogram([0.1])
    assert advance(series, a_histogram([0.1, 0.1])) == a_histogram([0.1])


def test_a_missing_bucket_means_that_the_source_restarted() -> None:
    series, later = HistogramSeries(), a_histogram([0.1, 0.1, 0.2])
    advance(series, a_histogram([0.1, 7.0]))
    assert advance(series, later) == later


def test_a_smaller_zero_count_means_that_the_source_restarted() -> None:
    series, later = HistogramSeries(), a_histogram([0.0, 0.1, 0.1])
    advance(series, a_histogram([0.0, 0.0, 0.1]))
    assert advance(series, later) == later


def test_an_empty_bucket_is_ignored() -> None:
    series, wire = HistogramSeries(), a_wire(1, -1, 1, spans=[span(3, 3)])
    assert series.advance(wire, spans_of(wire)).buckets == series.known.buckets == {3: 1, 5: 1}
    assert series.advance(wire, spans_of(wire)).is_empty
    without = a_wire(1, 0, spans=[span(3, 1), span(1, 1)])
    assert series.advance(without, spans_of(without)).is_empty


def test_buckets_far_from_the_usual_ones_are_counted() -> None:
    series, wire = HistogramSeries(), a_wire(1, 0, 0, spans=[span(-1_025, 2), span(2_050, 1)])
    assert series.advance(wire, spans_of(wire)).buckets == {-1_025: 1, -1_024: 1, 1_027: 1}

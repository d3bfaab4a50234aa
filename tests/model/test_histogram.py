"""Histograms: merging, differences, quantiles and their compact form."""

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.model.histogram import Histogram, merge, upper_edge
from tests.factories import a_histogram
from tests.strategies import histograms, times_s

ONE_BUCKET = upper_edge(1) - 1 + 1e-9
QS = (0.5, 0.75, 0.9, 0.95, 0.99)


@given(histograms, histograms)
def test_merging_is_independent_of_order(a: Histogram, b: Histogram) -> None:
    assert merge([a, b]) == merge([b, a])


@given(histograms, histograms, histograms)
def test_merging_is_independent_of_grouping(a: Histogram, b: Histogram, c: Histogram) -> None:
    assert merge([merge([a, b]), c]) == merge([a, merge([b, c])])


@given(histograms, histograms)
def test_since_returns_what_was_added(before: Histogram, added: Histogram) -> None:
    assert merge([before, added]).since(before) == added


@given(histograms)
def test_the_difference_from_itself_is_empty(now: Histogram) -> None:
    assert now.since(now.copy()).is_empty


@given(histograms, histograms)
def test_adding_does_not_change_the_other_histogram_or_a_copy(a: Histogram, b: Histogram) -> None:
    kept, total = b.copy(), a.copy()
    total.add(b)
    assert b == kept
    assert total.count == a.count + b.count


@pytest.mark.parametrize(
    "restarted",
    [
        Histogram({5: 1}, zero=1, total=1.0),
        Histogram({5: 3}, zero=0, total=1.0),
        Histogram({6: 9}, zero=1, total=1.0),
        Histogram({5: 3}, zero=1, total=1.0, negatives={2: 1}),
    ],
)
def test_a_restarted_source_counts_from_its_restart(restarted: Histogram) -> None:
    before = Histogram({5: 2}, zero=1, total=9.0, negatives={2: 2})
    assert restarted.since(before) == restarted


@given(histograms)
def test_the_compact_form_is_lossless(histogram: Histogram) -> None:
    assert Histogram.from_bytes(histogram.to_bytes()) == histogram


@pytest.mark.parametrize("number", [1, 127, 128, 129, 255, 256, 16_383, 16_384, 1 << 62])
def test_counts_and_steps_of_any_size_are_lossless(number: int) -> None:
    for buckets in ({-80: number}, {5: 1, 6: number, 9: 2}, {-3: 1, number: 1}, {-number: 1, 0: 1}):
        histogram = Histogram(buckets, zero=number)
        assert Histogram.from_bytes(histogram.to_bytes()) == histogram


def test_an_interval_of_a_few_requests_is_small() -> None:
    assert len(a_histogram([0.010 + 0.001 * n for n in range(16)]).to_bytes()) <= 40


@given(histograms, st.data())
def test_a_damaged_compact_form_is_rejected(histogram: Histogram, data: st.DataObject) -> None:
    blob = histogram.to_bytes()
    cut = data.draw(st.integers(0, len(blob) - 1))
    with pytest.raises(ValueError, match="blob"):
        Histogram.from_bytes(blob[:cut])
    with pytest.raises(ValueError, match="1 extra bytes"):
        Histogram.from_bytes(blob + b"\0")


def test_a_compact_form_of_another_version_is_rejected() -> None:
    with pytest.raises(ValueError, match="version 02"):
        Histogram.from_bytes(b"\x02" + Histogram().to_bytes()[1:])


def test_an_empty_histogram_has_no_figures() -> None:
    empty = Histogram()
    assert empty.is_empty
    assert (empty.count, empty.mean, empty.min_edge, empty.max_edge) == (0, None, None, None)
    assert empty.quantiles(QS) == [None] * len(QS)


@given(st.lists(times_s, min_size=1, max_size=300))
def test_count_and_mean_are_exact(values: list[float]) -> None:
    histogram = a_histogram(values)
    assert histogram.count == len(values)
    assert histogram.mean == pytest.approx(sum(values) / len(values))


@given(st.lists(st.one_of(times_s, st.just(0.0)), min_size=1, max_size=300))
def test_the_error_of_a_quantile_is_at_most_one_bucket(values: list[float]) -> None:
    estimates = numpy.array(a_histogram(values).quantiles(QS))
    exact = numpy.quantile(values, QS)
    assert (abs(estimates - exact) <= ONE_BUCKET * exact + 1e-12).all()


@given(st.lists(times_s, min_size=1, max_size=100))
def test_quantiles_of_negative_values_mirror_those_of_positive_ones(values: list[float]) -> None:
    below = a_histogram([-value for value in values]).quantiles([1 - q for q in QS])
    above = a_histogram(values).quantiles(QS)
    assert [-value for value in below if value is not None] == pytest.approx(above)


def test_quantiles_cross_from_negative_values_through_zero_to_positive_ones() -> None:
    low, middle, high = a_histogram([-2.0, 0.0, 0.0, 0.0, 3.0]).quantiles((0.0, 0.5, 1.0))
    assert low == pytest.approx(-2.0, rel=0.05)
    assert middle == 0.0
    assert high == pytest.approx(3.0, rel=0.05)


@given(st.lists(times_s, min_size=1, max_size=100), st.lists(st.floats(0, 1), min_size=2).map(sorted))
def test_a_higher_quantile_is_never_lower(values: list[float], qs: list[float]) -> None:
    found = a_histogram(values).quantiles(qs)
    assert found == pytest.approx(sorted(value or 0.0 for value in found))


@pytest.mark.parametrize(("n", "draws"), [(10, 1_500), (16, 1_500), (50, 1_000), (200, 500), (1_000, 300)])
def test_quantiles_of_lognormal_times_have_the_documented_accuracy(n: int, draws: int) -> None:
    errors = lognormal_errors(n, draws)
    assert (abs(errors.mean(axis=0)) <= 0.006).all()
    assert (numpy.median(abs(errors), axis=0) <= 0.02).all()
    assert (numpy.quantile(abs(errors), 0.95, axis=0) <= 0.043).all()
    assert numpy.quantile(abs(errors), 0.999) <= 0.067


def lognormal_errors(n: int, draws: int) -> numpy.ndarray:
    """Return the relative errors of the quantiles (columns) of `draws` runs of `n` requests (rows)."""
    values = numpy.random.default_rng(7).lognormal(-4.0, 0.5, (draws, n))
    estimates = numpy.array([a_histogram(row).quantiles(QS) for row in values.tolist()])
    return estimates / numpy.quantile(values, QS, axis=1).T - 1


@given(st.lists(times_s, min_size=1, max_size=100))
def test_all_values_are_between_the_outer_edges(values: list[float]) -> None:
    histogram = a_histogram(values)
    low, high = histogram.min_edge, histogram.max_edge
    assert low is not None
    assert high is not None
    assert low <= min(values) * (1 + 1e-12) <= low * (1 + ONE_BUCKET)
    assert high / (1 + ONE_BUCKET) <= max(values) <= high * (1 + 1e-12)


def test_outer_edges_include_zero_and_negative_values() -> None:
    assert a_histogram([0.0, 1.0]).min_edge == 0.0
    assert a_histogram([0.0]).max_edge == 0.0
    assert a_histogram([-4.0, -1.0]).min_edge == pytest.approx(-4.0)
    assert a_histogram([-4.0, -1.0]).max_edge == pytest.approx(-upper_edge(-1))


@given(histograms, times_s, times_s)
def test_the_count_up_to_a_value_is_monotonic(histogram: Histogram, a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert 0 <= histogram.count_up_to(low) <= histogram.count_up_to(high) <= histogram.count


@given(st.lists(times_s, min_size=1, max_size=200), times_s)
def test_the_error_of_the_count_up_to_a_value_is_at_most_its_bucket(
    values: list[float], limit: float
) -> None:
    histogram = a_histogram(values)
    surely = sum(value <= limit / (1 + ONE_BUCKET) for value in values)
    possibly = sum(value <= limit * (1 + ONE_BUCKET) for value in values)
    assert surely - 1e-6 <= histogram.count_up_to(limit) <= possibly + 1e-6


def test_the_bucket_that_contains_a_value_is_split_at_it() -> None:
    middle = (upper_edge(-9) * upper_edge(-8)) ** 0.5
    assert Histogram({-20: 1, -8: 10, 4: 1}).count_up_to(middle) == pytest.approx(6)


def test_the_count_up_to_an_edge_is_exact() -> None:
    assert a_histogram([0.1, 0.2, 0.25, 0.26, 0.6]).count_up_to(0.25) == 3


@given(st.lists(times_s, min_size=1, max_size=60), st.sampled_from(QS))
def test_the_exact_quantile_is_between_its_bounds(values: list[float], q: float) -> None:
    low, high = a_histogram(values).quantile_bounds(q) or (1.0, 0.0)
    exact = float(numpy.quantile(values, q))
    assert low * (1 - 1e-9) <= exact <= high * (1 + 1e-9)
    estimate = a_histogram(values).quantile(q) or 0.0
    assert low * (1 - 1e-9) <= estimate <= high * (1 + 1e-9)


@given(st.lists(times_s, max_size=60), times_s.filter(bool))
def test_the_exact_count_is_between_its_bounds(values: list[float], edge: float) -> None:
    sure, possible = a_histogram(values).count_bounds(edge)
    assert sure <= sum(value <= edge for value in values) <= possible


def test_an_empty_histogram_has_no_bounds() -> None:
    assert Histogram().quantile_bounds(0.95) is None

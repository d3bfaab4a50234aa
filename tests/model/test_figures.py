"""Figures computed from tallies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.model.figures import (
    BUCKET_EDGES_MS,
    Figures,
    apdex,
    apdex_grade,
    distribution_of,
    figures_of,
    latency_buckets,
    mean_times_of,
    totals_of,
)
from dashboard.model.histogram import Histogram
from dashboard.model.tally import Tally
from tests.factories import a_histogram, a_tally
from tests.strategies import times_s


def test_figures_of_requests_are_in_milliseconds_and_fractions() -> None:
    figures = figures_of(a_tally([0.1, 0.2, 0.3], failed=[0.4]), seconds=2.0, apdex_t_ms=500.0)
    assert (figures.total_reqs, figures.errors, figures.error_rate, figures.rps) == (4, 1, 0.25, 2.0)
    assert (figures.status_2xx, figures.status_5xx, figures.status_4xx) == (3, 1, 0)
    assert (figures.checks_passed, figures.checks_failed, figures.checks_rate) == (3, 1, 0.75)
    assert figures.avg_ms == pytest.approx(250.0)
    assert figures.success_avg_ms == pytest.approx(200.0)
    assert figures.ttfb_ms == pytest.approx(160.0)
    assert figures.p50_ms == pytest.approx(250.0, rel=0.05)
    assert figures.success_p50_ms == pytest.approx(200.0, rel=0.05)
    assert figures.apdex_score == pytest.approx(0.75)


def test_figures_without_requests_are_missing_and_not_zero() -> None:
    figures = figures_of(Tally(), seconds=2.0, apdex_t_ms=500.0)
    assert (figures.total_reqs, figures.rps) == (0, 0.0)
    missing = [name for name in Figures.__slots__ if getattr(figures, name) is None]
    assert missing == [
        *("error_rate", "avg_ms", "min_ms", "max_ms", "p50_ms", "p75_ms", "p90_ms", "p95_ms", "p99_ms"),
        *("success_avg_ms", "success_p50_ms", "success_p95_ms", "success_p99_ms", "ttfb_ms", "apdex_score"),
        "checks_rate",
    ]


def test_without_a_duration_there_is_no_rate() -> None:
    assert figures_of(a_tally(), seconds=None, apdex_t_ms=500.0).rps is None
    assert figures_of(a_tally(), seconds=0.0, apdex_t_ms=500.0).rps is None


def test_status_classes_add_up_to_all_requests_including_those_without_a_response() -> None:
    tally = a_tally([0.1], failed=[0.2, 0.3])
    tally.add_duration("0-", a_histogram([0.0]))
    figures = figures_of(tally, 1.0, 500.0)
    classes = [getattr(figures, name) for name in Figures.__slots__ if name.startswith("status_")]
    assert (sum(classes), figures.status_0) == (figures.total_reqs, 1)


def test_totals_come_from_their_metrics() -> None:
    tally = a_tally([0.1] * 4)
    tally.add_trend("iteration_duration", a_histogram([1.0, 1.0, 1.0]))
    tally.counters = {
        "data_received": 1_000.0,
        "data_sent": 200.0,
        "dropped_iterations": 2.0,
        "connections_reused": 3.0,
    }
    totals = totals_of(tally)
    assert (totals.iterations, totals.dropped_iterations) == (3, 2)
    assert (totals.data_received_bytes, totals.data_sent_bytes) == (1_000, 200)
    assert totals.connection_reuse_rate == 0.75


def test_mean_times_come_from_their_metrics_and_are_missing_without_them() -> None:
    tally = a_tally()
    tally.add_trend("http_req_connecting", a_histogram([0.001, 0.0]))
    tally.add_trend("iteration_duration", a_histogram([1.0, 2.0]))
    times = mean_times_of(tally)
    assert times.connecting_ms == pytest.approx(0.5)
    assert times.iteration_ms == pytest.approx(1_500.0)
    assert (times.blocked_ms, times.sending_ms, times.receiving_ms) == (None, None, None)


def test_unmeasured_totals_are_missing() -> None:
    totals = totals_of(a_tally())
    assert (totals.iterations, totals.dropped_iterations, totals.connection_reuse_rate) == (None, None, None)


@given(st.lists(times_s, max_size=100), st.integers(0, 50), st.floats(1, 60_000))
def test_apdex_is_between_zero_and_one(values: list[float], failed: int, t_ms: float) -> None:
    score = apdex(a_histogram(values), len(values) + failed, t_ms)
    if score is None:
        assert not values
        assert not failed
    else:
        assert 0 <= score <= len(values) / (len(values) + failed) + 1e-9


@pytest.mark.parametrize(
    ("values", "failed", "score"),
    [([0.1], 0, 1.0), ([1.0], 0, 0.5), ([3.0], 0, 0.0), ([0.1], 1, 0.5), ([0.1, 1.0, 3.0, 0.2], 0, 0.625)],
)
def test_apdex_counts_tolerating_requests_half_and_failed_ones_not_at_all(
    values: list[float], failed: int, score: float
) -> None:
    assert apdex(a_histogram(values), len(values) + failed, 500.0) == pytest.approx(score)


@pytest.mark.parametrize(
    ("score", "grade"),
    [(1.0, "A"), (0.94, "A"), (0.93, "B"), (0.85, "B"), (0.7, "C"), (0.5, "D"), (0.49, "F"), (None, None)],
)
def test_grades_follow_the_apdex_convention(score: float | None, grade: str | None) -> None:
    assert apdex_grade(score) == grade


@given(st.lists(st.one_of(times_s, st.sampled_from([0.0, 0.051, 0.1, 0.26, 0.52, 1.02, 5.1])), max_size=300))
def test_latency_buckets_add_up_to_all_requests(values: list[float]) -> None:
    buckets = latency_buckets(a_histogram(values))
    assert sum(bucket.count for bucket in buckets) == len(values)
    assert all(bucket.count >= 0 for bucket in buckets)
    assert [bucket.le_ms for bucket in buckets] == [*BUCKET_EDGES_MS, None]


def test_latency_buckets_contain_the_requests_clearly_inside_them() -> None:
    values = [0.01, 0.02, 0.07, 0.15, 0.15, 0.4, 0.7, 2.0, 9.0]
    assert [bucket.count for bucket in latency_buckets(a_histogram(values))] == [2, 1, 2, 1, 1, 1, 1]


def test_a_distribution_of_times_is_in_milliseconds() -> None:
    found = distribution_of("http_req_waiting", "ms", a_histogram([0.1, 0.1, 0.1]))
    assert (found.count, found.unit) == (3, "ms")
    assert found.avg == pytest.approx(100.0)
    assert found.med == pytest.approx(100.0, rel=0.05)


def test_a_distribution_of_plain_numbers_keeps_unit_and_sign() -> None:
    found = distribution_of("temperature", "", a_histogram([-5.0, -5.0]))
    assert found.avg == -5.0
    assert found.p95 == pytest.approx(-5.0, rel=0.05)


def test_an_empty_distribution_has_no_figures() -> None:
    found = distribution_of("empty", "ms", Histogram())
    assert (found.count, found.avg, found.min, found.med, found.p99) == (0, None, None, None, None)

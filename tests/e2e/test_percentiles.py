"""The error of percentiles of operations and windows, compared with the samples behind them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from statistics import median

import pytest

from dashboard.engine.remote_write import decode
from dashboard.model.figures import QUANTILES
from dashboard.model.snapshot import OVERALL, Interval, OpKey
from dashboard.model.tally import Tally
from dashboard.runs.live.aggregator import Aggregator
from tests.pushes import a_push, requests

MAX_ERROR, MAX_MEDIAN_ERROR = 0.10, 0.02
PUSHES, OPERATIONS = 6, 12
Draw = Callable[[random.Random], float]
Windows = list[dict[OpKey, list[float]]]


def lognormal(rng: random.Random) -> float:
    return 0.040 * rng.lognormvariate(0, 0.8)


def heavy_tail(rng: random.Random) -> float:
    return 0.005 * rng.paretovariate(1.3)


def under_a_millisecond(rng: random.Random) -> float:
    return 0.0002 + rng.expovariate(1 / 0.0003)


def steady(rng: random.Random) -> float:
    return 0.020 + rng.expovariate(1 / 0.001)


SHAPES = (lognormal, heavy_tail, under_a_millisecond, steady)


def draw_windows(draw: Draw, per_window: int, rng: random.Random) -> Windows:
    """Draw random samples of each operation in each window."""
    ops = [OpKey(f"Op{number}", "shop", "") for number in range(OPERATIONS)]
    return [{op: [draw(rng) for _ in range(per_window)] for op in ops} for _ in range(PUSHES)]


def merge_windows(windows: Windows) -> dict[OpKey, list[float]]:
    """Return the samples of the whole run."""
    return {op: [value for window in windows for value in window[op]] for op in windows[0]}


def feed(windows: Windows) -> tuple[list[Interval], Mapping[OpKey, Tally]]:
    """Feed `windows` to an aggregator as k6 pushes them. Returns its intervals and its cumulative tallies."""
    aggregator, intervals = Aggregator(started_ms=0, apdex_t_ms=500), []
    so_far: dict[OpKey, list[float]] = {}
    for number, window in enumerate(windows, 1):
        for op, values in window.items():
            so_far.setdefault(op, []).extend(values)
        series = [requests(so_far[op], op=op.op, group=op.group, ms=number * 2_000) for op in window]
        interval = aggregator.feed(decode(a_push(*series)), record=number, generator=None)
        assert interval is not None
        intervals.append(interval)
    return intervals, aggregator.cumulative


def exact_quantile(values: Sequence[float], q: float) -> float:
    """Compute the quantile as in k6's summary: interpolated linearly between the two nearest sorted values."""
    ordered, rank = sorted(values), q * (len(values) - 1)
    low = int(rank)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (rank - low)


def relative_errors(tallies: Mapping[OpKey, Tally], samples: Mapping[OpKey, Sequence[float]]) -> list[float]:
    """Return the relative error of each percentile, for every operation and for all together."""
    everything = [value for values in samples.values() for value in values]
    deviations = []
    for op, values in [*samples.items(), (OVERALL, everything)]:
        estimates = tallies[op].duration().quantiles(QUANTILES)
        for q, estimate in zip(QUANTILES, estimates, strict=True):
            assert estimate is not None
            deviations.append(abs(estimate / exact_quantile(values, q) - 1))
    return deviations


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("per_window", [16, 300])
@pytest.mark.parametrize("draw", SHAPES)
def test_percentiles_are_close_to_those_of_the_samples(draw: Draw, per_window: int, seed: int) -> None:
    windows = draw_windows(draw, per_window, random.Random(seed))
    intervals, cumulative = feed(windows)
    deviations = relative_errors(cumulative, merge_windows(windows))
    for interval, window in zip(intervals, windows, strict=True):
        deviations += relative_errors(interval.tallies, window)
    print(
        f"{draw.__name__}, {per_window} requests per window: "
        f"median {median(deviations):.2%}, worst {max(deviations):.2%}"
    )
    assert max(deviations) <= MAX_ERROR
    assert median(deviations) <= MAX_MEDIAN_ERROR


@pytest.mark.parametrize("draw", SHAPES)
def test_percentiles_of_operations_with_few_requests_are_close(draw: Draw) -> None:
    deviations: list[float] = []
    for seed in range(5):
        windows = draw_windows(draw, 3, random.Random(seed))
        intervals, cumulative = feed(windows)
        deviations += relative_errors(cumulative, merge_windows(windows))
        for interval, window in zip(intervals, windows, strict=True):
            assert max(relative_errors(interval.tallies, window)) <= MAX_ERROR
    print(
        f"{draw.__name__}, 18 requests per operation: "
        f"median {median(deviations):.2%}, worst {max(deviations):.2%}"
    )
    assert max(deviations) <= MAX_ERROR
    assert median(deviations) <= MAX_MEDIAN_ERROR


@pytest.mark.parametrize("seconds", [0.0003, 0.020, 0.3005, 2.0])
def test_constant_latency_has_an_error_of_at_most_one_bucket(seconds: float) -> None:
    _, cumulative = feed(draw_windows(lambda _rng: seconds, 50, random.Random(0)))
    overall = cumulative[OVERALL].duration()
    assert all(abs((estimate or 0) / seconds - 1) <= 0.0906 for estimate in overall.quantiles(QUANTILES))
    assert overall.mean == pytest.approx(seconds)

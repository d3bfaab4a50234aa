"""Percentiles of operations and windows against the samples that they were made of: how far off they are."""

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

WORST, USUAL = 0.10, 0.02
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


def drawn(draw: Draw, per_window: int, rng: random.Random) -> Windows:
    """New samples of each operation in each window."""
    ops = [OpKey(f"Op{number}", "shop", "") for number in range(OPERATIONS)]
    return [{op: [draw(rng) for _ in range(per_window)] for op in ops} for _ in range(PUSHES)]


def merged(windows: Windows) -> dict[OpKey, list[float]]:
    """The samples of the whole run."""
    return {op: [value for window in windows for value in window[op]] for op in windows[0]}


def fed(windows: Windows) -> tuple[list[Interval], Mapping[OpKey, Tally]]:
    """The steps of an aggregator that got `windows` as k6 sends them, and its tallies of the whole run."""
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


def exact(values: Sequence[float], q: float) -> float:
    """As k6's summary: linear between the two nearest of the sorted values."""
    ordered, rank = sorted(values), q * (len(values) - 1)
    low = int(rank)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (rank - low)


def errors(tallies: Mapping[OpKey, Tally], samples: Mapping[OpKey, Sequence[float]]) -> list[float]:
    """How far each percentile is off, of every operation and of all together."""
    everything = [value for values in samples.values() for value in values]
    found = []
    for op, values in [*samples.items(), (OVERALL, everything)]:
        estimates = tallies[op].duration().quantiles(QUANTILES)
        for q, estimate in zip(QUANTILES, estimates, strict=True):
            assert estimate is not None
            found.append(abs(estimate / exact(values, q) - 1))
    return found


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("per_window", [16, 300])
@pytest.mark.parametrize("draw", SHAPES)
def test_percentiles_are_close_to_those_of_the_samples(draw: Draw, per_window: int, seed: int) -> None:
    windows = drawn(draw, per_window, random.Random(seed))
    intervals, cumulative = fed(windows)
    found = errors(cumulative, merged(windows))
    for interval, window in zip(intervals, windows, strict=True):
        found += errors(interval.tallies, window)
    print(f"{draw.__name__}, {per_window} a window: median {median(found):.2%}, worst {max(found):.2%}")
    assert max(found) <= WORST
    assert median(found) <= USUAL


@pytest.mark.parametrize("draw", SHAPES)
def test_a_few_requests_in_an_operation_are_enough(draw: Draw) -> None:
    found: list[float] = []
    for seed in range(5):
        windows = drawn(draw, 3, random.Random(seed))
        intervals, cumulative = fed(windows)
        found += errors(cumulative, merged(windows))
        for interval, window in zip(intervals, windows, strict=True):
            assert max(errors(interval.tallies, window)) <= WORST
    print(f"{draw.__name__}, 18 in an operation: median {median(found):.2%}, worst {max(found):.2%}")
    assert max(found) <= WORST
    assert median(found) <= USUAL


@pytest.mark.parametrize("seconds", [0.0003, 0.020, 0.3005, 2.0])
def test_latency_that_never_changes_is_off_by_one_bucket_at_most(seconds: float) -> None:
    _, cumulative = fed(drawn(lambda _rng: seconds, 50, random.Random(0)))
    overall = cumulative[OVERALL].duration()
    assert all(abs((found or 0) / seconds - 1) <= 0.0906 for found in overall.quantiles(QUANTILES))
    assert overall.mean == pytest.approx(seconds)

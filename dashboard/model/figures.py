"""Figures: the values shown for a tally. Times are in milliseconds, ratios from 0 to 1.

A figure without a measurement is None, never 0.
"""

from dataclasses import dataclass

from dashboard.model.histogram import Histogram
from dashboard.model.tally import NO_RESPONSE, OTHER_STATUS, Tally

QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.99)
REUSED_CONNECTIONS = "connections_reused"
TIMINGS = ("blocked", "connecting", "tls_handshaking", "sending", "waiting", "receiving")
TIMING_TRENDS = {name: f"http_req_{name}" for name in TIMINGS}
_MEAN_TIMES = {
    **{
        f"{name}_ms": metric for name, metric in TIMING_TRENDS.items() if name != "waiting"
    },  # the mean of "waiting" is `ttfb_ms`
    "iteration_ms": "iteration_duration",
}
BUILT_IN_TRENDS = frozenset({"iteration_duration", *TIMING_TRENDS.values()})
BUCKET_EDGES_MS = (50, 100, 250, 500, 1000, 5000)
APDEX_GRADES = ((0.94, "A"), (0.85, "B"), (0.70, "C"), (0.50, "D"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of a run, a time range, an operation, a group or a phase.

    Times cover the requests with a response, counts and rates all requests. `error_rate` is the share of
    errors among all requests except redirects that were followed (`hops`). `status_other`: 600 and above
    """

    total_reqs: int
    errors: int
    error_rate: float | None
    rps: float | None
    avg_ms: float | None
    min_ms: float | None
    max_ms: float | None
    p50_ms: float | None
    p75_ms: float | None
    p90_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    success_avg_ms: float | None
    success_p50_ms: float | None
    success_p95_ms: float | None
    success_p99_ms: float | None
    ttfb_ms: float | None
    apdex_score: float | None
    status_0: int
    status_1xx: int
    status_2xx: int
    status_3xx: int
    status_4xx: int
    status_5xx: int
    status_other: int
    checks_passed: int
    checks_failed: int
    checks_rate: float | None
    hops: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTotals:
    """Figures that exist only for all operations together."""

    iterations: int | None
    dropped_iterations: int | None
    data_received_bytes: int | None
    data_sent_bytes: int | None
    connection_reuse_rate: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanTimes:
    """The mean timings of the responses, except `ttfb_ms`, and the mean duration of the iterations."""

    blocked_ms: float | None
    connecting_ms: float | None
    tls_handshaking_ms: float | None
    sending_ms: float | None
    receiving_ms: float | None
    iteration_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A distribution of any metric in its own unit (`unit`: ms, bytes or empty)."""

    metric: str
    unit: str
    count: int
    avg: float | None
    min: float | None
    med: float | None
    max: float | None
    p90: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyBucket:
    """Number of responses up to `le_ms` and above the previous bucket. The last bucket has no upper bound."""

    le_ms: int | None
    count: int


def figures_of(tally: Tally, seconds: float | None, apdex_t_ms: float) -> Figures:
    """Return all figures of `tally`, which covers `seconds`."""
    latency, failed, classes = tally.duration(), tally.failed, tally.requests_by_class()
    total = sum(classes.values())
    success = tally.success_duration() if failed else latency
    quantiles = latency.quantiles(QUANTILES)
    p50, p75, p90, p95, p99 = map(_ms, quantiles)
    success_p50, _, _, success_p95, success_p99 = map(
        _ms, success.quantiles(QUANTILES) if failed else quantiles
    )
    passes = sum([passed for passed, _ in tally.checks.values()])
    fails = sum([failed for _, failed in tally.checks.values()])
    waiting = tally.trends.get("http_req_waiting")
    return Figures(
        total_reqs=total,
        errors=failed,
        error_rate=ratio(failed, max(failed, total - tally.hops)),
        rps=total / seconds if seconds else None,
        avg_ms=_ms(latency.mean),
        min_ms=_ms(latency.min_edge),
        max_ms=_ms(latency.max_edge),
        p50_ms=p50,
        p75_ms=p75,
        p90_ms=p90,
        p95_ms=p95,
        p99_ms=p99,
        success_avg_ms=_ms(success.mean),
        success_p50_ms=success_p50,
        success_p95_ms=success_p95,
        success_p99_ms=success_p99,
        ttfb_ms=_ms(waiting.mean) if waiting else None,
        apdex_score=apdex(success, total, apdex_t_ms),
        status_0=classes[NO_RESPONSE],
        status_1xx=classes["1"],
        status_2xx=classes["2"],
        status_3xx=classes["3"],
        status_4xx=classes["4"],
        status_5xx=classes["5"],
        status_other=classes[OTHER_STATUS],
        checks_passed=passes,
        checks_failed=fails,
        checks_rate=ratio(passes, passes + fails),
        hops=tally.hops,
    )


def totals_of(tally: Tally) -> RunTotals:
    """Return iterations, data and connections of the tally of all operations."""
    iterations = tally.trends.get("iteration_duration")
    answered = tally.requests - tally.requests_in_class(NO_RESPONSE)
    reused = tally.counters.get(REUSED_CONNECTIONS)
    return RunTotals(
        iterations=iterations.count if iterations else None,
        dropped_iterations=_whole_count(tally, "dropped_iterations"),
        data_received_bytes=_whole_count(tally, "data_received"),
        data_sent_bytes=_whole_count(tally, "data_sent"),
        connection_reuse_rate=None if reused is None else ratio(reused, answered),
    )


def mean_times_of(tally: Tally) -> MeanTimes:
    """Return the mean times of the tally of all operations, rounded to 0.1 µs to save space in the database."""
    means = {}
    for field, metric in _MEAN_TIMES.items():
        trend = tally.trends.get(metric)
        mean = _ms(trend.mean) if trend else None
        means[field] = None if mean is None else round(mean, 4)
    return MeanTimes(**means)


def apdex(success: Histogram, total: int, apdex_t_ms: float) -> float | None:
    """Return (satisfied + tolerating / 2) / total. A failed request counts as frustrated. None without requests."""
    if not total:
        return None
    satisfied = success.count_up_to(apdex_t_ms / 1000)
    tolerated = success.count_up_to(4 * apdex_t_ms / 1000)
    return (satisfied + tolerated) / 2 / total


def apdex_grade(score: float | None) -> str | None:
    """Return the grade from A to F; None without a score."""
    if score is None:
        return None
    return next((grade for limit, grade in APDEX_GRADES if score >= limit), "F")


def latency_buckets(latency: Histogram) -> tuple[LatencyBucket, ...]:
    """Return seven buckets whose counts, rounded by largest remainder, add up to the number of responses."""
    below = [latency.count_up_to(edge / 1000) for edge in BUCKET_EDGES_MS]
    shares = [high - low for low, high in zip([0.0, *below], [*below, float(latency.count)], strict=True)]
    counts = [int(share) for share in shares]
    remaining = latency.count - sum(counts)
    by_remainder = sorted(range(len(shares)), key=lambda i: shares[i] - counts[i], reverse=True)
    for i in by_remainder[:remaining]:
        counts[i] += 1
    edges = (*BUCKET_EDGES_MS, None)
    return tuple(LatencyBucket(le_ms=edge, count=count) for edge, count in zip(edges, counts, strict=True))


def distribution_of(metric: str, unit: str, histogram: Histogram) -> Distribution:
    """Return the distribution of any trend. With the unit `ms`, seconds become milliseconds."""
    scale = 1000.0 if unit == "ms" else 1.0
    med, p90, p95, p99 = histogram.quantiles((0.5, 0.9, 0.95, 0.99))
    values = (histogram.mean, histogram.min_edge, med, histogram.max_edge, p90, p95, p99)
    avg, low, med, high, p90, p95, p99 = (None if value is None else value * scale for value in values)
    return Distribution(
        metric=metric,
        unit=unit,
        count=histogram.count,
        avg=avg,
        min=low,
        med=med,
        max=high,
        p90=p90,
        p95=p95,
        p99=p99,
    )


def ratio(part: float, whole: float) -> float | None:
    """Return `part / whole`; None if `whole` is 0."""
    return part / whole if whole else None


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000.0


def _whole_count(tally: Tally, counter: str) -> int | None:
    value = tally.counters.get(counter)
    return None if value is None else round(value)

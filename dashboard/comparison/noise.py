"""The noise band: a change within it is not a difference. It does not replace statistics over several runs."""

NOISE_PCT = 5.0
# A bucket of a histogram is 9% wide, so a value from a histogram is off by up to half of that, up or down.
HISTOGRAM_ERROR_PCT = 4.5
# Below this change, a share is displayed as the same percentage.
MIN_SHARE_CHANGE = 0.0001
SHARES = frozenset({"error_rate", "checks_rate", "connection_reuse_rate"})
PERCENTILES = frozenset(
    {"p50_ms", "p75_ms", "p90_ms", "p95_ms", "p99_ms", "min_ms", "max_ms", "success_p95_ms"}
)


def noise_pct(metric: str, *, exact: bool = False) -> float:
    """Return the width of the band in percent. `exact` percentiles come from all samples, others from histograms."""
    if metric in PERCENTILES and not exact:
        return max(NOISE_PCT, 2 * HISTOGRAM_ERROR_PCT)
    return NOISE_PCT


def is_noise(metric: str, a: float, b: float, *, exact: bool = False) -> bool:
    """Return whether the change from `a` to `b` lies within the band."""
    change = abs(b - a)
    if metric in SHARES and change < MIN_SHARE_CHANGE:
        return True
    # The share of passed checks is near 1, and 5% of it would hide failures. The band is 5% of the failed share.
    base = 1 - a if metric == "checks_rate" else abs(a)
    return change <= base * noise_pct(metric, exact=exact) / 100

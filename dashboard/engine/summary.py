"""k6's summary export: exact final figures of a run that kept its samples."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MAX_EXPORT_BYTES = 32 * 1024 * 1024
TREND_STATS = ("avg", "min", "med", "max", "p(75)", "p(90)", "p(95)", "p(99)")
# The durations of the only k6 scenario of a run (k6/lib/load/load-marks.js).
LOAD_DURATIONS = "http_req_duration{scenario:"
_FIGURES = {
    "avg_ms": "avg",
    "min_ms": "min",
    "max_ms": "max",
    "p50_ms": "med",
    "p75_ms": "p(75)",
    "p90_ms": "p(90)",
    "p95_ms": "p(95)",
    "p99_ms": "p(99)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class K6Summary:
    """Final figures. `durations` holds exact latency figures, keyed like `Figures`; empty without requests.

    is_load_only: `durations` leave out the setup and the teardown · test_run_s: the time from setup() to teardown()
    """

    requests: int
    iterations: int | None
    dropped_iterations: int | None
    durations: dict[str, float]
    is_load_only: bool = False
    test_run_s: float | None = None


def read_summary(path: Path) -> K6Summary | None:
    """Read the export at `path`; None when it is missing or unreadable, for example after k6 was killed."""
    try:
        if path.stat().st_size > MAX_EXPORT_BYTES:
            return None
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    metrics = data.get("metrics") if isinstance(data, dict) else None
    return parse_summary(metrics) if isinstance(metrics, dict) else None


def parse_summary(metrics: Mapping[str, object]) -> K6Summary:
    """Parse the `metrics` of an export. `requests` counts HTTP requests."""
    of_load = [metric for name, metric in metrics.items() if name.startswith(LOAD_DURATIONS)]
    duration = of_load[0] if of_load else metrics.get("http_req_duration")
    durations = {}
    if isinstance(duration, dict):
        numbers = {name: duration.get(key) for name, key in _FIGURES.items()}
        durations = {name: float(value) for name, value in numbers.items() if isinstance(value, int | float)}
    return K6Summary(
        requests=_count(metrics, "http_reqs") or 0,
        iterations=_count(metrics, "iterations"),
        dropped_iterations=_count(metrics, "dropped_iterations"),
        durations=durations,
        is_load_only=bool(of_load),
        test_run_s=_test_run_s(metrics),
    )


def _test_run_s(metrics: Mapping[str, object]) -> float | None:
    """Return the time by which k6 divides counts to get rates; None without requests and iterations."""
    for name in ("http_reqs", "iterations"):
        metric = metrics.get(name)
        count, rate = (metric.get("count"), metric.get("rate")) if isinstance(metric, dict) else (None, None)
        if isinstance(count, int | float) and isinstance(rate, int | float) and count and rate:
            return count / rate
    return None


def _count(metrics: Mapping[str, object], name: str) -> int | None:
    metric = metrics.get(name)
    count = metric.get("count") if isinstance(metric, dict) else None
    return int(count) if isinstance(count, int | float) else None

"""k6's summary export: exact final figures of a run that kept its samples."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MAX_EXPORT_BYTES = 32 * 1024 * 1024
TREND_STATS = ("avg", "min", "med", "max", "p(75)", "p(90)", "p(95)", "p(99)")
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
    """Final figures. `durations` holds exact latency figures, keyed like `Figures`; empty without requests."""

    requests: int
    iterations: int | None
    dropped_iterations: int | None
    durations: dict[str, float]


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
    duration = metrics.get("http_req_duration")
    durations = {}
    if isinstance(duration, dict):
        numbers = {name: duration.get(key) for name, key in _FIGURES.items()}
        durations = {name: float(value) for name, value in numbers.items() if isinstance(value, int | float)}
    return K6Summary(
        requests=_count(metrics, "http_reqs") or 0,
        iterations=_count(metrics, "iterations"),
        dropped_iterations=_count(metrics, "dropped_iterations"),
        durations=durations,
    )


def _count(metrics: Mapping[str, object], name: str) -> int | None:
    metric = metrics.get(name)
    count = metric.get("count") if isinstance(metric, dict) else None
    return int(count) if isinstance(count, int | float) else None

"""k6's summary export: exact final figures of a run that kept its samples."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from dashboard.model.script import ChecksByName, ScriptThreshold

MAX_GROUP_DEPTH = 50
MAX_EXPORT_BYTES = 32 * 1024 * 1024
TREND_STATS = ("count", "avg", "min", "med", "max", "p(75)", "p(90)", "p(95)", "p(99)")
# The durations of the only k6 scenario, of operations and of groups (k6/lib/document/exact-durations.js).
LOAD_DURATIONS = "http_req_duration{scenario:"
OPERATION_DURATIONS = "http_req_duration{op:"
GROUP_DURATIONS = "http_req_duration{group:"
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
class TrendSummary:
    """The number of durations, and exact latencies keyed like `Figures`."""

    count: int
    durations: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class K6Summary:
    """Final figures. `durations` holds exact latency figures, keyed like `Figures`; empty without requests.

    is_load_only: `durations` leave out the setup and the teardown · test_run_s: the time from setup() to teardown()
    operations, groups: the durations by name, as far as k6 lists them
    checks: passes and fails of k6's own checks, by path
    """

    requests: int
    iterations: int | None
    dropped_iterations: int | None
    durations: dict[str, float]
    is_load_only: bool = False
    test_run_s: float | None = None
    operations: dict[str, TrendSummary] = field(default_factory=dict)
    groups: dict[str, TrendSummary] = field(default_factory=dict)
    thresholds: tuple[ScriptThreshold, ...] = ()
    checks: ChecksByName = field(default_factory=dict)


def read_summary(path: Path) -> K6Summary | None:
    """Read the export at `path`; None when it is missing or unreadable, for example after k6 was killed."""
    try:
        if path.stat().st_size > MAX_EXPORT_BYTES:
            return None
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    metrics = data.get("metrics") if isinstance(data, dict) else None
    if not isinstance(metrics, dict):
        return None
    return replace(parse_summary(metrics), checks=dict(_checks_of(data.get("root_group"))))


def parse_summary(metrics: Mapping[str, object]) -> K6Summary:
    """Parse the `metrics` of an export. `requests` counts HTTP requests."""
    of_load = [metric for name, metric in metrics.items() if name.startswith(LOAD_DURATIONS)]
    duration = of_load[0] if of_load else metrics.get("http_req_duration")
    return K6Summary(
        requests=_count(metrics, "http_reqs") or 0,
        iterations=_count(metrics, "iterations"),
        dropped_iterations=_count(metrics, "dropped_iterations"),
        durations=_durations(duration),
        is_load_only=bool(of_load),
        test_run_s=_test_run_s(metrics),
        operations=_trends(metrics, OPERATION_DURATIONS),
        groups=_trends(metrics, GROUP_DURATIONS),
        thresholds=tuple(_thresholds_of(metrics)),
    )


def _trends(metrics: Mapping[str, object], prefix: str) -> dict[str, TrendSummary]:
    """Return the durations of the metrics that start with `prefix`, by the name after it."""
    return {
        name.removeprefix(prefix).removesuffix("}"): TrendSummary(
            count=_count(metrics, name) or 0, durations=_durations(metric)
        )
        for name, metric in metrics.items()
        if name.startswith(prefix)
    }


def _durations(metric: object) -> dict[str, float]:
    numbers = {name: metric.get(key) for name, key in _FIGURES.items()} if isinstance(metric, dict) else {}
    return {name: float(value) for name, value in numbers.items() if isinstance(value, int | float)}


def _test_run_s(metrics: Mapping[str, object]) -> float | None:
    """Return the time by which k6 divides counts to get rates; None without requests and iterations."""
    for name in ("http_reqs", "iterations"):
        metric = metrics.get(name)
        count, rate = (metric.get("count"), metric.get("rate")) if isinstance(metric, dict) else (None, None)
        if isinstance(count, int | float) and isinstance(rate, int | float) and count and rate:
            return count / rate
    return None


def _thresholds_of(metrics: Mapping[str, object]) -> Iterator[ScriptThreshold]:
    """Yield the thresholds. The export marks a breached one with true."""
    for name, metric in metrics.items():
        thresholds = metric.get("thresholds") if isinstance(metric, dict) else None
        for expression, breached in (thresholds if isinstance(thresholds, dict) else {}).items():
            yield ScriptThreshold(metric=name, expression=str(expression), passed=breached is not True)


def _checks_of(group: object, depth: int = 0) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the checks of a group and of the groups in it, by path."""
    if not isinstance(group, dict) or depth > MAX_GROUP_DEPTH:
        return
    for check in _items(group.get("checks")):
        passes, fails = check.get("passes"), check.get("fails")
        if isinstance(passes, int) and isinstance(fails, int):
            yield str(check.get("path", "")).removeprefix("::"), (passes, fails)
    for inner in _items(group.get("groups")):
        yield from _checks_of(inner, depth + 1)


def _items(value: object) -> list[dict[str, object]]:
    entries = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [entry for entry in entries if isinstance(entry, dict)]


def _count(metrics: Mapping[str, object], name: str) -> int | None:
    metric = metrics.get(name)
    count = metric.get("count") if isinstance(metric, dict) else None
    return int(count) if isinstance(count, int | float) else None

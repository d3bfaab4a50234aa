"""Exact latencies of a run: those that k6 computed from all samples. No estimate of a histogram contradicts them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dashboard.model.figures import Figures
from dashboard.model.snapshot import OVERALL, OpKey

Latencies = Mapping[str, float]  # in ms, by the name of the figure
Bounds = tuple[float, float]  # minimum and maximum in ms
PERCENTILES = ("p50_ms", "p75_ms", "p90_ms", "p95_ms", "p99_ms")
CLAMPED = (
    *("avg_ms", "min_ms", "max_ms", *PERCENTILES),
    *("success_avg_ms", "success_p50_ms", "success_p95_ms", "success_p99_ms"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactLatencies:
    """Latencies of the load, of operations and of groups. What is not known exactly is missing."""

    run: Latencies = field(default_factory=dict)
    operations: Mapping[str, Latencies] = field(default_factory=dict)
    groups: Mapping[str, Latencies] = field(default_factory=dict)

    def bounds_of(self, op: OpKey) -> Bounds | None:
        """Return the exact minimum and maximum of an operation, or of the run if those are unknown."""
        if not op.is_load:
            return None
        own = {} if op == OVERALL else self.operations.get(op.op, {})
        return bounds_in(own) or bounds_in(self.run)

    def group_bounds(self, name: str) -> Bounds | None:
        """Return the exact minimum and maximum of a group, or of the run if those are unknown."""
        return bounds_in(self.groups.get(name, {})) or bounds_in(self.run)


def bounds_in(latencies: Latencies) -> Bounds | None:
    """Return the minimum and the maximum; None if they are unknown."""
    low, high = latencies.get("min_ms"), latencies.get("max_ms")
    return None if low is None or high is None else (low, high)


def clamp(value: float | None, bounds: Bounds | None) -> float | None:
    """Return `value` moved into `bounds`."""
    return value if value is None or bounds is None else min(max(value, bounds[0]), bounds[1])


def within(figures: Figures, bounds: Bounds | None, exact: Latencies | None = None) -> Figures:
    """Return `figures` with the values in `exact`, and with no estimate outside `bounds`."""
    if exact is None and bounds is None:
        return figures
    values: dict[str, Any] = {name: clamp(getattr(figures, name), bounds) for name in CLAMPED}
    return replace(figures, **values | dict(exact or {}))

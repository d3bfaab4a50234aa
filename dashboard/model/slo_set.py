"""The SLO limits in force for a run, at each level, and which part of the run they are held against."""

from dataclasses import dataclass, field
from typing import Literal

SlosByName = dict[str, dict[str, float]]
Level = Literal["run", "operation", "group"]
LOWER_IS_BETTER = ("p50_ms", "p95_ms", "p99_ms", "avg_ms", "error_rate")
HIGHER_IS_BETTER = ("checks_rate", "apdex_score", "rps")
SLO_KEYS = LOWER_IS_BETTER + HIGHER_IS_BETTER
SKIP_RAMPS = "ramp"
MIN_REQUESTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SloAbort:
    """When a live run is stopped: a limit is broken over `window_s`, after the warm-up, by enough requests.

    warm_up_s: None is the first ramp of the plan
    """

    window_s: float
    warm_up_s: float | None = None
    min_requests: int = MIN_REQUESTS


@dataclass(frozen=True, slots=True, kw_only=True)
class SloSet:
    """Limits by the names of figures: of the run, of operations and groups by their names.

    skip: "ramp" leaves out what was measured while the planned load changed
    """

    run: dict[str, float] = field(default_factory=dict)
    operations: SlosByName = field(default_factory=dict)
    groups: SlosByName = field(default_factory=dict)
    skip: str | None = None
    abort: SloAbort | None = None

    def __bool__(self) -> bool:
        return bool(self.run or self.operations or self.groups)

"""The SLOs in force for a run: their limits at each level, and the part of the run that they apply to."""

from dataclasses import dataclass, field
from typing import Literal

from dashboard.model.k6_config import ALLOWED

SlosByName = dict[str, dict[str, float]]
Level = Literal["run", "operation", "group"]
LOWER_IS_BETTER: tuple[str, ...] = tuple(ALLOWED["slos"]["lower_is_better"])
HIGHER_IS_BETTER: tuple[str, ...] = tuple(ALLOWED["slos"]["higher_is_better"])
SLO_KEYS = LOWER_IS_BETTER + HIGHER_IS_BETTER
SKIP_RAMPS = "ramp"
DEFAULT_MIN_REQUESTS = 10
AbortMode = Literal["average", "throughout"]
THROUGHOUT: AbortMode = "throughout"


@dataclass(frozen=True, slots=True, kw_only=True)
class SloAbort:
    """When a live run is stopped: an SLO is breached over `window_s`, after the warm-up, with enough requests.

    mode: "average" compares the figure of the whole window, "throughout" that of every push in it
    warm_up_s: None means the first ramp of the plan
    """

    window_s: float
    warm_up_s: float | None = None
    min_requests: int = DEFAULT_MIN_REQUESTS
    mode: AbortMode = "average"


@dataclass(frozen=True, slots=True, kw_only=True)
class SloSet:
    """Limits by figure: for the run, and for operations and groups by name.

    skip: "ramp" ignores what was measured while the planned load changed
    """

    run: dict[str, float] = field(default_factory=dict)
    operations: SlosByName = field(default_factory=dict)
    groups: SlosByName = field(default_factory=dict)
    skip: str | None = None
    abort: SloAbort | None = None

    def __bool__(self) -> bool:
        return bool(self.run or self.operations or self.groups)

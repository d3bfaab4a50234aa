"""What is kept for how long: values from the settings, and what they mean for one run."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.model.run import RetentionLevel, iso


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Days after which something is done; 0 is never. Runs and bytes above which the oldest go; 0 is no limit."""

    ten_s_days: float = 7
    minute_days: float = 30
    detail_days: float = 90
    days: float = 0
    most_runs: int = 0
    most_bytes: int = 5 * 1024**3


@dataclass(frozen=True, slots=True)
class Step:
    """Runs kept in one of `before` become `level` when they are old enough and no shorter than `length_s`."""

    level: RetentionLevel
    before: tuple[RetentionLevel, ...]
    days: float
    length_s: float


# Below this a run has too few windows for coarser ones to say anything.
TEN_S_FROM_S, MINUTE_FROM_S = 600.0, 3_600.0
FINER = (RetentionLevel.FULL, RetentionLevel.TEN_S, RetentionLevel.MINUTE)
# Length of a window, and how many lie between two keyframes: at most two minutes, as readers expect.
WINDOWS = {
    RetentionLevel.TEN_S: (10.0, 6),
    RetentionLevel.MINUTE: (60.0, 2),
    RetentionLevel.TOTALS: (math.inf, 1),
}


def steps_of(policy: Policy) -> list[Step]:
    """The coarsest first, so that no run is made coarser twice in a row."""
    steps = [
        Step(RetentionLevel.TOTALS, FINER, policy.detail_days, 0.0),
        Step(
            RetentionLevel.MINUTE,
            (RetentionLevel.FULL, RetentionLevel.TEN_S),
            policy.minute_days,
            MINUTE_FROM_S,
        ),
        Step(RetentionLevel.TEN_S, (RetentionLevel.FULL,), policy.ten_s_days, TEN_S_FROM_S),
    ]
    return [step for step in steps if step.days]


def before(now: datetime, days: float) -> str:
    """The moment so many days ago, as runs carry it."""
    return str(iso(now - timedelta(days=days)))

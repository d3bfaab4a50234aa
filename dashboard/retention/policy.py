"""The retention policy, and the rules that follow from it."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.model.run import RetentionLevel, iso


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """Ages in days at which runs are downsampled or deleted, and limits above which the oldest runs are reduced or
    deleted.

    `days` is the age at which a run is deleted. 0 disables a rule.
    """

    ten_s_days: float = 7
    minute_days: float = 30
    detail_days: float = 90
    days: float = 0
    max_runs: int = 0
    max_bytes: int = 5 * 1024**3


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """Runs at one of the `sources` levels are moved to `target` when old enough and at least `min_length_s` long."""

    target: RetentionLevel
    sources: tuple[RetentionLevel, ...]
    days: float
    min_length_s: float


# A shorter run would have too few windows left for a useful chart.
TEN_S_MIN_LENGTH_S, MINUTE_MIN_LENGTH_S = 600.0, 3_600.0
ABOVE_TOTALS = (RetentionLevel.FULL, RetentionLevel.TEN_S, RetentionLevel.MINUTE)
# Window length in seconds, and windows between two keyframes. Readers expect a keyframe at least every two minutes.
WINDOWS = {
    RetentionLevel.TEN_S: (10.0, 6),
    RetentionLevel.MINUTE: (60.0, 2),
    RetentionLevel.TOTALS: (math.inf, 1),
}


def rules_of(policy: RetentionPolicy) -> list[RetentionRule]:
    """Return the active rules, coarsest first, so that no run is downsampled twice in a row."""
    full, ten_s = RetentionLevel.FULL, RetentionLevel.TEN_S
    rules = [
        RetentionRule(RetentionLevel.TOTALS, ABOVE_TOTALS, policy.detail_days, 0.0),
        RetentionRule(RetentionLevel.MINUTE, (full, ten_s), policy.minute_days, MINUTE_MIN_LENGTH_S),
        RetentionRule(ten_s, (full,), policy.ten_s_days, TEN_S_MIN_LENGTH_S),
    ]
    return [rule for rule in rules if rule.days]


def days_before(now: datetime, days: float) -> str:
    """Return the ISO time `days` before `now`."""
    return str(iso(now - timedelta(days=days)))

"""Baselines: pinned runs that other runs are compared with."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from dashboard.model.run import RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The runs that a baseline applies to: all runs, those of a profile, or those of a profile and environment."""

    profile: str | None = None
    env_profile: str | None = None

    def covers(self, profile: str, env_profile: str | None) -> bool:
        """Return whether the baseline applies to runs of this profile and environment."""
        return self.profile in (None, profile) and self.env_profile in (None, env_profile)

    @property
    def width(self) -> tuple[bool, bool]:
        """A sort key that puts the most specific scope first."""
        return self.env_profile is None, self.profile is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A pinned run."""

    scope: Scope
    run_id: RunId
    pinned_at: datetime
    changed_by: str | None = None


def applicable_baseline(pinned: Iterable[Baseline], profile: str, env_profile: str | None) -> Baseline | None:
    """Return the most specific baseline for runs of this profile and environment; None if none applies."""
    covering = [baseline for baseline in pinned if baseline.scope.covers(profile, env_profile)]
    return min(covering, key=lambda baseline: baseline.scope.width, default=None)

"""Baselines: the runs that others are measured against, for everything or for a profile and its environment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from dashboard.model.run import RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a baseline counts for. Without a profile for all runs, without an environment for all of a profile."""

    profile: str | None = None
    env_profile: str | None = None

    def covers(self, profile: str, env_profile: str | None) -> bool:
        """Whether a run of this profile and environment is measured against it."""
        return self.profile in (None, profile) and self.env_profile in (None, env_profile)

    @property
    def width(self) -> tuple[bool, bool]:
        """Sorts the most specific scope first."""
        return self.env_profile is None, self.profile is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A run that was pinned."""

    scope: Scope
    run_id: RunId
    pinned_at: datetime


def applicable_baseline(pinned: Iterable[Baseline], profile: str, env_profile: str | None) -> Baseline | None:
    """The most specific baseline for runs of this profile and environment."""
    covering = [baseline for baseline in pinned if baseline.scope.covers(profile, env_profile)]
    return min(covering, key=lambda baseline: baseline.scope.width, default=None)

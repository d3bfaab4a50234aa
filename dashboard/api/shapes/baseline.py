"""Shapes of baselines."""

from dashboard.api.shapes.base import EnvProfile, ProfileName, RequestShape, ResponseShape
from dashboard.api.shapes.run import RunRecord


class BaselineQuery(RequestShape):
    """The scope: all runs, or the runs of a profile, or the runs of a profile in an environment."""

    profile: ProfileName | None = None
    env_profile: EnvProfile | None = None


class BaselineShape(ResponseShape):
    """A pinned run and its scope. A null field of the scope means all."""

    run_id: str | None
    profile: str | None
    env_profile: str | None
    pinned_at: str | None
    changed_by: str | None
    run: RunRecord | None


class BaselineAnswer(BaselineShape):
    """The baseline that applies, with null fields if there is none, and every pinned run, widest scope first."""

    pinned: list[BaselineShape]

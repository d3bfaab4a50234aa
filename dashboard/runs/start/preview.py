"""What a run would do, without starting it."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.endpoints.file import LoadedDocument
from dashboard.model.plan import Plan
from dashboard.model.profile import LoadProfile
from dashboard.model.slo_set import SloSet
from dashboard.runs.start.commands import commands_for
from dashboard.runs.start.load import plan_load
from dashboard.runs.start.record import deadline_for, keep_samples_for, push_interval_for, stop_grace_for
from dashboard.runs.start.request import StartRequest
from dashboard.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPreview:
    """A run that was not started. `commands` maps the name of another tool to its command for the same run."""

    plan: Plan
    deadline_s: float
    keep_samples: bool
    push_interval_s: float
    slo_set: SloSet
    commands: dict[str, str]

    @property
    def other_slo_count(self) -> int:
        """The number of SLOs of operations and groups."""
        all_limits = (*self.slo_set.operations.values(), *self.slo_set.groups.values())
        return sum(len(limits) for limits in all_limits)


def preview_run(
    request: StartRequest,
    document: LoadedDocument,
    profiles: Mapping[str, LoadProfile],
    settings: Settings,
    *,
    origin: str,
) -> RunPreview:
    """Return the plan of `request` and everything derived from it. `origin` is the URL of this dashboard.

    Raises InvalidRequest with the field.
    """
    plan = plan_load(request.load, profiles[request.load.profile], settings)
    return RunPreview(
        plan=plan,
        deadline_s=deadline_for(plan.longest_s, stop_grace_for(settings, document)),
        keep_samples=keep_samples_for(plan, settings),
        push_interval_s=push_interval_for(len(document.endpoints)),
        slo_set=document.slo_set(plan.profile),
        commands=commands_for(request, plan, request.base_url or settings.base_url, origin),
    )

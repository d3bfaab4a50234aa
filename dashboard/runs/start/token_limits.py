"""The limits of an access token for the load: environments, users and rate. TargetGate applies its targets."""

from dashboard.model.control import Control
from dashboard.model.errors import Forbidden
from dashboard.model.identity import Identity
from dashboard.model.run import Run
from dashboard.runs.start.resolved import ResolvedRequest
from dashboard.runs.start.target_gate import TargetGate
from dashboard.runs.start.targets import check_targets


def check_start(identity: Identity, resolved: ResolvedRequest) -> None:
    """Check a run that is about to start. Raises Forbidden with the limit that it exceeds."""
    _check_environment(identity, resolved.request.labels.env_profile)
    _check_load(identity, resolved.plan.peak_vus, resolved.plan.peak_rate)


def check_steering(identity: Identity, run: Run, after: Control) -> None:
    """Check a change of a live run: its target, its environment, and the load `after` the change. Raises Forbidden."""
    gate = TargetGate().limited_to(identity.limits.targets, identity.who)
    check_targets(gate, run.config.base_url, run.config.network, {})
    _check_environment(identity, run.config.env_profile)
    if not after.paused:
        peak = max((target for _, target in run.context.stages), default=0.0)
        _check_load(identity, after.vus, None if after.share is None else after.share * peak)


def _check_environment(identity: Identity, env_profile: str | None) -> None:
    environments = identity.limits.environments
    if environments and env_profile not in environments:
        shown = f"{env_profile} is not in the environments" if env_profile else "is required, one of those"
        listed = ", ".join(environments)
        raise Forbidden(f'env_profile: {shown} of the token "{identity.who}": {listed}.')


def _check_load(identity: Identity, vus: float | None, rate: float | None) -> None:
    limits = identity.limits
    for field, value, limit in (("vus", vus, limits.max_vus), ("rate", rate, limits.max_rate)):
        if value is not None and limit is not None and value > limit:
            raise Forbidden(
                f'{field}: {value:g} exceeds max_{field} ({limit}) of the token "{identity.who}".'
            )

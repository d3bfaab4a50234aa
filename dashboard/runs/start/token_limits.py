"""What an access token may load: targets, environments, users and rate."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from typing import Any
from urllib.parse import urlsplit

from dashboard.model.control import Control
from dashboard.model.errors import Forbidden
from dashboard.model.identity import Identity
from dashboard.model.run import Run
from dashboard.runs.start.resolved import ResolvedRequest
from dashboard.runs.start.targets import routed_hosts


def check_start(identity: Identity, resolved: ResolvedRequest) -> None:
    """Check a run that is about to start. Raises Forbidden with the limit that it exceeds."""
    check_loaded_hosts(identity, resolved.base_url, resolved.network, resolved.document.hosts)
    _check_environment(identity, resolved.request.labels.env_profile)
    _check_load(identity, resolved.plan.peak_vus, resolved.plan.peak_rate)


def check_dry_run(identity: Identity, resolved: ResolvedRequest) -> None:
    """Check a dry run. It has no environment, and its only user sends each request once. Raises Forbidden."""
    check_loaded_hosts(identity, resolved.base_url, resolved.network, resolved.document.hosts)


def check_loaded_hosts(
    identity: Identity, base_url: str, network: Mapping[str, Any], file_hosts: Mapping[str, str]
) -> None:
    """Check the target, mapped addresses and the proxy. Raises Forbidden."""
    hosts = {"base_url": urlsplit(base_url).hostname or ""} | routed_hosts(network, file_hosts)
    for field, host in hosts.items():
        if not _is_listed(host, identity.limits.targets):
            raise _forbidden(identity, f"{field}: {host} is not in the targets", identity.limits.targets)


def check_steering(identity: Identity, run: Run, after: Control) -> None:
    """Check a change of a live run: its target, its environment, and the load `after` the change. Raises Forbidden."""
    check_loaded_hosts(identity, run.config.base_url, run.config.network, {})
    _check_environment(identity, run.config.env_profile)
    if not after.paused:
        peak = max((target for _, target in run.context.stages), default=0.0)
        _check_load(identity, after.vus, None if after.share is None else after.share * peak)


def _check_environment(identity: Identity, env_profile: str | None) -> None:
    environments = identity.limits.environments
    if environments and env_profile not in environments:
        shown = f"{env_profile} is not in the environments" if env_profile else "is required, one of those"
        raise _forbidden(identity, f"env_profile: {shown}", environments)


def _check_load(identity: Identity, vus: float | None, rate: float | None) -> None:
    limits = identity.limits
    for field, value, limit in (("vus", vus, limits.max_vus), ("rate", rate, limits.max_rate)):
        if value is not None and limit is not None and value > limit:
            raise Forbidden(
                f'{field}: {value:g} exceeds max_{field} ({limit}) of the token "{identity.who}".'
            )


def _is_listed(host: str, patterns: Iterable[str]) -> bool:
    """Return whether a host matches one of the patterns, or there are none."""
    return not patterns or any(fnmatch(host.lower(), pattern.lower()) for pattern in patterns)


def _forbidden(identity: Identity, problem: str, listed: Iterable[str]) -> Forbidden:
    return Forbidden(f'{problem} of the token "{identity.who}": {", ".join(listed)}.')

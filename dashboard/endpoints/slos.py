"""The SLOs of the document that are in force for a run."""

from dashboard.endpoints.shape import Document
from dashboard.endpoints.slo_shape import SloAbortOptions, Slos
from dashboard.model.durations import parse_duration
from dashboard.model.slo_set import DEFAULT_MIN_REQUESTS, SloAbort, SloSet


def slo_set_of(document: Document, profile: str) -> SloSet:
    """Return the SLOs for a run of `profile`. The SLOs of the profile override those of the run key by key."""
    options = document.slo_options
    by_endpoint = {endpoint.name: limits_of(endpoint.slos) for endpoint in document.endpoints}
    by_group = {group: limits_of(slos) for group, slos in (document.slo_groups or {}).items()}
    return SloSet(
        run=_override(limits_of(document.slos), (document.slo_profiles or {}).get(profile)),
        operations={name: limits for name, limits in by_endpoint.items() if limits},
        groups={group: limits for group, limits in by_group.items() if limits},
        skip=options.skip if options else None,
        abort=_abort(options.abort) if options and options.abort else None,
    )


def limits_of(slos: Slos | None) -> dict[str, float]:
    """Return the limits that are set, by key."""
    return {} if slos is None else {key: float(limit) for key, limit in slos if limit is not None}


def _override(limits: dict[str, float], profile_slos: Slos | None) -> dict[str, float]:
    """Return `limits`, overridden by the SLOs of a profile. A null in the profile removes the SLO."""
    if profile_slos is None:
        return limits
    kept = {key: limit for key, limit in limits.items() if key not in profile_slos.model_fields_set}
    return kept | limits_of(profile_slos)


def _abort(options: SloAbortOptions) -> SloAbort:
    return SloAbort(
        window_s=parse_duration(options.window),
        warm_up_s=None if options.warm_up is None else parse_duration(options.warm_up),
        mode=options.mode or "average",
        min_requests=options.min_requests or DEFAULT_MIN_REQUESTS,
    )

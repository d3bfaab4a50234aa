"""The SLOs of the document as limits in force for a run of a load profile."""

from dashboard.endpoints.shape import Document, SloAbortOptions, Slos
from dashboard.model import slo_set
from dashboard.model.durations import parse_duration
from dashboard.model.slo_set import SloSet


def slo_set_of(document: Document, profile: str) -> SloSet:
    """Limits of the run, in which those of its profile win key by key, of its endpoints and of groups."""
    options = document.slo_options
    by_endpoint = {endpoint.name: _given(endpoint.slos) for endpoint in document.endpoints if endpoint.slos}
    by_group = {group: _given(slos) for group, slos in (document.slo_groups or {}).items()}
    return SloSet(
        run=_overridden(_given(document.slos), (document.slo_profiles or {}).get(profile)),
        operations={name: slos for name, slos in by_endpoint.items() if slos},
        groups={group: slos for group, slos in by_group.items() if slos},
        skip=options.skip if options else None,
        abort=_abort(options.abort) if options and options.abort else None,
    )


def _given(slos: Slos | None) -> dict[str, float]:
    return {} if slos is None else {key: float(limit) for key, limit in slos if limit is not None}


def _overridden(slos: dict[str, float], others: Slos | None) -> dict[str, float]:
    """A null of a profile takes a limit away."""
    if others is None:
        return slos
    kept = {key: limit for key, limit in slos.items() if key not in others.model_fields_set}
    return kept | _given(others)


def _abort(abort: SloAbortOptions) -> slo_set.SloAbort:
    return slo_set.SloAbort(
        window_s=parse_duration(abort.window),
        warm_up_s=None if abort.warm_up is None else parse_duration(abort.warm_up),
        min_requests=abort.min_requests or slo_set.MIN_REQUESTS,
    )

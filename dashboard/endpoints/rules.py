"""Rules that no single field can keep: names, references, what excludes what."""

from collections.abc import Iterator, Sequence

from dashboard.endpoints.data_use import broken_data_use
from dashboard.endpoints.findings import Finding
from dashboard.endpoints.journeys import broken_journeys, broken_steps
from dashboard.endpoints.request_rules import broken_rules_of
from dashboard.endpoints.shape import Document, Request


def broken_rules(document: Document) -> Iterator[Finding]:
    """Everything in a well-shaped document that cannot be meant."""
    setup, teardown = document.setup or [], document.teardown or []
    around: dict[str, Sequence[Request]] = {"setup": setup, "teardown": teardown}
    broken = [
        finding
        for where, listed in {"endpoints": document.endpoints, **around}.items()
        for index, request in enumerate(listed)
        for finding in broken_rules_of(request, f"{where}[{index}]")
    ]
    yield from broken
    if not broken:
        yield from broken_data_use(document)
    yield from _doubles("endpoints", document.endpoints)
    yield from _doubles("setup", setup)
    yield from _doubles("teardown", teardown)
    if not broken:  # templates that cannot be read tell nothing of what they need
        given = frozenset(step.result_key for step in setup if step.result_key)
        yield from broken_steps(setup, teardown)
        yield from broken_journeys(document, given)
    yield from _unknown_groups(document)
    if not any(endpoint.weight != 0 for endpoint in document.endpoints):
        yield Finding("endpoints", "at least one weight must be above 0")


def _unknown_groups(document: Document) -> Iterator[Finding]:
    groups = {endpoint.group for endpoint in document.endpoints}
    for group in document.slo_groups or {}:
        if group not in groups:
            yield Finding(f"slo_groups.{group}", "no endpoint is of this group")


def _doubles(where: str, listed: Sequence[Request]) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for index, one in enumerate(listed):
        if one.name in seen:
            yield Finding(f"{where}[{index}].name", f'"{one.name}" is the name of {where}[{seen[one.name]}]')
        seen.setdefault(one.name, index)

"""Rules that no single field can keep: names, references, what excludes what."""

from collections.abc import Iterator, Sequence

from dashboard.endpoints.data_rules import data_rule_violations
from dashboard.endpoints.request_rules import request_violations
from dashboard.endpoints.scenario_rules import scenario_violations, setup_violations
from dashboard.endpoints.shape import Document, RequestSpec
from dashboard.endpoints.violations import Violation


def rule_violations(document: Document) -> Iterator[Violation]:
    """Everything in a well-shaped document that cannot be meant."""
    setup, teardown = document.setup or [], document.teardown or []
    around: dict[str, Sequence[RequestSpec]] = {"setup": setup, "teardown": teardown}
    broken = [
        finding
        for where, listed in {"endpoints": document.endpoints, **around}.items()
        for index, request in enumerate(listed)
        for finding in request_violations(request, f"{where}[{index}]")
    ]
    yield from broken
    if not broken:
        yield from data_rule_violations(document)
    yield from _doubles("endpoints", document.endpoints)
    yield from _doubles("setup", setup)
    yield from _doubles("teardown", teardown)
    if not broken:  # templates that cannot be read tell nothing of what they need
        given = frozenset(step.result_key for step in setup if step.result_key)
        yield from setup_violations(setup, teardown)
        yield from scenario_violations(document, given)
    yield from _unknown_groups(document)
    if not any(endpoint.weight != 0 for endpoint in document.endpoints):
        yield Violation("endpoints", "at least one weight must be above 0")


def _unknown_groups(document: Document) -> Iterator[Violation]:
    groups = {endpoint.group for endpoint in document.endpoints}
    for group in document.slo_groups or {}:
        if group not in groups:
            yield Violation(f"slo_groups.{group}", "no endpoint is of this group")


def _doubles(where: str, listed: Sequence[RequestSpec]) -> Iterator[Violation]:
    seen: dict[str, int] = {}
    for index, one in enumerate(listed):
        if one.name in seen:
            yield Violation(f"{where}[{index}].name", f'"{one.name}" is the name of {where}[{seen[one.name]}]')
        seen.setdefault(one.name, index)

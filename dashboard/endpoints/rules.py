"""Rules of the whole document that no single field can check: unique names, references, groups, weights."""

from collections.abc import Iterator, Sequence

from dashboard.endpoints.data_rules import data_rule_violations
from dashboard.endpoints.request_rules import request_violations
from dashboard.endpoints.scenario_rules import scenario_violations, setup_violations
from dashboard.endpoints.shape import Document, RequestSpec
from dashboard.endpoints.violations import Violation


def rule_violations(document: Document) -> Iterator[Violation]:
    """Yield every violation in a document of the correct shape."""
    setup, teardown = document.setup or [], document.teardown or []
    lists: dict[str, Sequence[RequestSpec]] = {
        "endpoints": document.endpoints,
        "setup": setup,
        "teardown": teardown,
    }
    violations = [
        violation
        for name, requests in lists.items()
        for index, request in enumerate(requests)
        for violation in request_violations(request, f"{name}[{index}]")
    ]
    yield from violations
    if not violations:
        yield from data_rule_violations(document)
    for name, requests in lists.items():
        yield from _duplicate_names(name, requests)
    if not violations:  # the needs of a template that cannot be parsed are unknown
        initial_keys = frozenset(step.result_key for step in setup if step.result_key)
        yield from setup_violations(setup, teardown)
        yield from scenario_violations(document, initial_keys)
    yield from _unknown_groups(document)
    if not any(endpoint.weight != 0 for endpoint in document.endpoints):
        yield Violation("endpoints", "at least one weight must be above 0")


def _unknown_groups(document: Document) -> Iterator[Violation]:
    groups = {endpoint.group for endpoint in document.endpoints}
    for group in document.slo_groups or {}:
        if group not in groups:
            yield Violation(f"slo_groups.{group}", "no endpoint belongs to this group")


def _duplicate_names(list_name: str, requests: Sequence[RequestSpec]) -> Iterator[Violation]:
    first: dict[str, int] = {}
    for index, request in enumerate(requests):
        if request.name in first:
            other = f"{list_name}[{first[request.name]}]"
            yield Violation(f"{list_name}[{index}].name", f'"{request.name}" is already the name of {other}')
        first.setdefault(request.name, index)

"""Rules for scenarios and setup steps: references to endpoints, and whether every value that a request needs exists."""

from collections.abc import Iterable, Iterator, Sequence

from dashboard.endpoints.request_rules import required_references
from dashboard.endpoints.shape import (
    Document,
    Endpoint,
    RequestSpec,
    Scenario,
    ScenarioStep,
    SetupRequest,
    TeardownRequest,
)
from dashboard.endpoints.texts import key_of
from dashboard.endpoints.violations import Violation
from dashboard.model.k6_config import DOCUMENT_LIMITS

MAX_LISTED_NAMES = DOCUMENT_LIMITS["max_listed_names"]


def scenario_violations(document: Document, initial_keys: frozenset[str]) -> Iterator[Violation]:
    """Yield every violation of scenarios and endpoints.

    `initial_keys` are the keys of the data that every iteration starts with.
    """
    scenarios = document.scenarios or []
    yield from _endpoint_violations(document.endpoints, initial_keys, has_scenarios=bool(scenarios))
    by_name = {endpoint.name: endpoint for endpoint in document.endpoints}
    for index, scenario in enumerate(scenarios):
        yield from _step_violations(scenario, f"scenarios[{index}]", by_name, initial_keys)
    if scenarios and all(scenario.weight == 0 for scenario in scenarios):
        yield Violation("scenarios", "at least one weight must be above 0")
    if scenarios and document.pacing is not None:
        yield Violation("pacing", "cannot be combined with scenarios. Use the think_time of a scenario.")


def setup_violations(
    setup: Sequence[SetupRequest], teardown: Sequence[TeardownRequest]
) -> Iterator[Violation]:
    """Yield every violation of setup and teardown.

    Setup steps can use the results of earlier steps, teardown steps those of all setup steps.
    """
    keys: set[str] = set()
    for index, step in enumerate(setup):
        if unmet := first_missing_key(step, keys):
            yield Violation(f"setup[{index}]", f'needs "{unmet}", which no earlier step provides')
        result_fields = {"result_path": step.result_path, "result_secret": step.result_secret or None}
        for field, value in result_fields.items():
            if value is not None and step.result_key is None:
                yield Violation(f"setup[{index}].{field}", "requires result_key")
        if step.result_key in keys:
            yield Violation("setup", "two steps have the same result_key")
        keys |= {step.result_key} if step.result_key else set()
    for index, request in enumerate(teardown):
        if unmet := first_missing_key(request, keys):
            yield Violation(f"teardown[{index}]", f'needs "{unmet}", which no setup step provides')


def first_missing_key(request: RequestSpec, keys: Iterable[str]) -> str | None:
    """Return the first reference of the request whose key is not in `keys`; None if all keys are known."""
    known = set(keys)
    references = required_references(request)
    return next((ref for ref in references if key_of(ref) not in known), None)


def _endpoint_violations(
    endpoints: Sequence[Endpoint], initial_keys: frozenset[str], *, has_scenarios: bool
) -> Iterator[Violation]:
    extracted = {key for endpoint in endpoints for key in endpoint.extract or {}}
    for index, endpoint in enumerate(endpoints):
        path = f"endpoints[{index}]"
        if unknown := first_missing_key(endpoint, initial_keys | extracted):
            yield Violation(path, f'needs "{unknown}", which nothing provides')
        elif not has_scenarios and (unmet := first_missing_key(endpoint, initial_keys)):
            yield Violation(path, f'needs "{unmet}", which only an earlier step of a scenario provides')
        for key, source in (endpoint.extract or {}).items():
            if sum(value is not None for name, value in source if name != "secret") != 1:
                yield Violation(f"{path}.extract.{key}", "must have exactly one of body_path, header, cookie")


def _step_violations(
    scenario: Scenario, path: str, by_name: dict[str, Endpoint], initial_keys: frozenset[str]
) -> Iterator[Violation]:
    keys = set(initial_keys)
    for index, step in enumerate(scenario.steps):
        step_path = f"{path}.steps[{index}]"
        if violations := list(_choice_violations(step, step_path, by_name)):
            yield from violations
            continue
        names = _endpoints_of(step, step_path)
        for ref_path, name in names.items():
            if unmet := first_missing_key(by_name[name], keys):
                message = (
                    f'"{name[:80]}" needs "{unmet}", which neither the setup nor an earlier step provides'
                )
                yield Violation(ref_path, message)
        # A choice provides the values that all its endpoints extract.
        keys |= set.intersection(*(set(by_name[name].extract or {}) for name in names.values()))


def _endpoints_of(step: ScenarioStep, path: str) -> dict[str, str]:
    """Return the endpoints that a step can send, by the path of each name."""
    if step.one_of is None:
        return {f"{path}.ref": step.ref or ""}
    return {f"{path}.one_of[{index}]": name for index, name in enumerate(step.one_of)}


def _choice_violations(step: ScenarioStep, path: str, by_name: dict[str, Endpoint]) -> Iterator[Violation]:
    if step.one_of is None and step.ref is None:
        yield Violation(f"{path}.ref", 'is missing. Name an endpoint, or several in "one_of".')
        return
    if step.one_of is not None and step.ref is not None:
        yield Violation(f"{path}.one_of", "cannot be combined with ref")
        return
    names = _endpoints_of(step, path)
    seen: set[str] = set()
    for ref_path, name in names.items():
        if name not in by_name:
            yield Violation(ref_path, _unknown_endpoint(name, by_name))
        elif name in seen:
            yield Violation(ref_path, "is listed more than once")
        seen.add(name)
    if step.one_of is not None and all(name in by_name and by_name[name].weight == 0 for name in seen):
        yield Violation(f"{path}.one_of", "at least one weight must be above 0")


def _unknown_endpoint(name: str, known: Iterable[str]) -> str:
    names = [f'"{one[:80]}"' for one in known]
    more = ", …" if len(names) > MAX_LISTED_NAMES else ""
    listed = ", ".join(names[:MAX_LISTED_NAMES]) + more
    return f'no endpoint is named "{name[:80]}". Use one of {listed}, or add it to endpoints.'

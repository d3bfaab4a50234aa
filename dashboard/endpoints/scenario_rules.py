"""Rules of scenarios, and whether each request can have the values that it needs."""

import re
from collections.abc import Iterable, Iterator, Sequence

from dashboard.endpoints.request_rules import required_references
from dashboard.endpoints.shape import Document, Endpoint, RequestSpec, Scenario, SetupStep, TeardownStep
from dashboard.endpoints.violations import Violation

MAX_NAMED = 10


def scenario_violations(document: Document, given: frozenset[str]) -> Iterator[Violation]:
    """`given`: the keys of the data that every iteration begins with."""
    scenarios = document.scenarios or []
    yield from _unknown_keys(document.endpoints, given, random_choice=not scenarios)
    by_name = {endpoint.name: endpoint for endpoint in document.endpoints}
    for index, scenario in enumerate(scenarios):
        yield from _steps(scenario, f"scenarios[{index}]", by_name, given)
    if scenarios and all(scenario.weight == 0 for scenario in scenarios):
        yield Violation("scenarios", "at least one weight must be above 0")
    if scenarios and document.pacing is not None:
        yield Violation("pacing", "is for random choice; the pauses of scenarios are their think_time")


def setup_violations(setup: Sequence[SetupStep], teardown: Sequence[TeardownStep]) -> Iterator[Violation]:
    """A step before the load can use what earlier ones gave, one after the load what all of them gave."""
    known: set[str] = set()
    for index, step in enumerate(setup):
        if unmet := first_missing_key(step, known):
            yield Violation(f"setup[{index}]", f'needs "{unmet}", which no step before it gives')
        for field, given in (
            ("result_path", step.result_path),
            ("result_secret", step.result_secret or None),
        ):
            if given is not None and step.result_key is None:
                yield Violation(f"setup[{index}].{field}", "needs a result_key to be kept under")
        if step.result_key in known:
            yield Violation("setup", "two steps have the same result_key")
        known |= {step.result_key} if step.result_key else set()
    for index, last in enumerate(teardown):
        if unmet := first_missing_key(last, known):
            yield Violation(f"teardown[{index}]", f'needs "{unmet}", which no set-up step gives')


def first_missing_key(request: RequestSpec, known: Iterable[str]) -> str | None:
    """The first thing the request needs and that `known` keys do not hold."""
    keys = set(known)
    return next(
        (need for need in required_references(request) if re.split(r"[.\[]", need, maxsplit=1)[0] not in keys), None
    )


def _unknown_keys(
    endpoints: Iterable[Endpoint], given: frozenset[str], *, random_choice: bool
) -> Iterator[Violation]:
    listed = list(endpoints)
    taken = {key for endpoint in listed for key in endpoint.extract or {}}
    for index, endpoint in enumerate(listed):
        if unknown := first_missing_key(endpoint, given | taken):
            yield Violation(f"endpoints[{index}]", f'needs "{unknown}", which nothing gives')
        elif random_choice and (unmet := first_missing_key(endpoint, given)):
            words = f'needs "{unmet}", which only an earlier step of a scenario gives'
            yield Violation(f"endpoints[{index}]", words)
        for key, source in (endpoint.extract or {}).items():
            if sum(setting is not None for name, setting in source if name != "secret") != 1:
                words = "must have one of body_path, header, cookie"
                yield Violation(f"endpoints[{index}].extract.{key}", words)


def _steps(
    scenario: Scenario, place: str, by_name: dict[str, Endpoint], given: frozenset[str]
) -> Iterator[Violation]:
    known = set(given)
    for index, step in enumerate(scenario.steps):
        at = f"{place}.steps[{index}].ref"
        endpoint = by_name.get(step.ref)
        if endpoint is None:
            yield Violation(at, _no_endpoint(step.ref, by_name))
            continue
        if unmet := first_missing_key(endpoint, known):
            words = f'"{endpoint.name[:80]}" needs "{unmet}", which no set-up and no earlier step gives'
            yield Violation(at, words)
        known |= set(endpoint.extract or {})


def _no_endpoint(name: str, known: Iterable[str]) -> str:
    names = [f'"{one[:80]}"' for one in known]
    more = ", …" if len(names) > MAX_NAMED else ""
    there = ", ".join(names[:MAX_NAMED]) + more
    return f'no endpoint is named "{name[:80]}". Use one of {there}, or add it to endpoints.'

"""References from scenarios to endpoints, by name."""

from collections.abc import Iterable, Iterator, Mapping

from dashboard.endpoints.changes.values import Json, entries_of


def rename_references(scenarios: Iterable[Json], names: Mapping[str, str]) -> list[Json]:
    """Return the scenarios with the new names of the endpoints. `names` maps old names to new ones."""
    return [
        {**scenario, "steps": [_renamed(step, names) for step in entries_of(scenario, "steps")]}
        if isinstance(scenario.get("steps"), list)
        else scenario
        for scenario in scenarios
    ]


def referenced_names(document: Json) -> set[str]:
    """Return the names of all endpoints that a scenario sends."""
    steps = (step for scenario in entries_of(document, "scenarios") for step in entries_of(scenario, "steps"))
    return {name for step in steps for name in _names_of(step)}


def _names_of(step: Json) -> Iterator[str]:
    if isinstance(step.get("ref"), str):
        yield step["ref"]
    if isinstance(step.get("one_of"), list):
        yield from (name for name in step["one_of"] if isinstance(name, str))


def _renamed(step: Json, names: Mapping[str, str]) -> Json:
    changed = dict(step)
    if isinstance(step.get("ref"), str):
        changed["ref"] = names.get(step["ref"], step["ref"])
    if isinstance(step.get("one_of"), list):
        changed["one_of"] = [
            names.get(name, name) if isinstance(name, str) else name for name in step["one_of"]
        ]
    return changed

"""Chains of requests: values of one response that later requests send, and the scenarios that send them in order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard.discovery.discovered import Candidate, Json, Remark
from dashboard.endpoints.request_rules import required_references
from dashboard.endpoints.shape import MAX_SCENARIOS, MAX_STEPS, Endpoint
from dashboard.endpoints.texts import key_of

SINGLE_REQUESTS = "Single requests"
_METHOD_ORDER = {"GET": 0, "HEAD": 0, "OPTIONS": 0, "POST": 1, "PUT": 2, "PATCH": 2, "DELETE": 3}
_MAX_TARGETS = 200


@dataclass(frozen=True, slots=True)
class Link:
    """A value in the response of `source` that `target` sends as `${data.<key>}`. Both are keys of candidates.

    `extract` is the source of the value as in endpoints.json. `remark` explains it at the target.
    """

    source: str
    target: str
    key: str
    extract: Mapping[str, str]
    remark: Remark


def with_chains(
    candidates: Sequence[Candidate], links: Iterable[Link]
) -> tuple[tuple[Candidate, ...], tuple[Json, ...]]:
    """Return the candidates with what they extract and with the remarks of the links, and the scenarios they need."""
    extracts: dict[str, Json] = {}
    remarks: dict[str, list[Remark]] = {}
    for link in links:
        extracts.setdefault(link.source, {})[link.key] = dict(link.extract)
        remarks.setdefault(link.target, []).append(link.remark)
    linked = tuple(
        replace(
            one,
            endpoint={**one.endpoint, **({"extract": extracts[one.key]} if one.key in extracts else {})},
            remarks=(*one.remarks, *remarks.get(one.key, ())),
        )
        for one in candidates
    )
    return linked, tuple(scenarios_of([one.endpoint for one in linked if one.is_selected]))


def scenarios_of(endpoints: Sequence[Json]) -> list[Json]:
    """Return the scenarios for a selection of endpoints; none if no endpoint needs a value of another one.

    Each chain is a scenario: first the sources, then what depends on them. One scenario sends all other endpoints,
    each chosen by its weight. An endpoint whose source is not selected belongs to the others.
    """
    by_name = {endpoint["name"]: endpoint for endpoint in endpoints}
    sources = _sources_of(endpoints)
    chains: dict[tuple[str, ...], list[str]] = {}
    for name in by_name:
        if above := _all_sources(name, sources):
            chains.setdefault(above, []).append(name)
    if not chains:
        return []
    inner = {name for above in chains for name in above}
    scenarios: list[Json] = []
    chained: set[str] = set(inner)
    for above, names in chains.items():
        targets = sorted(
            (name for name in names if name not in inner), key=lambda name: _order(by_name[name])
        )
        chained.update(targets)
        for start in range(0, len(targets), _MAX_TARGETS):
            if len(scenarios) < MAX_SCENARIOS - 1:
                scenarios.append(
                    _scenario([*above, *targets[start : start + _MAX_TARGETS]], by_name, scenarios)
                )
    single = [name for name in by_name if name not in chained]
    if single:
        weight = sum(_weight(by_name[name]) for name in single)
        scenarios.append({"name": SINGLE_REQUESTS, "weight": weight, "steps": [{"one_of": single}]})
    return scenarios


def _scenario(names: list[str], by_name: Mapping[str, Json], others: Sequence[Json]) -> Json:
    weight = sum(_weight(by_name[name]) for name in names)
    title = f"{by_name[names[0]]['group']}: {names[0]}"
    count = sum(one["name"].startswith(title) for one in others)
    name = f"{title} ({count + 1})" if count else title
    return {"name": name, "weight": weight, "steps": [{"ref": one} for one in names[:MAX_STEPS]]}


def _sources_of(endpoints: Sequence[Json]) -> dict[str, list[str]]:
    """Return the endpoints whose responses each endpoint needs, by name."""
    providers: dict[str, str] = {}
    for endpoint in endpoints:
        for key in endpoint.get("extract", ()):
            providers.setdefault(key, endpoint["name"])
    if not providers:
        return {}
    found = {}
    for endpoint in endpoints:
        keys = (key_of(reference) for reference in required_references(Endpoint.model_validate(endpoint)))
        names = [providers[key] for key in keys if key in providers]
        found[endpoint["name"]] = [name for name in dict.fromkeys(names) if name != endpoint["name"]]
    return found


def _all_sources(name: str, sources: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Return the sources of an endpoint and their sources, in the order in which they must be sent."""
    ordered: dict[str, None] = {}
    unfinished = {name}

    def add(source: str) -> None:
        if source in unfinished or source in ordered:
            return
        unfinished.add(source)
        for above in sources.get(source, ()):
            add(above)
        unfinished.discard(source)
        ordered[source] = None

    for source in sources.get(name, ()):
        add(source)
    return tuple(ordered)


def _order(endpoint: Json) -> int:
    return _METHOD_ORDER.get(endpoint.get("method", "GET"), 1)


def _weight(endpoint: Json) -> float:
    weight = endpoint.get("weight", 1)
    return float(weight) if not float(weight).is_integer() else int(weight)

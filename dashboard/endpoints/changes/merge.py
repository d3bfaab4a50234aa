"""Merges requests into a document: adds what is new, updates what changed, keeps the rest."""

from collections.abc import Iterator, Mapping
from typing import Any

from dashboard.endpoints.changes.incoming import (
    Bases,
    Incoming,
    MergedDocument,
    OperationMerge,
    OperationStatus,
    Rename,
)
from dashboard.endpoints.changes.references import rename_references
from dashboard.endpoints.changes.three_way import RequestMerge, merge_request, with_edits
from dashboard.endpoints.changes.values import Json, entries_of
from dashboard.model.endpoints_version import ImportBase
from dashboard.model.k6_config import DOCUMENT_LIMITS

_MAX_NAME = DOCUMENT_LIMITS["max_name_characters"]


def merge_documents(current: Json, incoming: Incoming, bases: Bases) -> MergedDocument:
    """Return the document with the incoming requests."""
    merge = _EndpointMerge(entries_of(current, "endpoints"), incoming, bases)
    for endpoint in incoming.endpoints:
        merge.bring_in(endpoint)
    merge.report_others()
    document = {**current, "endpoints": merge.endpoints}
    _bring_in_steps(document, incoming)
    scenarios = rename_references(entries_of(current, "scenarios"), merge.file_renames)
    added = rename_references(incoming.scenarios, merge.names)
    _set_list(document, "scenarios", _merge_scenarios(scenarios, added))
    if incoming.service and not current.get("service"):
        document["service"] = incoming.service
    return MergedDocument(
        document=document,
        file_renames=merge.file_renames,
        incoming_renames=tuple(merge.renames),
        operations=tuple(merge.operations),
        names=merge.names,
    )


class _EndpointMerge:
    """The endpoints of the file while incoming ones are merged into them."""

    def __init__(self, endpoints: list[Json], incoming: Incoming, bases: Bases) -> None:
        self.endpoints = endpoints
        self.file_renames: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.renames: list[Rename] = []
        self.operations: list[OperationMerge] = []
        self._incoming, self._bases = incoming, bases
        self._positions = {str(one.get("name")): index for index, one in enumerate(endpoints)}
        self._by_request = {request_of(one): index for index, one in reversed(list(enumerate(endpoints)))}
        self._taken: set[int] = set()

    def bring_in(self, endpoint: Json) -> None:
        """Add an endpoint, or update the one that it continues."""
        name = str(endpoint.get("name"))
        key = self._incoming.keys.get(name)
        base = None if key is None else self._bases.get(key)
        position = self._position_of(endpoint, base)
        if position is None:
            self.names[name] = self._add(endpoint)
            status: OperationStatus = "deleted" if base else "new"
            self._report(key, OperationMerge(key or "", self.names[name], status))
            return
        self._taken.add(position)
        generated = self._incoming.generated_of(endpoint)
        file = self.endpoints[position]
        merged = merge_request(base.endpoint if base else None, file, generated)
        self._update(position, with_edits(merged.request, generated, endpoint))
        self.names[name] = str(self.endpoints[position]["name"])
        self._report(key, OperationMerge(key or "", self.names[name], _status(base, merged), merged.fields))

    def report_others(self) -> None:
        """Report the operations that are not chosen, and those that are gone; remove these if asked to."""
        chosen = {self._incoming.keys.get(str(one.get("name"))) for one in self._incoming.endpoints}
        present = {*self._incoming.generated, *self._incoming.keys.values()}
        gone: set[int] = set()
        for key, base in self._bases.items():
            position = self._position_of(base.endpoint, base)
            if key in present and key not in chosen:
                self._report_unchosen(key, base, position)
            elif key not in present and position is not None:
                name = str(self.endpoints[position].get("name"))
                self.operations.append(OperationMerge(key, name, "gone"))
                gone.add(position)
        if self._incoming.remove_gone:
            self.endpoints = [one for index, one in enumerate(self.endpoints) if index not in gone]

    def _report_unchosen(self, key: str, base: ImportBase, position: int | None) -> None:
        generated = self._incoming.generated.get(key, base.endpoint)
        if position is None:
            self.operations.append(OperationMerge(key, base.name, "deleted"))
            return
        merged = merge_request(base.endpoint, self.endpoints[position], generated)
        name = str(self.endpoints[position].get("name"))
        self.operations.append(OperationMerge(key, name, _status(base, merged), merged.fields))

    def _report(self, key: str | None, operation: OperationMerge) -> None:
        if key is not None:
            self.operations.append(operation)

    def _position_of(self, endpoint: Json, base: ImportBase | None) -> int | None:
        """Return the endpoint of the file that an incoming one continues, even if it was renamed by hand."""
        found = self._positions.get(base.name) if base else None
        if found is None and base is not None:
            found = self._by_request.get(request_of(base.endpoint))
        if found is None:
            found = self._position_by_name(endpoint)
        return None if found in self._taken else found

    def _position_by_name(self, endpoint: Json) -> int | None:
        position = self._positions.get(str(endpoint.get("name")))
        if position is None or self._incoming.collisions == "replace":
            return position
        is_same_request = request_of(self.endpoints[position]) == request_of(endpoint)
        return position if is_same_request else None

    def _add(self, endpoint: Json) -> str:
        name = str(endpoint.get("name"))
        free = free_name(name, self._positions)
        if free != name:
            self.renames.append(Rename(name, free, f'"{name}" is the name of another request in the file.'))
        self._positions[free] = len(self.endpoints)
        self._taken.add(len(self.endpoints))
        self.endpoints.append({**endpoint, "name": free})
        return free

    def _update(self, position: int, merged: Json) -> None:
        """Replace an endpoint. A new name that another endpoint has is not taken over."""
        old, new = str(self.endpoints[position].get("name")), str(merged.get("name"))
        if new != old and new in self._positions:
            merged = {**merged, "name": old}
        elif new != old:
            self.file_renames[old] = new
            self._positions[new] = self._positions.pop(old)
        self.endpoints[position] = merged


def request_of(endpoint: Json) -> tuple[str, ...]:
    """Return what identifies the request of an endpoint: method, path without query, and GraphQL operation."""
    is_graphql = endpoint.get("type") == "graphql"
    method = "POST" if is_graphql else str(endpoint.get("method") or "GET").upper()
    path = str(endpoint.get("path")).partition("?")[0]
    query = " ".join(str(endpoint.get("query") or "").split()) if is_graphql else ""
    return method, path, str(endpoint.get("operation_name") or query)


def free_name(name: str, taken: Mapping[str, Any]) -> str:
    """Return `name`, or `name` with the first suffix that makes it unique."""
    free, number = name, 1
    while free in taken:
        number += 1
        suffix = f" ({number})"
        free = name[: _MAX_NAME - len(suffix)] + suffix
    return free


def _status(base: ImportBase | None, merged: RequestMerge) -> OperationStatus:
    if base is None:
        return "matched"
    if merged.has("conflict"):
        return "conflict"
    if merged.has("updated"):
        return "changed"
    return "edited" if merged.has("edited") else "same"


def _bring_in_steps(document: Json, incoming: Incoming) -> None:
    for name, steps in (("setup", incoming.setup), ("teardown", incoming.teardown)):
        existing = {str(one.get("name")): one for one in entries_of(document, name)}
        for step in steps:
            key = str(step.get("name"))
            existing[key] = merge_request(None, existing[key], step).request if key in existing else step
        _set_list(document, name, list(existing.values()))


def _set_list(document: Json, name: str, entries: list[Json]) -> None:
    if entries:
        document[name] = entries


def _merge_scenarios(existing: list[Json], added: list[Json]) -> list[Json]:
    by_name = {str(one.get("name")): one for one in existing}
    for scenario in added:
        key = str(scenario.get("name"))
        by_name[key] = (
            {**by_name[key], **_with_choices(by_name[key], scenario)} if key in by_name else scenario
        )
    return list(by_name.values())


def _with_choices(existing: Json, scenario: Json) -> Json:
    """Return the scenario. If both only choose one of several endpoints, it chooses among those of both."""
    old, new = list(_choices_of(existing)), list(_choices_of(scenario))
    if not old or not new:
        return scenario
    return {**scenario, "steps": [{**scenario["steps"][0], "one_of": list(dict.fromkeys((*old, *new)))}]}


def _choices_of(scenario: Json) -> Iterator[str]:
    steps = entries_of(scenario, "steps")
    one_of = steps[0].get("one_of") if len(steps) == 1 else None
    yield from one_of if isinstance(one_of, list) else ()

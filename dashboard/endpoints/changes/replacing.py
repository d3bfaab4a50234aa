"""Replaces the requests of a document. Settings of the user stay unless the request says otherwise."""

from collections.abc import Iterator
from typing import Any, Final

from dashboard.endpoints.changes.incoming import Incoming, MergedDocument
from dashboard.endpoints.changes.merge import merge_documents
from dashboard.endpoints.changes.values import Json, entries_of

# Order of the members of a new file. Those before `setup` are settings, which no source gives.
_SETTINGS: Final[tuple[str, ...]] = (
    *(
        "$schema",
        "comment",
        "service",
        "slos",
        "slo_groups",
        "slo_profiles",
        "slo_options",
        "network",
        "pacing",
    ),
)


def replace_document(current: Json, incoming: Incoming) -> MergedDocument:
    """Return a new document of the incoming requests, with the settings of the current one that still apply."""
    fresh = merge_documents({}, incoming, {})
    settings = dict(_kept_settings(current, incoming)) if incoming.keep_settings else {}
    if incoming.service:
        settings["service"] = incoming.service
    requests = fresh.document
    slos = _slos_by_name(current) if incoming.keep_settings else {}
    endpoints = [_with_slos(one, slos) for one in entries_of(requests, "endpoints")]
    lists = {"setup": requests.get("setup"), "endpoints": endpoints}
    lists |= {name: requests.get(name) for name in ("scenarios", "teardown")}
    document = {name: settings[name] for name in _SETTINGS if name in settings}
    document |= {name: entries for name, entries in lists.items() if entries or name == "endpoints"}
    return MergedDocument(
        document=document,
        incoming_renames=fresh.incoming_renames,
        names=fresh.names,
        dropped=tuple(_dropped(current, document)),
    )


def _kept_settings(current: Json, incoming: Incoming) -> Iterator[tuple[str, Any]]:
    groups = {endpoint.get("group") for endpoint in incoming.endpoints}
    for name in _SETTINGS:
        value = current.get(name)
        if name == "slo_groups" and isinstance(value, dict):
            value = {group: slos for group, slos in value.items() if group in groups} or None
        if value is not None:
            yield name, value


def _slos_by_name(document: Json) -> dict[str, Any]:
    return {str(one.get("name")): one["slos"] for one in entries_of(document, "endpoints") if one.get("slos")}


def _with_slos(endpoint: Json, slos: dict[str, Any]) -> Json:
    name = str(endpoint.get("name"))
    return {**endpoint, "slos": slos[name]} if name in slos and not endpoint.get("slos") else endpoint


def _dropped(current: Json, document: Json) -> Iterator[str]:
    """Yield the settings that are not kept."""
    for name, value in current.items():
        if name in _SETTINGS and value and name not in document:
            yield name
    groups, kept = current.get("slo_groups"), document.get("slo_groups")
    if isinstance(groups, dict) and isinstance(kept, dict):
        yield from (f"slo_groups.{group}" for group in groups if group not in kept)
    remaining = _slos_by_name(document)
    yield from (f"slos of the endpoint {name}" for name in _slos_by_name(current) if name not in remaining)

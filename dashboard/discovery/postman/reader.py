"""Reads a Postman collection: its requests as candidates, grouped by folder."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import SplitResult

from dashboard.discovery.chains import Link, with_chains
from dashboard.discovery.destructive import is_destructive
from dashboard.discovery.discovered import (
    Candidate,
    Discovered,
    HostCount,
    ImportOptions,
    Json,
    Remark,
    UnreadableDocument,
)
from dashboard.discovery.postman.authentication import apply_authentication
from dashboard.discovery.postman.bodies import add_postman_body
from dashboard.discovery.postman.scripts import assignments, expected_status, script_of
from dashboard.discovery.postman.shape import is_version_1, pairs_of, text_of, unwrapped
from dashboard.discovery.postman.urls import read_url
from dashboard.discovery.postman.variables import CollectionVariables
from dashboard.discovery.recordings.bodies import is_mutation
from dashboard.discovery.recordings.drafts import reason_to_leave_out
from dashboard.discovery.recordings.endpoints import Names, endpoint_of, group_of, name_of
from dashboard.discovery.recordings.headers import kept_headers
from dashboard.discovery.recordings.requests import EndpointDraft, ImportedRequest
from dashboard.discovery.recordings.secrets import SecretMask
from dashboard.discovery.recordings.skipped import OTHER_HOST, LeftOutCounts
from dashboard.endpoints.shape import MAX_ENDPOINTS

FORMAT: Final = "postman"
_MAX_FOLDERS: Final = 30
_MAX_ITEMS: Final = 50_000
_SCRIPTS: Final = "Not imported, except for expected statuses and for variables set to values of a response."


@dataclass(slots=True)
class _Request:
    """A request with its item and its place in the collection."""

    item: Json
    folders: tuple[str, ...]
    draft: EndpointDraft
    origin: str
    is_usable: bool
    sources: dict[str, int]


def read_postman(data: Any, options: ImportOptions) -> Discovered:
    """Return the requests of a collection. Raises UnreadableDocument with the way out."""
    collection = unwrapped(data)
    if not isinstance(collection, dict) or is_version_1(collection):
        raise UnreadableDocument(
            "This is a Postman collection of format 1. Open it in Postman and export it as Collection v2.1."
        )
    reader = _CollectionReader(options)
    requests = list(reader.requests(collection))
    hosts = _chosen(requests, options)
    candidates = reader.candidates(requests, {one.host for one in hosts if one.is_included})
    if not candidates:
        raise UnreadableDocument(_nothing_left(reader.left_out))
    candidates, scenarios = with_chains(candidates, reader.links)
    info = collection.get("info")
    title = text_of(info.get("name") if isinstance(info, dict) else collection.get("name")).strip()[:200]
    origins = [one.host for one in hosts if one.is_included and one.host.startswith("http")]
    asked = {one.name: one for one in (*reader.variables.requested.values(), *reader.mask.requested_values)}
    used = repr([one.endpoint for one in candidates])
    return Discovered(
        format=FORMAT,
        title=title or None,
        base_urls=tuple(dict.fromkeys([*([options.base_url] if options.base_url else []), *origins])),
        auth=reader.mask.auth,
        candidates=candidates,
        scenarios=scenarios,
        requested_values=tuple(one for one in asked.values() if f"${{env.{one.name}}}" in used),
        hosts=hosts if len(hosts) > 1 else (),
        left_out=reader.left_out.as_tuple(),
        remarks=tuple(_remarks(hosts, collection is not data)),
    )


class _CollectionReader:
    """Walks through the folders of a collection."""

    def __init__(self, options: ImportOptions) -> None:
        self.variables = CollectionVariables(options.values)
        self.mask = SecretMask()
        self.left_out = LeftOutCounts()
        self._items = 0
        self._providers: dict[str, tuple[int, str]] = {}
        self.links: list[Link] = []

    def requests(
        self, item: Json, folders: tuple[str, ...] = (), auth: Json | None = None
    ) -> Iterator[_Request]:
        """Yield the requests below a collection or folder."""
        self._count_scripts(item)
        auth = item["auth"] if isinstance(item.get("auth"), dict) else auth
        self.variables.scopes.append(self.variables.scope_of(item))
        listed = item.get("item")
        for one in listed if isinstance(listed, list) else []:
            self._items += 1
            if not isinstance(one, dict) or self._items > _MAX_ITEMS or len(folders) > _MAX_FOLDERS:
                self.left_out.add("Items", "They are no requests, too many, or in too many folders.")
            elif "item" in one:
                yield from self.requests(one, (*folders, text_of(one.get("name")).strip()), auth)
            elif request := self._request(one, folders, auth):
                yield request
        self.variables.scopes.pop()

    def _request(self, item: Json, folders: tuple[str, ...], auth: Json | None) -> _Request | None:
        self._count_scripts(item)
        given = item.get("request")
        request: Json = given if isinstance(given, dict) else {"url": given}
        if not request.get("url"):
            self.left_out.add(_title(item) or "Request", "It has no URL.")
            return None
        self.variables.remarks.clear()
        self.variables.used.clear()
        remarks: list[Remark] = []
        self.variables.scopes.append(self.variables.scope_of(item))
        origin, segments, query = read_url(request["url"], self.variables, remarks)
        headers = kept_headers(pairs_of(request.get("header")))
        method = text_of(request.get("method")).strip().upper() or "GET"
        draft = EndpointDraft(method=method, segments=segments, query=query, remarks=remarks)
        draft.headers = {name: self.variables.fill(value) for name, value in headers.items() if value}
        add_postman_body(draft, request.get("body"), self.variables)
        own = request.get("auth") if isinstance(request.get("auth"), dict) else item.get("auth")
        is_usable = apply_authentication(
            draft, own if isinstance(own, dict) else auth, self.mask, self.variables
        )
        self.variables.scopes.pop()
        draft.remarks += dict.fromkeys(self.variables.remarks)
        sources = {name: self._providers[name][0] for name in self.variables.used}
        if not is_destructive(draft.method, draft.literal_path):
            for name, path in assignments(item).items():
                if name not in self._providers and name not in sources:
                    self.variables.provide(name)
                    self._providers[name] = (id(item), path)
        return _Request(item, folders, draft, origin, is_usable, sources)

    def candidates(self, requests: list[_Request], origins: set[str]) -> tuple[Candidate, ...]:
        """Return the candidates of the requests that are sent to one of the origins."""
        names, keys = Names(), Names()
        made: list[Candidate] = []
        places: dict[int, str] = {}
        for one in requests:
            title = _title(one.item) or name_of(one.draft)
            if one.origin and one.origin not in origins:
                self.left_out.add(one.origin, OTHER_HOST)
            elif reason := _reason(one.draft):
                self.left_out.add(title[:100], reason)
            elif len(made) >= MAX_ENDPOINTS:
                self.left_out.add(
                    "Further requests", f"endpoints.json has at most {MAX_ENDPOINTS:,} requests."
                )
            else:
                key = keys.unique(" / ".join([*one.folders, title]))
                places[id(one.item)] = key
                made.append(self._candidate(one, names.unique(title), key))
        return tuple(self._linked(made, requests, places))

    def _candidate(self, one: _Request, name: str, key: str) -> Candidate:
        draft = one.draft
        self.mask.mask(draft)
        status = expected_status(one.item)
        endpoint = endpoint_of(draft, name, {"status": status} if status else None)
        endpoint["group"] = Names().unique(" / ".join(filter(None, one.folders)) or group_of(draft))
        is_risky = is_destructive(draft.method, draft.literal_path, name) or is_mutation(draft)
        return Candidate(
            key=key,
            endpoint=endpoint,
            is_selected=one.is_usable and not is_risky,
            tags=tuple(filter(None, one.folders[:1])),
            remarks=tuple(dict.fromkeys(draft.remarks)),
        )

    def _linked(
        self, made: list[Candidate], requests: list[_Request], places: dict[int, str]
    ) -> Iterator[Candidate]:
        """Link requests to the responses that they need. Without the source, a request is not selected."""
        by_key = {places[id(one.item)]: one for one in requests if id(one.item) in places}
        selected = {one.key for one in made if one.is_selected}
        for one in made:
            for name, source in by_key[one.key].sources.items():
                if places.get(source) not in selected:
                    selected.discard(one.key)
                    continue
                message = f'A test script of "{places[source]}" sets {name[:80]}: its response is the source.'
                extract = {"body_path": self._providers[name][1]}
                link = Link(
                    places[source], one.key, self.variables.provided[name], extract, Remark("guess", message)
                )
                self.links.append(link)
            yield replace(one, is_selected=one.key in selected)

    def _count_scripts(self, item: Json) -> None:
        for listener, name in (("prerequest", "Pre-request scripts"), ("test", "Test scripts")):
            if script_of(item, listener):
                self.left_out.add(name, _SCRIPTS)


def _title(item: Json) -> str:
    return text_of(item.get("name")).strip()


def _reason(draft: EndpointDraft) -> str | None:
    path = "/" + "/".join(draft.segments)
    query = "&".join(f"{name}={value or ''}" for name, value in draft.query)
    text = draft.body if isinstance(draft.body, str) else None
    url = SplitResult("http", "host", path, query, "")
    return reason_to_leave_out(ImportedRequest(method=draft.method, url=url, text=text))


def _chosen(requests: list[_Request], options: ImportOptions) -> tuple[HostCount, ...]:
    """Return the origins of the requests. By default the most frequent one is included."""
    counts = Counter(one.origin for one in requests if one.origin)
    wanted = {host for host in counts if host in options.hosts}
    included = wanted or {host for host, _ in counts.most_common(1)}
    return tuple(HostCount(host, count, host in included) for host, count in counts.most_common())


def _remarks(hosts: tuple[HostCount, ...], is_wrapped: bool) -> Iterator[Remark]:
    if is_wrapped:
        yield Remark("note", "The document is a report or an answer. The collection in it is imported.")
    for one in hosts:
        if one.is_included and one.host.startswith("{{"):
            message = f"The address of the service is the variable {one.host}, which the collection does not contain."
            yield Remark("note", f"{message} Enter it as the target of the run.")


def _nothing_left(left_out: LeftOutCounts) -> str:
    counted = [f"{one.count} × {one.name}: {one.reason}" for one in left_out.as_tuple()[:5]]
    return f"The collection contains no request that can be imported. {' '.join(counted)}".strip()

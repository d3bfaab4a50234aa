"""Reads an OpenAPI document: its operations as candidates, its servers, its authentication, its chains."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.discovery.chains import Link, with_chains
from dashboard.discovery.destructive import is_destructive
from dashboard.discovery.discovered import (
    Candidate,
    Discovered,
    ImportOptions,
    Json,
    LeftOut,
    Remark,
    RequestedValue,
    UnreadableDocument,
)
from dashboard.discovery.openapi.bodies import BodyMaker
from dashboard.discovery.openapi.link_objects import LinkReader
from dashboard.discovery.openapi.operations import Operation, list_operations
from dashboard.discovery.openapi.parameter_values import ParameterValues
from dashboard.discovery.openapi.references import References
from dashboard.discovery.openapi.requests import RequestMaker
from dashboard.discovery.openapi.responses import Responses
from dashboard.discovery.openapi.schemas import Schemas
from dashboard.discovery.openapi.security import Security
from dashboard.discovery.openapi.servers import ServerAddress, read_servers, servers_of_version_2
from dashboard.discovery.openapi.sources import LinkKey, Sources
from dashboard.discovery.openapi.validation import Validator
from dashboard.discovery.openapi.values import ValueMaker
from dashboard.discovery.openapi.versions import looks_like_openapi, read_version
from dashboard.discovery.templates import without_surrogates
from dashboard.endpoints.parse import MAX_DOCUMENT_BYTES
from dashboard.endpoints.shape import MAX_ENDPOINTS

FORMAT = "openapi"
_MAX_LISTED = 100
_MAX_ATTEMPTS = 10
_MAX_TOTAL_BYTES = MAX_DOCUMENT_BYTES * 9 // 10


def read_openapi(root: Any, options: ImportOptions) -> Discovered:
    """Return what the document describes. Raises UnreadableDocument with the reason."""
    if not looks_like_openapi(root):
        raise UnreadableDocument('This is not an OpenAPI document: it has no "openapi" or "swagger" field.')
    major, remarks = read_version(root)
    references = References(root)
    operations = list_operations(root, major, references, MAX_ENDPOINTS)
    left_out = operations.left_out
    if not operations.found:
        raise UnreadableDocument(_nothing_to_import(root, left_out))
    requested: dict[str, RequestedValue] = {}
    addresses = _Addresses(root, major, operations.found, options, requested)
    security = Security(root, references)
    auth = security.choose(one.raw for one in operations.found)
    candidates, scenarios = _Importer(references, security, addresses, requested).run(operations.found)
    info = root.get("info")
    title = info.get("title") if isinstance(info, dict) else None
    return Discovered(
        format=FORMAT,
        title=without_surrogates(title.strip()[:200]) if isinstance(title, str) and title.strip() else None,
        base_urls=addresses.base_urls,
        auth=auth,
        candidates=candidates,
        scenarios=scenarios,
        requested_values=tuple(requested.values()),
        left_out=(*_grouped(left_out), *_external(references)),
        remarks=(*remarks, *addresses.remarks, *_broken(references)),
    )


class _Importer:
    """Makes the candidates of a document and links them."""

    def __init__(
        self,
        references: References,
        security: Security,
        addresses: "_Addresses",
        requested: dict[str, RequestedValue],
    ) -> None:
        self._security = security
        self._addresses = addresses
        self._requested = requested
        self._references = references
        schemas = Schemas(references)
        self._validator = Validator(schemas)
        self._maker = ValueMaker(schemas, self._validator)
        self._responses = Responses(references, schemas)
        self._values = ParameterValues(schemas, self._maker, self._validator)
        self._bodies = BodyMaker(references, self._maker, self._validator)

    def run(self, operations: Sequence[Operation]) -> tuple[tuple[Candidate, ...], tuple[Json, ...]]:
        """Return the candidates and scenarios. A request that cannot work as it is provides no values."""
        unusable = {one.key for one in operations if not _is_source(one)}
        reader = LinkReader(operations, self._references, self._responses)
        for attempt in range(_MAX_ATTEMPTS):
            is_last = attempt == _MAX_ATTEMPTS - 1
            usable = [one for one in operations if one.key not in unusable and not is_last]
            links = Sources(self._responses, reader, self._maker, self._validator).find(operations, usable)
            made = self._make_all(operations, links)
            not_selected = {one.key for one in made if not one.is_selected}
            refused = {link.source for link in links.values()} & not_selected
            if not refused:
                break
            unusable |= refused
        return with_chains(made, links.values())

    def _make_all(self, operations: Sequence[Operation], links: Mapping[LinkKey, Link]) -> list[Candidate]:
        """Return the candidates. Raises UnreadableDocument if they are too large for an endpoints file."""
        requests = RequestMaker(self._values, self._bodies, self._security, links, self._requested)
        made, size = [], 0
        for one in operations:
            made.append(requests.make(one, *self._addresses.of(one)))
            size += len(json.dumps(made[-1].endpoint))
            if size > _MAX_TOTAL_BYTES:
                raise UnreadableDocument(
                    f"The requests of the document are larger than an endpoints file can be ({_MAX_TOTAL_BYTES:,} "
                    "bytes). Import a part of the document, or shorten its examples."
                )
        return made


def _is_source(operation: Operation) -> bool:
    return not is_destructive(operation.method, operation.path, operation.title)


class _Addresses:
    """The base URLs, and what precedes the path of each operation."""

    def __init__(
        self,
        root: Json,
        major: int,
        operations: Sequence[Operation],
        options: ImportOptions,
        requested: dict[str, RequestedValue],
    ) -> None:
        values = options.values
        servers = (
            servers_of_version_2(root) if major == 2 else read_servers(root.get("servers"), values, requested)
        )
        self._default = servers
        self._own = {
            one.key: own for one in operations if (own := read_servers(one.servers, values, requested))
        }
        used = [self._servers_of(one)[0] for one in operations if self._servers_of(one)]
        origins = Counter(server.origin for server in used if server.origin)
        self._origin = origins.most_common(1)[0][0] if origins else ""
        bases = {server.path for server in used if server.origin in ("", self._origin)}
        has_origin = bool(self._origin) and len(used) == len(operations)
        self._is_path_in_base = has_origin and len(bases) == 1
        self.base_urls = self._urls(servers, options)
        self.remarks = tuple(self._remarks(used))
        if not self.base_urls:
            reason = "The document names no host. Enter the address of the service."
            requested["BASE_URL"] = RequestedValue(name="BASE_URL", reason=reason)

    def _servers_of(self, operation: Operation) -> tuple[ServerAddress, ...]:
        return self._own.get(operation.key, self._default)

    def _urls(self, servers: Sequence[ServerAddress], options: ImportOptions) -> tuple[str, ...]:
        given = options.base_url or options.values.get("BASE_URL")
        urls = [given] if given else []
        if self._is_path_in_base:
            all_servers = [*servers, *(one for own in self._own.values() for one in own)]
            urls += [one.url for one in all_servers if one.origin]
        elif self._origin:
            urls += [self._origin, *(one.origin for one in servers if one.origin)]
        return tuple(dict.fromkeys(url.rstrip("/") for url in urls))

    def _remarks(self, used: Sequence[ServerAddress]) -> list[Remark]:
        if any(server.is_scheme_guessed for server in used):
            return [
                Remark("guess", "The document does not name http or https. https is a guess.", "base_url")
            ]
        return []

    def of(self, operation: Operation) -> tuple[str, list[Remark]]:
        """Return what precedes the path of the operation, and problems of its address."""
        servers = self._servers_of(operation)
        server = next((one for one in servers if one.origin in ("", self._origin)), None)
        if servers and server is None:
            message = f"The document sends this request to another host: {servers[0].url}."
            return "", [Remark("problem", message, "path")]
        return ("" if self._is_path_in_base or server is None else server.path), []


def _nothing_to_import(root: Json, left_out: Sequence[LeftOut]) -> str:
    paths = root.get("paths")
    if isinstance(paths, dict) and paths and left_out:
        return f"The document has no operation that can be imported. {left_out[0].name}: {left_out[0].reason}"
    if root.get("webhooks"):
        return (
            "The document describes only webhooks: requests that the service sends. It has no paths to load."
        )
    return 'The document has no paths with operations, so there is nothing to load. Check its "paths".'


def _grouped(left_out: Sequence[LeftOut]) -> list[LeftOut]:
    """Return the first entries, and one that counts the rest."""
    if len(left_out) <= _MAX_LISTED:
        return list(left_out)
    rest = sum(one.count for one in left_out[_MAX_LISTED:])
    return [*left_out[:_MAX_LISTED], LeftOut("Others", "They were left out for reasons like these.", rest)]


def _external(references: References) -> list[LeftOut]:
    reason = (
        "It refers to another document. Nothing is fetched: bundle all parts into one file and import that."
    )
    found = [LeftOut(name, reason, count) for name, count in references.external.items()]
    return _grouped(found)


def _broken(references: References) -> list[Remark]:
    names = ", ".join(list(references.broken)[:5]) or "an empty reference"
    message = f"{len(references.broken)} references lead nowhere and allow any value: {names}."
    return [Remark("problem", message)] if references.broken else []

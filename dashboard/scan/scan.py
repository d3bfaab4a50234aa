"""A scan: looks at all places at the same time and takes the document at the best one."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import urlsplit

from dashboard.discovery.discovered import Candidate, Discovered, UnreadableDocument
from dashboard.discovery.text.decode import MAX_DOCUMENT_BYTES
from dashboard.model.errors import Unavailable
from dashboard.outbound.addresses import AddressGuard
from dashboard.scan import introspection
from dashboard.scan.bodies import KeptBodies, Rank
from dashboard.scan.fetching import ScanClient, ScanFailure, ScanResponse
from dashboard.scan.places import PlaceKind, ScanPlace, linked_places, looks_like_page, usual_places

LOOK_TIMEOUT_S = 6.0
READ_TIMEOUT_S = 4.0  # for the documents, after the last look: 10 s together
MAX_PARALLEL = 9  # the address and the usual paths of OpenAPI at once
NOTHING_FOUND = (
    "No API document was found. Enter the address of the document itself, or download it and import the file."
)
_NO_TIME = "The scan had no time left to read it. Download the document and import the file."
_NO_ROOM = "Documents at better places were too large to keep this one. Enter its address."


class ReadDocument(Protocol):
    """Imports a document in at most `max_s` seconds. Raises UnreadableDocument, Unavailable."""

    def __call__(self, raw: bytes, /, *, max_s: float) -> Discovered:
        """Return what the document contains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanAttempt:
    """A place that was looked at. `status` is null without a response; `outcome` says what was there."""

    url: str
    kind: PlaceKind
    status: int | None
    duration_ms: float
    outcome: str
    is_document: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """All attempts in order of preference, and the document of the best place. `message` says why there is none."""

    attempts: tuple[ScanAttempt, ...]
    url: str | None = None
    found: Discovered | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class _Look:
    attempt: ScanAttempt
    links: tuple[ScanPlace, ...] = ()


def scan_of(
    url: str, check_url: Callable[[str, str], None], guard: AddressGuard, read: ReadDocument
) -> "Scan":
    """Return a scan that starts now: its time is limited from this call on. `check_url` checks a field and its URL."""
    deadline = time.monotonic() + LOOK_TIMEOUT_S
    client = ScanClient(
        check_url=check_url, guard=guard, max_body_bytes=MAX_DOCUMENT_BYTES, deadline=deadline
    )
    return Scan(url, client, read)


class Scan:
    """Looks for the document of the service at `url`. `read` imports a document."""

    def __init__(self, url: str, client: ScanClient, read: ReadDocument) -> None:
        self._url = url
        self._client = client
        self._read = read
        self._attempts: dict[Rank, ScanAttempt] = {}
        self._bodies = KeptBodies()
        self._refused: dict[bytes, str] = {}

    def attempts(self) -> Iterator[ScanAttempt]:
        """Look at all places, and yield each attempt when it is complete."""
        places = list(dict.fromkeys(usual_places(self._url)))
        ranks = {place: (index, 0) for index, place in enumerate(places)}
        with ThreadPoolExecutor(MAX_PARALLEL, "scan") as pool:
            waiting: dict[Future[_Look], ScanPlace] = {
                pool.submit(self._look, place, ranks[place]): place for place in places
            }
            while waiting:
                done = next(as_completed(waiting))
                rank, look = ranks[waiting.pop(done)], done.result()
                self._attempts[rank] = look.attempt
                yield look.attempt
                for number, link in enumerate(look.links, start=1):
                    if link not in ranks:
                        ranks[link] = (rank[0], rank[1] + number)
                        waiting[pool.submit(self._look, link, ranks[link])] = link

    def result(self) -> ScanResult:
        """Import the first document that can be read. Call it after `attempts`."""
        attempts = dict(sorted(self._attempts.items()))
        unread: str | None = None
        for rank, attempt in attempts.items():
            if not attempt.is_document:
                continue
            try:
                found = self._import(rank)
            except (UnreadableDocument, Unavailable) as error:
                attempts[rank] = replace(attempt, outcome=str(error), is_document=False)
                if unread is None and not isinstance(error, UnreadableDocument):
                    unread = f"{attempt.url} may be a document. {error}"
                continue
            attempts[rank] = replace(attempt, outcome="a document")
            found = _at_service(found, attempt)
            return ScanResult(attempts=tuple(attempts.values()), url=attempt.url, found=found)
        return ScanResult(attempts=tuple(attempts.values()), message=unread or NOTHING_FOUND)

    def _import(self, rank: Rank) -> Discovered:
        """Import the document of a place. Raises UnreadableDocument, and Unavailable if it was not read."""
        body = self._bodies.pop(rank)
        if body is None:
            raise Unavailable(_NO_ROOM)
        if body in self._refused:  # some services answer every path alike
            raise UnreadableDocument(self._refused[body])
        left = self._client.deadline + READ_TIMEOUT_S - time.monotonic()
        if left <= 0:
            raise Unavailable(_NO_TIME)
        try:
            return self._read(body, max_s=left)
        except UnreadableDocument as error:
            self._refused[body] = str(error)
            raise

    def _look(self, place: ScanPlace, rank: Rank) -> _Look:
        started = time.monotonic()
        try:
            if place.kind == "graphql":
                response = self._client.post_json(place.url, introspection.BODY)
            else:
                response = self._client.get(place.url)
        except ScanFailure as error:
            return _Look(_attempt(place, None, started, str(error)))
        look = self._judge(place, response, started)
        if look.attempt.is_document:
            self._bodies.put(rank, response.body)
        return look

    def _judge(self, place: ScanPlace, response: ScanResponse, started: float) -> _Look:
        outcome = _problem(place, response)
        links: tuple[ScanPlace, ...] = ()
        if outcome is None and place.kind != "graphql" and looks_like_page(response.body):
            links = tuple(linked_places(response.body, response.url))
            outcome = f"a page that names {len(links)} documents" if links else "a page, not a document"
        attempt = _attempt(
            place, response.status, started, outcome or "a possible document", url=response.url
        )
        return _Look(replace(attempt, is_document=outcome is None), links)


def _attempt(
    place: ScanPlace, status: int | None, started: float, outcome: str, url: str | None = None
) -> ScanAttempt:
    duration_ms = round((time.monotonic() - started) * 1000, 1)
    return ScanAttempt(
        url=url or place.url, kind=place.kind, status=status, duration_ms=duration_ms, outcome=outcome
    )


def _problem(place: ScanPlace, response: ScanResponse) -> str | None:
    """Return why a response contains no document; None if it may contain one."""
    if place.kind == "graphql":
        if introspection.has_schema(response.body):
            return None
        if refused := introspection.refusal(response.body):
            reason = refused if refused.endswith((".", "!", "?")) else f"{refused}."
            return f"a GraphQL server that refuses introspection: {reason} Import its schema as a file."
        return "no GraphQL server"
    if response.status in (401, 403):
        return "requires a login. Download the document and import the file."
    if not 200 <= response.status < 300:
        return "nothing"
    if not response.is_complete:
        return "too large or too slow to read"
    return None if response.body.strip() else "an empty response"


def _at_service(found: Discovered, attempt: ScanAttempt) -> Discovered:
    """Return the document with the scanned service as its first base URL: it may name another one, or none."""
    parts = urlsplit(attempt.url)
    origin = f"{parts.scheme}://{parts.netloc}"
    path = urlsplit(found.base_urls[0]).path.rstrip("/") if found.base_urls else ""
    known = tuple(one for one in found.requested_values if one.name != "BASE_URL")
    candidates = found.candidates
    if attempt.kind == "graphql":
        path, candidates = "", tuple(_at_path(one, parts.path) for one in candidates)
    urls = tuple(dict.fromkeys((origin + path, *found.base_urls)))
    return replace(found, base_urls=urls, requested_values=known, candidates=candidates)


def _at_path(candidate: Candidate, path: str) -> Candidate:
    return replace(candidate, endpoint={**candidate.endpoint, "path": path})

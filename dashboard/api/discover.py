"""Discovery: read a document, or scan a service for one. Nothing is stored before the endpoints are saved."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Response, request
from pydantic import BaseModel

from dashboard.access.reach import is_reachable_from_outside
from dashboard.api.http.context import services
from dashboard.api.http.identity import identity
from dashboard.api.http.responses import answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.discover import (
    DiscoveredShape,
    ImportBody,
    PostmanCollection,
    ScanAnswer,
    ScanAttemptShape,
    ScanQuery,
)
from dashboard.api.stream import EVENT_STREAM
from dashboard.discovery.discovered import Discovered, ImportOptions, UnreadableDocument
from dashboard.model.errors import InvalidRequest

if TYPE_CHECKING:
    from dashboard.scan.scan import Scan, ScanResult

routes = Routes("discover")
JSON_MEDIA_TYPE = "application/json"
POSTMAN_COLLECTION = Path(__file__).parents[1] / "demo" / "postman.json"
MAX_COLLECTION_BYTES = 24 * 1024 * 1024


@routes.post("/discover/document", {200: DiscoveredShape}, 503)
def read_uploaded_document(upload: ImportBody) -> Response:
    """Read a document: OpenAPI, GraphQL, Postman, HAR, curl, JMeter or an access log. Nothing is stored."""
    return _found("file", lambda: services().importer.read_file(upload.file, upload.options, upload.format))


@routes.post(
    "/discover/postman",
    {200: DiscoveredShape},
    503,
    raw_media_type=JSON_MEDIA_TYPE,
    max_body_bytes=MAX_COLLECTION_BYTES,
)
def read_postman_collection() -> Response:
    """Read a Postman collection. The body is the collection."""
    raw = request.get_data()
    return _found("body", lambda: services().importer.read_bytes(raw, ImportOptions(), "postman"))


@routes.get("/discover/postman-collection", {200: PostmanCollection})
def download_postman_collection() -> Response:
    """Return the bundled Postman collection of the demo service."""
    return Response(POSTMAN_COLLECTION.read_bytes(), mimetype=JSON_MEDIA_TYPE)


@routes.get("/discover/url", {200: ScanAnswer}, 403)
def scan_url(query: ScanQuery) -> Response:
    """Look for the API document of a service. With `Accept: text/event-stream`, each attempt is sent as it ends."""
    scan = _scan(query.url)
    if request.accept_mimetypes.best_match((JSON_MEDIA_TYPE, EVENT_STREAM)) == EVENT_STREAM:
        headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
        return Response(_events(scan), headers=headers, mimetype=EVENT_STREAM)
    for _ in scan.attempts():
        pass
    return answer(_scan_answer(scan.result()))


def _found(field: str, read: Callable[[], Discovered]) -> Response:
    """Return what `read` found. Raises InvalidRequest with the field that contained the document."""
    try:
        return answer(DiscoveredShape.model_validate(read()))
    except UnreadableDocument as error:
        raise InvalidRequest.field(field, str(error)) from None


def _scan(url: str) -> "Scan":
    """Return a scan of the service. Raises InvalidRequest, Forbidden, AddressRefused."""
    # importing the HTTP client takes 100 ms, too much for a server start
    from dashboard.outbound.addresses import AddressGuard
    from dashboard.scan.scan import scan_of
    from dashboard.scan.target import scan_target

    target = scan_target(url)
    who = identity()
    gate = services().target_gate().limited_to(who.limits.targets, who.who)
    gate.check_url("url", target)
    guard = AddressGuard(gate.own_ports, refuses_loopback=is_reachable_from_outside(services().settings))
    return scan_of(target, gate.check_url, guard, services().importer.read_bytes)


def _scan_answer(result: "ScanResult") -> ScanAnswer:
    return ScanAnswer(
        attempts=[ScanAttemptShape.model_validate(one) for one in result.attempts],
        url=result.url,
        found=DiscoveredShape.model_validate(result.found) if result.found else None,
        message=result.message,
    )


def _events(scan: "Scan") -> Iterator[bytes]:
    for attempt in scan.attempts():
        yield _event("attempt", ScanAttemptShape.model_validate(attempt))
    yield _event("result", _scan_answer(scan.result()))


def _event(name: str, shape: BaseModel) -> bytes:
    return f"event: {name}\ndata: {shape.model_dump_json()}\n\n".encode()

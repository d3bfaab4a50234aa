"""Scans of hostile services: bounded in time and memory, and never led to a refused address."""

import json
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from dashboard.discovery.discovered import Discovered, UnreadableDocument
from dashboard.model.errors import Unavailable
from dashboard.outbound.addresses import AddressGuard
from dashboard.scan import introspection
from dashboard.scan import scan as scanning
from dashboard.scan.bodies import KeptBodies
from dashboard.scan.fetching import ScanClient, ScanFailure
from dashboard.scan.places import OPENAPI_PATHS
from dashboard.scan.scan import ReadDocument, Scan, ScanResult
from tests.conftest import ROOT
from tests.scan.conftest import OPENAPI, ScannedService

REFUSED_HOSTS = json.loads((ROOT / "tests" / "addresses.json").read_bytes())["refused"]
LOOPBACK = ("127.0.0.1", "127.9.9.9", "localhost", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]")


def allow(_field: str, _url: str) -> None:
    """Allow every target."""


def make_client(looks_s: float = 5, **guard: Any) -> ScanClient:
    deadline = time.monotonic() + looks_s
    return ScanClient(check_url=allow, guard=AddressGuard(**guard), max_body_bytes=100_000, deadline=deadline)


def result_of(service: ScannedService, read: ReadDocument) -> ScanResult:
    scan = Scan(service.url, make_client(), read)
    assert len(list(scan.attempts())) == 13
    return scan.result()


def test_a_service_that_answers_every_path_alike_is_read_once(service: ScannedService) -> None:
    for path in OPENAPI_PATHS:
        service.serve(path, b'{"status": "ok"}')
    reads = []

    def read(raw: bytes, /, *, max_s: float) -> Discovered:
        reads.append(max_s)
        raise UnreadableDocument("It is not a document.")

    outcomes = [one.outcome for one in result_of(service, read).attempts]

    assert len(reads) == 1
    assert outcomes.count("It is not a document.") == 8


def test_nothing_is_read_when_the_time_of_the_scan_is_over(
    service: ScannedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.serve("/openapi.json", OPENAPI)
    scan = Scan(service.url, make_client(), lambda _raw, /, *, max_s: pytest.fail("was read"))
    assert len(list(scan.attempts())) == 13
    monkeypatch.setattr(scanning, "READ_TIMEOUT_S", -60)

    message = scan.result().message

    assert message is not None
    assert message.startswith(f"{service.url}/openapi.json may be a document. The scan had no time left")


def test_a_document_that_waits_for_others_is_named(service: ScannedService) -> None:
    service.serve("/openapi.json", OPENAPI)

    def read(raw: bytes, /, *, max_s: float) -> Discovered:
        raise Unavailable("Other documents are being imported.")

    message = result_of(service, read).message

    assert message == f"{service.url}/openapi.json may be a document. Other documents are being imported."


def test_only_the_bodies_of_the_best_places_are_kept() -> None:
    bodies = KeptBodies(max_bytes=10)
    for number in (3, 1, 2, 0):
        bodies.put((number, 0), b"12345")

    assert [bodies.pop((number, 0)) for number in range(4)] == [b"12345", b"12345", None, None]


def test_a_large_body_is_kept_even_alone() -> None:
    bodies = KeptBodies(max_bytes=1)
    bodies.put((0, 0), b"12345")

    assert bodies.pop((0, 0)) == b"12345"


@pytest.mark.parametrize(
    ("start", "is_schema"),
    [(b'{"data": {"__schema": {"types": [', True), (b'{"data": {"products": [', False), (b"<html>", False)],
)
def test_a_large_response_is_recognized_without_parsing_it(start: bytes, is_schema: bool) -> None:
    assert introspection.has_schema(start + b"0," * 100_000) is is_schema
    assert introspection.refusal(start + b"0," * 100_000) is None


@pytest.mark.parametrize("host", REFUSED_HOSTS)
def test_a_scan_and_its_redirects_lead_to_no_refused_address(service: ScannedService, host: str) -> None:
    url = f"http://{f'[{host}]' if ':' in host else host}/openapi.json"
    service.serve("/", b"", 302, Location=url)

    for first in (url, f"{service.url}/"):
        with pytest.raises(ScanFailure, match="sends no requests there"):
            make_client().get(first)


@pytest.mark.parametrize("host", LOOPBACK)
def test_services_of_this_machine_are_refused_by_every_name(service: ScannedService, host: str) -> None:
    url = service.url.replace("127.0.0.1", host)

    with pytest.raises(ScanFailure, match="does not open to others"):
        make_client(refuses_loopback=True).get(url)
    assert service.requests == []


def test_a_name_that_leads_elsewhere_the_second_time_is_refused(
    service: ScannedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(service.url.rpartition(":")[2])
    service.serve("/openapi.json", b"", 302, Location="/next.json")
    service.serve("/next.json", OPENAPI)
    addresses = iter(["127.0.0.1", "169.254.169.254"])

    def getaddrinfo(_host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(addresses), port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    with pytest.raises(ScanFailure, match=r"rebind\.test \(169\.254\.169\.254\)"):
        make_client().get(f"http://rebind.test:{port}/openapi.json")
    assert [request for request, _ in service.requests] == ["GET /openapi.json"]


def test_a_post_does_not_follow_a_redirect_that_would_make_it_a_get(
    make_service: Callable[[], ScannedService],
) -> None:
    service, other = make_service(), make_service()
    service.serve("/graphql", b"", 302, "POST", Location=f"{other.url}/graphql")

    with pytest.raises(ScanFailure, match="redirects to"):
        make_client().post_json(f"{service.url}/graphql", introspection.BODY)
    assert other.requests == []

"""A scan of real servers on loopback."""

import gzip
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from dashboard.discovery.discovered import Discovered, ImportOptions
from dashboard.discovery.formats import read_document
from dashboard.model.errors import Forbidden
from dashboard.outbound.addresses import AddressGuard
from dashboard.scan import fetching
from dashboard.scan.fetching import ScanClient
from dashboard.scan.scan import LOOK_TIMEOUT_S, READ_TIMEOUT_S, Scan, ScanAttempt, ScanResult
from tests.conftest import ROOT
from tests.scan.conftest import OPENAPI, ScannedService


def read(raw: bytes, /, *, max_s: float) -> Discovered:
    assert 0 < max_s <= LOOK_TIMEOUT_S + READ_TIMEOUT_S
    return read_document(raw, ImportOptions())


@dataclass
class Scanned:
    result: ScanResult

    def outcome(self, path: str, kind: str | None = None) -> ScanAttempt:
        return next(
            one for one in self.result.attempts if one.url.endswith(path) and kind in (None, one.kind)
        )


def allow(_field: str, _url: str) -> None:
    """Allow every target."""


def scan(
    url: str, check_url: Callable[[str, str], None] = allow, max_body_bytes: int = 1_000_000, **guard: Any
) -> Scanned:
    client = ScanClient(
        check_url=check_url,
        guard=AddressGuard(**guard),
        max_body_bytes=max_body_bytes,
        deadline=time.monotonic() + LOOK_TIMEOUT_S,
    )
    looked = Scan(url, client, read)
    seen = list(looked.attempts())
    result = looked.result()
    assert len(seen) == len(result.attempts)
    return Scanned(result)


def test_the_first_path_in_order_wins(service: ScannedService) -> None:
    service.serve("/api-docs", OPENAPI.replace(b"/items", b"/later"))
    service.serve("/swagger.json", OPENAPI)

    found = scan(service.url).result

    assert (found.url, found.found and found.found.candidates[0].key) == (
        f"{service.url}/swagger.json",
        "GET /items",
    )
    assert found.found
    assert found.found.base_urls == (service.url,)
    assert found.found.requested_values == ()


def test_a_document_that_cannot_be_read_gives_way_to_the_next(service: ScannedService) -> None:
    service.serve("/openapi.json", b'{"asyncapi": "2.0.0"}')
    service.serve("/swagger.json", OPENAPI)

    scanned = scan(service.url)

    assert scanned.result.url == f"{service.url}/swagger.json"
    assert "AsyncAPI" in scanned.outcome("/openapi.json").outcome


def test_the_address_itself_can_be_the_document(service: ScannedService) -> None:
    service.serve("/spec?v=3", gzip.compress(OPENAPI))

    assert scan(f"{service.url}/spec?v=3").result.url == f"{service.url}/spec?v=3"


def test_the_address_of_a_graphql_server_wins_over_other_documents(service: ScannedService) -> None:
    service.serve("/openapi.json", OPENAPI)
    schema = (ROOT / "dashboard" / "demo" / "graphql_schema.json").read_bytes()
    service.serve("/v2/query", schema, method="POST")

    found = scan(f"{service.url}/v2/query").result.found

    assert found
    assert found.format == "graphql"
    assert {one.endpoint["path"] for one in found.candidates} == {"/v2/query"}


def test_a_page_leads_to_its_document(service: ScannedService) -> None:
    service.serve("/docs", b'<html><script src="/static/swagger-initializer.js"></script></html>')
    service.serve("/static/swagger-initializer.js", b'SwaggerUIBundle({ url: "/hidden/openapi.json" })')
    service.serve("/hidden/openapi.json", OPENAPI)

    scanned = scan(f"{service.url}/docs")

    assert scanned.result.url == f"{service.url}/hidden/openapi.json"
    assert "names 1 document" in scanned.outcome("/docs", "address").outcome


def test_redirects_are_followed_and_their_last_address_is_reported(service: ScannedService) -> None:
    service.serve("/openapi.json", b"", 302, Location="/v1/spec")
    service.serve("/v1/spec", OPENAPI)

    assert scan(service.url).result.url == f"{service.url}/v1/spec"


def test_a_redirect_to_a_target_that_is_not_allowed_is_not_followed(
    make_service: Callable[[], ScannedService],
) -> None:
    service, forbidden = make_service(), make_service()
    service.serve("/openapi.json", b"", 302, Location=f"{forbidden.url}/openapi.json")
    forbidden.serve("/openapi.json", OPENAPI)

    def check(_field: str, url: str) -> None:
        if url.startswith(forbidden.url):
            raise Forbidden("the host is not in ALLOWED_TARGETS.")

    scanned = scan(service.url, check)

    assert scanned.result.found is None
    assert forbidden.requests == []
    assert "ALLOWED_TARGETS" in scanned.outcome("/openapi.json", "openapi").outcome


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest",
        "http://[::ffff:169.254.169.254]/",
        "http://2852039166/",
        "http://0.0.0.0:1/",
    ],
)
def test_a_redirect_to_a_refused_address_is_not_followed(service: ScannedService, target: str) -> None:
    service.serve("/openapi.json", b"", 307, Location=target)

    outcome = scan(service.url).outcome("/openapi.json", "openapi").outcome

    assert "sends no requests there" in outcome or "No requests are sent there" in outcome


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("file:///etc/passwd", "It is not an http or https address."),
        ("gopher://127.0.0.1/", "It is not an http or https address."),
        ("http://user:secret@127.0.0.1/", "Its address contains a user or a password."),
    ],
)
def test_a_redirect_to_another_scheme_or_with_credentials_is_not_followed(
    service: ScannedService, location: str, reason: str
) -> None:
    service.serve("/openapi.json", b"", 302, Location=location)

    outcome = scan(service.url).outcome("/openapi.json", "openapi")

    assert outcome.outcome == reason
    assert "secret" not in outcome.outcome


def test_a_loop_of_redirects_ends(service: ScannedService) -> None:
    service.serve("/openapi.json", b"", 302, Location="/openapi.json")

    assert "redirects more than" in scan(service.url).outcome("/openapi.json", "openapi").outcome


def test_services_of_this_machine_are_refused_while_others_can_reach_the_dashboard(
    service: ScannedService,
) -> None:
    service.serve("/openapi.json", OPENAPI)

    scanned = scan(service.url, refuses_loopback=True)

    assert scanned.result.found is None
    assert service.requests == []


def test_a_response_that_is_too_large_is_not_read(service: ScannedService) -> None:
    service.serve("/openapi.json", OPENAPI + b" " * 200_000)

    assert (
        "too large" in scan(service.url, max_body_bytes=100_000).outcome("/openapi.json", "openapi").outcome
    )


def test_a_login_is_reported(service: ScannedService) -> None:
    service.serve("/openapi.json", b"", 401)

    assert "requires a login" in scan(service.url).outcome("/openapi.json", "openapi").outcome


def test_a_graphql_server_without_introspection_says_so(service: ScannedService) -> None:
    service.serve("/graphql", b'{"errors": [{"message": "Introspection is off."}]}', 400, "POST")

    outcome = scan(service.url).outcome("/graphql", "graphql").outcome

    assert "refuses introspection: Introspection is off." in outcome


def test_a_service_that_does_not_respond_is_described(service: ScannedService) -> None:
    attempt = scan("http://127.0.0.1:1").result.attempts[0]

    assert (attempt.status, attempt.outcome) == (
        None,
        "The connection was refused: no server listens on that port.",
    )


def test_no_credentials_are_sent(service: ScannedService) -> None:
    scan(service.url)

    sent = {name.lower() for _, headers in service.requests for name in headers}
    assert not sent & {"authorization", "cookie", "referer"}
    assert len(service.requests) == 13


def test_a_hanging_service_ends_with_the_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "REQUEST_TIMEOUT_S", 0.2)
    started = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        client = ScanClient(
            check_url=allow, guard=AddressGuard(), max_body_bytes=1_000, deadline=time.monotonic() + 0.5
        )
        looked = Scan(url, client, read)
        outcomes = {one.status for one in looked.attempts()}

    assert outcomes == {None}
    assert time.monotonic() - started < 5

"""The import of the demo shop: every request is answered as expected, without an edit."""

import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dashboard.demo.launcher import start_demo
from dashboard.demo.shop import DEMO_TOKEN
from dashboard.discovery.discovered import ImportOptions
from dashboard.discovery.formats import read_document
from tests.support.wire import WireRequest, wire_request


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[http.client.HTTPConnection]:
    process = start_demo(None, tmp_path / "demo.log")
    connection = http.client.HTTPConnection(urlsplit(process.url).netloc, timeout=10)
    yield connection
    connection.close()
    process.stop()


def test_every_request_is_answered_as_expected(demo: http.client.HTTPConnection) -> None:
    _, document = send(demo, WireRequest("GET", "/openapi.json", {}))
    found = read_document(document, ImportOptions())
    requests = [one.endpoint for one in found.candidates if one.is_selected]
    expected = {one["name"]: one["checks"]["status"] for one in requests}

    assert found.scenarios == ()
    assert {one["name"]: send(demo, wire_request(one, {}, {}))[0] for one in requests} == expected
    assert not any(one.remarks for one in found.candidates)


def send(connection: http.client.HTTPConnection, request: WireRequest) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {DEMO_TOKEN}", **request.headers}
    connection.request(request.method, request.path, request.body, headers)
    response = connection.getresponse()
    return response.status, response.read()

"""The routes of discovery: uploaded documents, the bundled collection, and scans."""

import io
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.services import Services
from tests.scan.conftest import OPENAPI, ScannedService, make_service, service

__all__ = ["make_service", "service"]


def upload(client: FlaskClient, raw: bytes, **fields: str) -> Any:
    form = {"file": (io.BytesIO(raw), "document"), **fields}
    return client.post("/discover/document", data=form, content_type="multipart/form-data")


def test_an_uploaded_document_is_read_and_not_kept(client: FlaskClient, services: Services) -> None:
    response = upload(client, OPENAPI)

    assert response.status_code == 200
    assert response.json["format"] == "openapi"
    assert response.json["candidates"][0]["endpoint"]["path"] == "/items"
    assert not list((services.data_dir / "data-files").glob("*.incoming"))


def test_choices_and_format_are_used(client: FlaskClient) -> None:
    choices = json.dumps({"base_url": "http://127.0.0.1:9"})

    assert upload(client, OPENAPI, choices=choices).json["base_urls"] == ["http://127.0.0.1:9"]
    assert "HAR" in upload(client, OPENAPI, format="har").json["detail"]


@pytest.mark.parametrize(
    ("raw", "part"),
    [(b"", "is empty"), (b"just words", "not recognized"), (b"[" * 10_000, "nested too deeply")],
)
def test_a_document_that_cannot_be_read_is_refused_with_the_reason(
    client: FlaskClient, raw: bytes, part: str
) -> None:
    response = upload(client, raw)

    assert response.status_code == 422
    assert part in response.json["detail"]
    assert response.json["errors"][0]["field"] == "file"


def test_invalid_choices_name_their_field(client: FlaskClient) -> None:
    assert "choices" in upload(client, OPENAPI, choices='{"unknown": 1}').json["errors"][0]["field"]


def test_a_scan_returns_attempts_and_the_document(client: FlaskClient, service: ScannedService) -> None:
    service.serve("/swagger.json", OPENAPI)

    answer = client.get("/discover/url", query_string={"url": service.url}).json

    assert answer["url"] == f"{service.url}/swagger.json"
    assert answer["found"]["base_urls"] == [service.url]
    assert [one["status"] for one in answer["attempts"]].count(200) == 1
    assert answer["message"] is None


def test_a_scan_can_be_watched(client: FlaskClient, service: ScannedService) -> None:
    service.serve("/openapi.json", OPENAPI)

    headers = {"Accept": "text/event-stream"}
    response = client.get("/discover/url", query_string={"url": service.url}, headers=headers)

    events = [block.split("\n", 1) for block in response.text.strip().split("\n\n")]
    assert response.mimetype == "text/event-stream"
    assert [name for name, _ in events] == ["event: attempt"] * 13 + ["event: result"]
    assert json.loads(events[-1][1].removeprefix("data: "))["found"]["format"] == "openapi"


def test_a_scan_without_a_document_says_what_to_do(client: FlaskClient, service: ScannedService) -> None:
    answer = client.get("/discover/url", query_string={"url": service.url}).json

    assert answer["found"] is None
    assert "import the file" in answer["message"]


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("ftp://shop.test", "http or https"),
        ("http://", "http or https"),
        ("http://user:secret@shop.test", "user or a password"),
        ("http://shop.test:99999", "not a valid address"),
        ("http://169.254.169.254/", "No requests are sent there"),
        ("http://[fd00:ec2::254]/", "No requests are sent there"),
    ],
)
def test_addresses_that_cannot_be_scanned_are_refused(client: FlaskClient, url: str, part: str) -> None:
    response = client.get("/discover/url", query_string={"url": url})

    assert response.status_code == 422
    assert part in response.json["detail"]
    assert "secret" not in response.text


def test_the_bundled_collection_can_be_downloaded(client: FlaskClient) -> None:
    assert client.get("/discover/postman-collection").json["info"]["name"] == "Demo shop"

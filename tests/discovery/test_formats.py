"""The registry: documents are recognized by their content, and others are refused with a way out."""

import json
from pathlib import Path

import pytest

from dashboard.discovery.discovered import ImportOptions, UnreadableDocument
from dashboard.discovery.formats import read_document, read_file
from tests.discovery.recordings.har_files import entry, har
from tests.discovery.recordings.jmeter_plans import plan, sampler, thread_group

OPENAPI = b"openapi: 3.1.0\npaths:\n  /a:\n    get: {responses: {200: {}}}\n"
LOG_LINE = b'127.0.0.1 - - [30/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 12 "-" "-"\n'


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (OPENAPI, "openapi"),
        (b'{"item": [{"name": "A", "request": "https://shop.test/a"}]}', "postman"),
        (b"type Query {\n  product(id: ID!): String\n}\n", "graphql"),
        (b"curl -X POST https://shop.test/api -d 'a=1'", "curl"),
        (LOG_LINE * 3, "access_log"),
        (json.dumps(har(entry())).encode(), "har"),
        (plan(thread_group(sampler())).encode(), "jmeter"),
    ],
)
def test_the_content_decides_about_the_format(raw: bytes, name: str, tmp_path: Path) -> None:
    file = tmp_path / "document"
    file.write_bytes(raw)

    assert read_document(raw, ImportOptions()).format == name
    assert read_file(file, ImportOptions()).format == name


@pytest.mark.parametrize(
    ("raw", "part"),
    [
        (b'{"_type": "export", "resources": []}', "Insomnia"),
        (b'{"a": 1, "b": 2}', 'has the fields "a", "b"'),
        (b'{"name": "e", "values": [], "_postman_variable_scope": "environment"}', "Postman environment"),
        (b'{"collection": {"item": []}, "run": {"executions": []}}', "newman"),
        (b"FORMAT: 1A\n# Shop\n", "API Blueprint"),
        (b'{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}', "JSON schema"),
        (b'<application xmlns="http://wadl.dev.java.net/2009/02"/>', "WADL"),
        (b'{"swaggerVersion": "1.2", "apis": []}', "1.2 is not supported"),
        (b'{"id": "a", "name": "b", "order": [], "requests": []}', "Postman collection of format 1"),
        (b"asyncapi: 3.0.0", "AsyncAPI"),
        (b"arazzo: 1.0.0", "Arazzo"),
        (b"#%RAML 1.0\ntitle: a", "RAML"),
        (b"<html><body></body></html>", "HTML page"),
        (b'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>', "WSDL"),
        (b"export default function () {}", "k6 script"),
        (b"just words", "not recognized. Supported: OpenAPI"),
        (b"[1, 2]", "not recognized"),
    ],
)
def test_other_documents_are_refused_by_name(raw: bytes, part: str) -> None:
    with pytest.raises(UnreadableDocument, match=part):
        read_document(raw, ImportOptions())


def test_remarks_about_the_text_are_part_of_the_result() -> None:
    found = read_document(OPENAPI + b"openapi: 3.0.0\n", ImportOptions())

    assert '"openapi"' in found.remarks[0].message


def test_a_chosen_format_is_used() -> None:
    with pytest.raises(UnreadableDocument, match="HAR"):
        read_document(OPENAPI, ImportOptions(), "har")

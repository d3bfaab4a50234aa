"""Bodies, variables and templates as the target receives them."""

import base64
import json
import re
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.k6.conftest import K6, ReceivedRequest, Recorder

pytestmark = pytest.mark.k6

HOSTILE = "\"'${uuid}$${x}\\ \n\r\t<&>=+%20;/?#[]{} ä ع 🎉 __proto__ " + "x" * 10_000
BYTES = bytes(range(256))
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
QUERY = 'query Find($q: String) { find(q: $q, text: "${uuid}\\n") { id } } query Other { other }'
# Endpoint -> received method, path after /<number>, content type, body.
CASES: list[tuple[dict[str, Any], tuple[str, str, str | None, Any]]] = [
    ({"method": "POST", "body": {"__proto__": HOSTILE, "a": [1, None]}},
     ("POST", "", JSON, {"__proto__": HOSTILE, "a": [1, None]})),
    ({"method": "POST", "body": HOSTILE}, ("POST", "", None, HOSTILE)),
    ({"method": "PUT", "body": False}, ("PUT", "", JSON, False)),
    ({"method": "DELETE", "body": {"a": 1}}, ("DELETE", "", JSON, {"a": 1})),
    ({"method": "POST",
      "body_template": {"__proto__": "$${x} ${randomInt(7,7)}", "n": "${randomInt(7,7)}", "l": [1, "t"]}},
     ("POST", "", JSON, {"__proto__": "${x} 7", "n": 7, "l": [1, "t"]})),
    ({"method": "POST", "body_template": "<n>${randomInt(-7,-7)}</n>", "headers": {"content-type": "text/xml"}},
     ("POST", "", "text/xml", "<n>-7</n>")),
    ({"method": "POST", "form": {"b": 1, "a[]": ["x", True], HOSTILE: HOSTILE.replace("${", "$${"), "": ""}},
     ("POST", "", FORM, [("b", "1"), ("a[]", "x"), ("a[]", "true"), (HOSTILE, HOSTILE), ("", "")])),
    ({"method": "PATCH", "variables": {"a": "${x", "__proto__": 1}, "variables_template": {"b": "${randomInt(3,3)}"}},
     ("PATCH", "", JSON, {"a": "${x", "__proto__": 1, "b": 3})),
    ({"method": "POST", "body": {"a": 1, "b": 1}, "variables": {"b": 2}, "variables_template": {"b": 3}},
     ("POST", "", JSON, {"a": 1, "b": 3})),
    ({"variables": {"q": "a b&c=ä🎉/", "l": [1, "x"], "n": None, "o": {"a": 1}, "t": True}},
     ("GET", "?q=a%20b%26c%3D%C3%A4%F0%9F%8E%89%2F&l=1&l=x&o=%7B%22a%22%3A1%7D&t=true", None, "")),
    ({"path": "?z=1#here", "method": "DELETE", "variables": {"q": 1}}, ("DELETE", "?z=1&q=1", None, "")),
    ({"path": "/a b/${randomInt(5,5)}?x=${randomInt(6,6)}&y=ä"}, ("GET", "/a%20b/5?x=6&y=%C3%A4", None, "")),
    ({"path": "/%41$${x}"}, ("GET", "/%41$%7Bx%7D", None, "")),
    ({"path": "/${env.REGION}"}, ("GET", "/eu%2F%3F%20%22", None, "")),
    ({"type": "graphql", "query": QUERY, "operation_name": "Find", "variables": {"q": HOSTILE}},
     ("POST", "", JSON, {"query": QUERY, "operationName": "Find", "variables": {"q": HOSTILE}})),
    ({"type": "graphql", "query": "mutation { drop }", "variables_template": {"n": "${randomInt(1,1)}"}},
     ("POST", "", JSON, {"query": "mutation { drop }", "variables": {"n": 1}})),
    ({"type": "graphql", "query": "{ a }"}, ("POST", "", JSON, {"query": "{ a }", "variables": {}})),
    ({"method": "HEAD", "headers": {"X-Region": "${env.REGION}-${randomInt(1,1)}"}}, ("HEAD", "", None, "")),
]  # fmt: skip
ENV = {"ENDPOINTS_ENV": "OTHER, REGION", "REGION": 'eu/? "'}


def run_all(
    k6: K6, recorder: Recorder, endpoints: list[dict[str, Any]], **env: str
) -> dict[str, ReceivedRequest]:
    """Send each request several times, and assert that all are equal. Return one per endpoint, by its number."""
    numbered = [
        {"name": f"{number} {HOSTILE[:40]}", **endpoint, "path": f"/e{number}{endpoint.get('path', '')}"}
        for number, endpoint in enumerate(endpoints)
    ]
    file = k6.write_document({"endpoints": numbered})
    run = k6.run(
        {"BASE_URL": recorder.url, "ENDPOINTS_FILE": file, **env}, "--iterations", "400", "--vus", "1"
    )
    assert run.exit_code == 0, run.log
    assert {request["op"] for request in run.samples_of("http_reqs")} == {
        endpoint["name"] for endpoint in numbered
    }
    assert {request["expected_response"] for request in run.samples_of("http_reqs")} == {"true"}
    requests: dict[str, ReceivedRequest] = {}
    for received in recorder.received:
        number = re.match(r"/e(\d+)", received.path)
        assert number
        assert requests.setdefault(number[1], received) == received
    return requests


def body_of(received: ReceivedRequest) -> Any:
    kind = received.headers.get("Content-Type", "")
    if kind == JSON:
        return json.loads(received.body)
    text = received.body.decode()
    return form_fields(text) if kind == FORM else text


def form_fields(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True, strict_parsing=True)


def test_requests_are_sent_as_defined(k6: K6, recorder: Recorder) -> None:
    requests = run_all(k6, recorder, [endpoint for endpoint, _ in CASES], **ENV)
    for number, (_, (method, path, kind, body)) in enumerate(CASES):
        received = requests[str(number)]
        assert (received.method, received.path) == (method, f"/e{number}{path}")
        assert received.headers.get("Content-Type") == kind
        assert body_of(received) == body
    assert requests[str(len(CASES) - 1)].headers["X-Region"] == 'eu/? "-1'


def test_multipart_bodies_equal_those_of_browsers(k6: K6, recorder: Recorder) -> None:
    parts = {
        "text": HOSTILE.replace("${", "$${"),
        'name "x"': ["1", 2],
        "note": {"content": "ä ${randomInt(4,4)}", "filename": 'a "b" ä.txt', "content_type": "text/plain"},
        "raw": {"content_base64": base64.b64encode(BYTES).decode(), "filename": "raw"},
    }
    endpoints = [{"method": "POST", "multipart": parts}, {"method": "POST", "multipart": {"a": "b"}}]
    requests = run_all(k6, recorder, endpoints)
    assert parts_of(requests["0"]) == [
        ('form-data; name="text"', None, HOSTILE.encode()),
        ('form-data; name="name %22x%22"', None, b"1"),
        ('form-data; name="name %22x%22"', None, b"2"),
        ('form-data; name="note"; filename="a %22b%22 ä.txt"', "text/plain", "ä 4".encode()),
        ('form-data; name="raw"; filename="raw"', "application/octet-stream", BYTES),
    ]
    assert parts_of(requests["1"]) == [('form-data; name="a"', None, b"b")]


def parts_of(received: ReceivedRequest) -> list[tuple[str, str | None, bytes]]:
    """Split a multipart body into its parts. Email parsers would change the line endings."""
    boundary = received.headers["Content-Type"].partition("boundary=")[2].encode()
    before, *pieces, after = received.body.split(b"--" + boundary)
    assert (before, after) == (b"", b"--\r\n")
    parts = []
    for piece in pieces:
        head, _, data = piece.removeprefix(b"\r\n").removesuffix(b"\r\n").partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        parts.append((headers["Content-Disposition"], headers.get("Content-Type"), data))
    return parts


def test_timestamps_ids_and_random_numbers_differ_between_requests(k6: K6, recorder: Recorder) -> None:
    endpoint = {
        "method": "POST",
        "body_template": {"t": "${timestamp}", "u": ["${uuid}", "${uuid}"], "r": "${randomInt(1,6)}"},
    }
    file = k6.write_endpoints(endpoint)
    k6.run({"BASE_URL": recorder.url, "ENDPOINTS_FILE": file}, "--iterations", "300", "--vus", "2")
    bodies = [json.loads(received.body) for received in recorder.received]
    ids = [uuid for body in bodies for uuid in body["u"]]
    assert len(set(ids)) == len(ids) == 600
    assert all(
        re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", uuid)
        for uuid in ids
    )
    assert {body["r"] for body in bodies} == {1, 2, 3, 4, 5, 6}
    assert all(1_500_000_000_000 < body["t"] < 10_000_000_000_000 for body in bodies)


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"REGION": "eu"}, "endpoints[0].path: ${env.REGION} is not allowed. Add REGION to ENDPOINTS_ENV."),
        ({"ENDPOINTS_ENV": "REGION"}, "endpoints[0].path: ${env.REGION} is not set"),
    ],
)  # fmt: skip
def test_only_listed_variables_can_be_used(k6: K6, env: dict[str, str], message: str) -> None:
    file = k6.write_endpoints({"path": "/${env.REGION}"})
    run = k6.run({"BASE_URL": "http://127.0.0.1:9", "ENDPOINTS_FILE": file, **env}, "--iterations", "1")
    assert run.exit_code == 107
    assert message in run.log


def test_secret_cannot_be_used_even_if_it_is_listed(k6: K6) -> None:
    file = k6.write_endpoints({"path": "/${env.AUTH_TOKEN}"})
    env = {
        "BASE_URL": "http://127.0.0.1:9",
        "ENDPOINTS_FILE": file,
        "AUTH_TOKEN": "t0k3n",
        "ENDPOINTS_ENV": "AUTH_TOKEN",
    }
    run = k6.run(env, "--iterations", "1")
    assert run.exit_code == 107
    assert "AUTH_TOKEN is a secret" in run.log
    assert "t0k3n" not in run.log

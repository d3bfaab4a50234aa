"""The client against servers that are not InfluxDB, or that respond with errors. No InfluxDB is needed."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from dashboard.replica.client import MAX_ERROR_BYTES, InfluxClient, InfluxTarget
from dashboard.replica.errors import InfluxDenied, InfluxError, InfluxRejected, InfluxUnavailable
from tests.conftest import ROOT

ANNOTATED = (
    b"#datatype,string,long,double\r\n#group,false,false,false\r\n#default,_result,,\r\n"
    b",result,table,_value\r\n"
)


class FakeInflux(ThreadingHTTPServer):
    """Responds to every request with the same status, headers and body."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.status, self.headers, self.body = 204, dict[str, str](), b""
        self.requests: list[tuple[str, dict[str, str], bytes]] = []

    def respond_with(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.status, self.body = status, body
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class _Handler(BaseHTTPRequestHandler):
    server: FakeInflux

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append((self.path, headers, body))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[FakeInflux]:
    made = FakeInflux()
    thread = Thread(target=made.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join(5)


@pytest.fixture
def influx(server: FakeInflux) -> Iterator[InfluxClient]:
    client = InfluxClient(InfluxTarget(f"{server.url}/", "my org", "k6", "secret"))
    yield client
    client.close()


def test_write_sends_compressed_lines_with_millisecond_precision(
    server: FakeInflux, influx: InfluxClient
) -> None:
    influx.write(["m,a=b c=1.0 5", "m c=2.0 6"])
    ((path, headers, body),) = server.requests
    assert path.startswith("/api/v2/write?")
    assert {"precision=ms", "org=my+org", "bucket=k6"} <= set(path.partition("?")[2].split("&"))
    assert (headers["authorization"], headers["content-encoding"]) == ("Token secret", "gzip")
    assert gzip.decompress(body) == b"m,a=b c=1.0 5\nm c=2.0 6"


@pytest.mark.parametrize("text", ['") |> drop(', "a\nb", "🚀"])
def test_parameters_are_bound_as_values(server: FakeInflux, influx: InfluxClient, text: str) -> None:
    server.respond_with(200, ANNOTATED)
    assert list(influx.query("from(bucket: bucket)", {"bucket": text, "since": 1.5})) == []
    document = json.loads(server.requests[0][2])
    values = {
        option["assignment"]["id"]["name"]: option["assignment"]["init"]["value"]
        for option in document["extern"]["body"]
    }
    assert values == {"bucket": text, "since": 1.5}
    assert document["query"] == "from(bucket: bucket)"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, InfluxRejected),
        (413, InfluxRejected),
        (422, InfluxRejected),
        (401, InfluxDenied),
        (403, InfluxDenied),
        (404, InfluxDenied),
        (302, InfluxUnavailable),
        (429, InfluxUnavailable),
        (500, InfluxUnavailable),
        (503, InfluxUnavailable),
    ],
)
def test_status_decides_the_error(
    server: FakeInflux, influx: InfluxClient, status: int, error: type[InfluxError]
) -> None:
    server.respond_with(status, b'{"message": "not now"}', Location="/elsewhere")
    for request in (
        lambda: influx.write(["m c=1.0 5"]),
        lambda: list(influx.query("x", {})),
        lambda: influx.delete("r", "a", "b"),
    ):
        with pytest.raises(error, match=f"status {status}: not now"):
            request()
    assert len(server.requests) == 3  # no redirect is followed and nothing is retried


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("100000", 600.0),
        ("-1", 0.0),
        ("Mon, 30 Nov 2026 10:00:00 GMT", None),
        ("", None),
    ],
)
def test_retry_after_is_read_and_bounded(
    server: FakeInflux, influx: InfluxClient, header: str, seconds: float | None
) -> None:
    server.respond_with(503, b"{}", Retry_After=header)
    with pytest.raises(InfluxUnavailable) as raised:
        influx.write(["m c=1.0 5"])
    assert raised.value.retry_after_s == seconds


@pytest.mark.parametrize("body", [b"", b"plain text", b"[1]", b"\xff\xfe", b"x" * 40 * MAX_ERROR_BYTES])
def test_any_error_body_gives_a_short_message(server: FakeInflux, influx: InfluxClient, body: bytes) -> None:
    server.respond_with(500, body)
    with pytest.raises(InfluxUnavailable, match="status 500") as raised:
        influx.write(["m c=1.0 5"])
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize(
    "text",
    [
        "bad token secret",
        "password=canary",
        '"token": "canary"',
        "http://me:canary@h",
        "\x1b[31mx",
        f"{'x' * 295}secret",
    ],
)
@pytest.mark.parametrize("is_json", [True, False])
def test_an_error_that_repeats_a_secret_is_masked(
    server: FakeInflux, influx: InfluxClient, text: str, is_json: bool
) -> None:
    server.respond_with(500, json.dumps({"message": text}).encode() if is_json else text.encode())
    with pytest.raises(InfluxUnavailable) as raised:
        influx.write(["m c=1.0 5"])
    assert not {word for word in ("secret", "canary", "\x1b", "xsec") if word in str(raised.value)}


@pytest.mark.parametrize("token", ["a\nb", "täg", "🚀", "a\x7f"])
def test_token_that_no_header_can_carry_is_denied(server: FakeInflux, token: str) -> None:
    client = InfluxClient(InfluxTarget(server.url, "o", "b", token))
    for request in (
        lambda: client.write(["m c=1.0 5"]),
        client.ensure_bucket,
        lambda: list(client.query("x", {})),
    ):
        with pytest.raises(InfluxDenied, match="INFLUXDB_TOKEN") as raised:
            request()
        assert token not in str(raised.value)
    assert server.requests == []


@pytest.mark.parametrize("body", [b"<html>welcome</html>", b"a\nb,c\n1,2,3\n", b"\xff\xff\n"])
def test_server_that_is_not_influxdb_is_unavailable(
    server: FakeInflux, influx: InfluxClient, body: bytes
) -> None:
    server.respond_with(200, body)
    with pytest.raises(InfluxUnavailable, match="it is not InfluxDB"):
        influx.ensure_bucket()
    with pytest.raises(InfluxUnavailable, match="it is not InfluxDB"):
        list(influx.query("x", {}))


def test_query_that_fails_while_streaming_is_unavailable(server: FakeInflux, influx: InfluxClient) -> None:
    failure = (
        b"\r\n#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n"
        b",error,reference\r\n,out of memory,1\r\n"
    )
    server.respond_with(200, ANNOTATED + b",,0,1.5\r\n" + failure)
    rows = influx.query("x", {})
    assert next(rows)["_value"] == 1.5
    with pytest.raises(InfluxUnavailable, match="out of memory"):
        next(rows)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "ftp://127.0.0.1", "http://no-such-host.invalid"])
def test_unreachable_server_is_unavailable(url: str) -> None:
    client = InfluxClient(InfluxTarget(url, "o", "b", "t"))
    with pytest.raises(InfluxUnavailable):
        client.write(["m c=1.0 5"])


def test_https_to_a_plain_http_server_reports_a_tls_error(server: FakeInflux) -> None:
    client = InfluxClient(InfluxTarget(server.url.replace("http:", "https:"), "o", "b", "t"))
    with pytest.raises(InfluxUnavailable, match="TLS"):
        client.write(["m c=1.0 5"])


def test_library_is_imported_by_the_first_request() -> None:
    code = "import sys; import dashboard.app, dashboard.replica.replica; sys.exit('influxdb_client' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)

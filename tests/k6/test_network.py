"""Time-outs, redirects, certificates and connections: of the run, and where an endpoint says otherwise."""

import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.k6.conftest import K6, ONCE, Answer, K6Run, Recorder

pytestmark = pytest.mark.k6


def run(k6: K6, url: str, endpoint: dict[str, Any], *arguments: str, **document: Any) -> K6Run:
    file = k6.document({"endpoints": [{"name": "a", **endpoint}], **document})
    done = k6.run({"BASE_URL": url, "ENDPOINTS_FILE": file}, *(arguments or ONCE))
    assert done.exit_code == 0, done.log
    return done


@pytest.mark.parametrize(
    ("of_run", "of_endpoint", "status"),
    [
        ({}, {}, "200"),
        ({"timeout": "100ms"}, {}, "0"),
        ({"timeout": "100ms"}, {"timeout": "5s"}, "200"),
        ({}, {"timeout": 0.1}, "0"),
    ],
)
def test_a_response_may_take_as_long_as_the_timeout(
    k6: K6, recorder: Recorder, of_run: dict[str, Any], of_endpoint: dict[str, Any], status: str
) -> None:
    recorder.answers["/slow"] = Answer(delay_s=0.4)
    done = run(k6, recorder.url, {"path": "/slow", **of_endpoint}, network=of_run)
    assert [one["status"] for one in done.of("http_reqs")] == [status]


@pytest.mark.parametrize(
    ("of_run", "of_endpoint", "paths"),
    [
        ({}, {}, ["/redirect", "/end"]),
        ({"redirects": 0}, {}, ["/redirect"]),
        ({"redirects": 0}, {"redirects": 5}, ["/redirect", "/end"]),
        ({}, {"redirects": 0}, ["/redirect"]),
        ({"redirects": 5}, {"checks": {"status": 302}}, ["/redirect"]),
    ],
)
def test_redirects_are_followed_as_often_as_they_may(
    k6: K6, recorder: Recorder, of_run: dict[str, Any], of_endpoint: dict[str, Any], paths: list[str]
) -> None:
    done = run(k6, recorder.url, {"path": "/redirect", **of_endpoint}, network=of_run)
    assert [one.path for one in recorder.arrived] == paths
    assert {one["expected_response"] for one in done.of("http_reqs")} == {"true"}


@pytest.mark.parametrize(("network", "reused"), [({}, True), ({"reuse_connections": False}, False)])
def test_connections_are_reused_unless_they_must_not_be(
    k6: K6, recorder: Recorder, network: dict[str, Any], reused: bool
) -> None:
    done = run(k6, recorder.url, {}, "--iterations", "3", "--vus", "1", network=network)
    later = [one["value"] for one in done.of("http_req_connecting")][1:]
    assert [value == 0 for value in later] == [reused, reused]


@pytest.fixture
def tls_url(tmp_path: Path) -> Iterator[str]:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=localhost",
    ]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Greeter)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Greeter(BaseHTTPRequestHandler):
    """Answers any GET; a client that refuses the certificate just goes."""

    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def handle(self) -> None:
        try:
            super().handle()
        except ssl.SSLError:
            self.close_connection = True

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the parent's name
        """Nothing."""


@pytest.mark.parametrize(
    ("network", "status"), [({}, "0"), ({"verify_tls": True}, "0"), ({"verify_tls": False}, "204")]
)
def test_certificates_are_checked_unless_one_says_otherwise(
    k6: K6, tls_url: str, network: dict[str, Any], status: str
) -> None:
    done = run(k6, tls_url, {}, network=network)
    assert [one["status"] for one in done.of("http_reqs")] == [status]

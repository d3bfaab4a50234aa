"""Timeouts, redirects, certificates and connections: of the run and overridden by endpoints."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import Pair, an_authority, issue_certificate
from tests.k6.conftest import K6, ONCE, CannedResponse, K6Run, Recorder

pytestmark = pytest.mark.k6


def run(k6: K6, url: str, endpoint: dict[str, Any], *arguments: str, **document: Any) -> K6Run:
    file = k6.write_document({"endpoints": [{"name": "a", **endpoint}], **document})
    result = k6.run({"BASE_URL": url, "ENDPOINTS_FILE": file}, *(arguments or ONCE))
    assert result.exit_code == 0, result.log
    return result


@pytest.mark.parametrize(
    ("run_network", "endpoint_network", "status"),
    [
        ({}, {}, "200"),
        ({"timeout": "100ms"}, {}, "0"),
        ({"timeout": "100ms"}, {"timeout": "5s"}, "200"),
        ({}, {"timeout": 0.1}, "0"),
    ],
)
def test_timeout_limits_the_duration_of_a_response(
    k6: K6, recorder: Recorder, run_network: dict[str, Any], endpoint_network: dict[str, Any], status: str
) -> None:
    recorder.responses["/slow"] = CannedResponse(delay_s=0.4)
    result = run(k6, recorder.url, {"path": "/slow", **endpoint_network}, network=run_network)
    assert [sample["status"] for sample in result.samples_of("http_reqs")] == [status]


@pytest.mark.parametrize(
    ("run_network", "endpoint_network", "paths"),
    [
        ({}, {}, ["/redirect", "/end"]),
        ({"redirects": 0}, {}, ["/redirect"]),
        ({"redirects": 0}, {"redirects": 5}, ["/redirect", "/end"]),
        ({}, {"redirects": 0}, ["/redirect"]),
        ({"redirects": 5}, {"checks": {"status": 302}}, ["/redirect"]),
    ],
)
def test_redirects_are_followed_up_to_the_limit(
    k6: K6,
    recorder: Recorder,
    run_network: dict[str, Any],
    endpoint_network: dict[str, Any],
    paths: list[str],
) -> None:
    result = run(k6, recorder.url, {"path": "/redirect", **endpoint_network}, network=run_network)
    assert [request.path for request in recorder.received] == paths
    assert {sample["expected_response"] for sample in result.samples_of("http_reqs")} == {"true"}


@pytest.mark.parametrize(("network", "reused"), [({}, True), ({"reuse_connections": False}, False)])
def test_connections_are_reused_by_default(
    k6: K6, recorder: Recorder, network: dict[str, Any], reused: bool
) -> None:
    result = run(k6, recorder.url, {}, "--iterations", "3", "--vus", "1", network=network)
    later = [sample["value"] for sample in result.samples_of("http_req_connecting")][1:]
    assert [value == 0 for value in later] == [reused, reused]


@pytest.mark.parametrize(
    ("steps", "headers", "connections"),
    [
        (["keep", "keep", "close", "keep"], [None, None, "close", None], [0, 0, 0, 1]),
        (["close", "close", "keep", "keep"], ["close", "close", None, None], [0, 1, 2, 2]),
    ],
)
def test_endpoint_can_close_its_connection(
    k6: K6, recorder: Recorder, steps: list[str], headers: list[str | None], connections: list[int]
) -> None:
    endpoints = [{"name": "keep"}, {"name": "close", "close_connection": True}]
    scenario = {"name": "s", "steps": [{"ref": step} for step in steps]}
    file = k6.write_document({"endpoints": endpoints, "scenarios": [scenario]})
    assert k6.run({"BASE_URL": recorder.url, "ENDPOINTS_FILE": file}, *ONCE).exit_code == 0
    assert [request.headers.get("Connection") for request in recorder.received] == headers
    assert [request.connection for request in recorder.received] == connections


def test_setup_step_can_close_its_connection(k6: K6, recorder: Recorder) -> None:
    phases = {
        "setup": [{"name": "in", "path": "/in", "close_connection": True}],
        "teardown": [{"name": "out", "path": "/out"}],
    }
    run(k6, recorder.url, {}, **phases)
    assert [request.headers.get("Connection") for request in recorder.received] == ["close", None, None]


@contextmanager
def tls_server(server_pair: Pair, client_authority: Path | None = None) -> Iterator[int]:
    """Serve TLS on loopback, and yield the port. With an authority, clients must present a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_pair.certificate, server_pair.key)
    if client_authority is not None:
        context.load_verify_locations(client_authority)
        context.verify_mode = ssl.CERT_REQUIRED
    server = ThreadingHTTPServer(("127.0.0.1", 0), Greeter)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


class Greeter(BaseHTTPRequestHandler):
    """Responds to every GET and ignores clients that reject the certificate."""

    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def handle(self) -> None:
        try:
            super().handle()
        except (ssl.SSLError, ConnectionError):
            self.close_connection = True

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - overrides
        """Log nothing."""


@pytest.fixture
def authority(tmp_path: Path) -> Pair:
    return an_authority(tmp_path)


@pytest.fixture
def tls_url(authority: Pair, tmp_path: Path) -> Iterator[str]:
    with tls_server(issue_certificate(authority, tmp_path, "shop.test")) as port:
        yield f"https://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("network", "status"), [({}, "0"), ({"verify_tls": True}, "0"), ({"verify_tls": False}, "204")]
)
def test_certificates_are_verified_by_default(
    k6: K6, tls_url: str, network: dict[str, Any], status: str
) -> None:
    result = run(k6, tls_url, {}, network=network)
    assert [sample["status"] for sample in result.samples_of("http_reqs")] == [status]


def statuses(result: K6Run) -> list[str]:
    return [sample["status"] for sample in result.samples_of("http_reqs")]


@pytest.mark.parametrize("is_trusted", [True, False])
def test_custom_certificate_authority_is_trusted(
    k6: K6, tls_url: str, authority: Pair, is_trusted: bool
) -> None:
    env = {"SSL_CERT_FILE": str(authority.certificate)} if is_trusted else {}
    file = k6.write_endpoints({"name": "a"})
    result = k6.run({"BASE_URL": tls_url, "ENDPOINTS_FILE": file}, *ONCE, system=env)
    assert statuses(result) == ["204" if is_trusted else "0"]


@pytest.mark.parametrize("has_certificate", [True, False])
def test_client_certificate_is_presented(
    k6: K6, authority: Pair, tmp_path: Path, has_certificate: bool
) -> None:
    client = issue_certificate(authority, tmp_path, "client")
    files = {"CLIENT_CERTIFICATE_FILE": str(client.certificate), "CLIENT_KEY_FILE": str(client.key)}
    with tls_server(issue_certificate(authority, tmp_path, "shop.test"), authority.certificate) as port:
        env = {"BASE_URL": f"https://127.0.0.1:{port}", "NETWORK": '{"verify_tls": false}'}
        result = k6.run(
            {
                **env,
                **(files if has_certificate else {}),
                "ENDPOINTS_FILE": k6.write_endpoints({"name": "a"}),
            },
            *ONCE,
        )
    assert statuses(result) == ["204" if has_certificate else "0"]


def test_k6_presents_a_client_certificate_to_all_domains(k6: K6, authority: Pair, tmp_path: Path) -> None:
    """`tlsAuth.domains` has no effect, so the dashboard offers no certificate per host."""
    client = issue_certificate(authority, tmp_path, "client")
    with tls_server(issue_certificate(authority, tmp_path, "shop.test"), authority.certificate) as port:
        script = tmp_path / "domains.js"
        script.write_text(
            "import http from 'k6/http';\n"
            "export const options = { insecureSkipTLSVerify: true, tlsAuth: [{ domains: ['other.test'], "
            f"cert: open('{client.certificate}'), key: open('{client.key}') }}] }};\n"
            f"export default () => {{ http.get('https://127.0.0.1:{port}/'); }}\n"
        )
        assert statuses(k6.run({}, *ONCE, script=script)) == ["204"]


@pytest.mark.parametrize("name", ["shop.test", "*.test", "SHOP.test"])
def test_hosts_maps_a_name_and_keeps_the_host_header(k6: K6, recorder: Recorder, name: str) -> None:
    port = recorder.url.rpartition(":")[2]
    result = run(k6, "http://shop.test", {}, network={"hosts": {name: f"127.0.0.1:{port}"}})
    assert statuses(result) == ["200"]
    assert [request.headers["Host"] for request in recorder.received] == ["shop.test"]


def test_certificate_is_verified_against_the_name_not_the_address(
    k6: K6, authority: Pair, tmp_path: Path
) -> None:
    with tls_server(issue_certificate(authority, tmp_path, "shop.test")) as port:
        hosts = {"network": {"hosts": {"shop.test": f"127.0.0.1:{port}", "other.test": f"127.0.0.1:{port}"}}}
        file, system = (
            k6.write_document({"endpoints": [{"name": "a"}], **hosts}),
            {"SSL_CERT_FILE": str(authority.certificate)},
        )
        right = k6.run({"BASE_URL": "https://shop.test", "ENDPOINTS_FILE": file}, *ONCE, system=system)
        wrong = k6.run({"BASE_URL": "https://other.test", "ENDPOINTS_FILE": file}, *ONCE, system=system)
    assert (statuses(right), statuses(wrong)) == (["204"], ["0"])


def test_settings_of_the_run_override_the_file(k6: K6, recorder: Recorder) -> None:
    port = recorder.url.rpartition(":")[2]
    file = k6.write_document(
        {
            "endpoints": [{"name": "a", "path": "/redirect"}],
            "network": {"redirects": 5, "hosts": {"a.test": "127.0.0.9:1"}},
        }
    )
    network = f'{{"redirects": 0, "hosts": {{"a.test": "127.0.0.1:{port}"}}}}'
    k6.run({"BASE_URL": "http://a.test", "ENDPOINTS_FILE": file, "NETWORK": network}, *ONCE)
    assert [request.path for request in recorder.received] == ["/redirect"]


def test_requests_are_sent_through_the_proxy(k6: K6, recorder: Recorder) -> None:
    file = k6.write_endpoints({"name": "a", "path": "/x"})
    env = {"BASE_URL": "http://shop.test", "ENDPOINTS_FILE": file}
    result = k6.run(env, *ONCE, system={"HTTP_PROXY": recorder.url})
    assert statuses(result) == ["200"]
    assert [(request.path, request.headers["Host"]) for request in recorder.received] == [
        ("http://shop.test/x", "shop.test")
    ]


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"NETWORK": "{"}, "NETWORK: not valid JSON"),
        ({"NETWORK": '{"proxy": "x"}'}, "NETWORK.proxy: cannot be set here. Set HTTPS_PROXY"),
        ({"CLIENT_CERTIFICATE_FILE": "a.pem"}, "CLIENT_CERTIFICATE_FILE: must be the absolute path"),
        (
            {"CLIENT_CERTIFICATE_FILE": "/nowhere/a.pem"},
            "CLIENT_CERTIFICATE_FILE: cannot read /nowhere/a.pem",
        ),
        ({"CLIENT_CERTIFICATE_FILE": "/dev/null"}, "CLIENT_KEY_FILE: must be the absolute path"),
    ],
)
def test_invalid_network_variable_fails_the_init(
    k6: K6, recorder: Recorder, env: dict[str, str], message: str
) -> None:
    result = k6.run({"BASE_URL": recorder.url, "ENDPOINTS_FILE": k6.write_endpoints({}), **env}, *ONCE)
    assert (result.exit_code, recorder.received) == (107, [])
    assert message in result.log

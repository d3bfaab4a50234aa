"""Time-outs, redirects, certificates and connections: of the run, and where an endpoint says otherwise."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import Pair, an_authority, signed
from tests.k6.conftest import K6, ONCE, CannedResponse, K6Run, Recorder

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
    recorder.responses["/slow"] = CannedResponse(delay_s=0.4)
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
    assert [one.path for one in recorder.received] == paths
    assert {one["expected_response"] for one in done.of("http_reqs")} == {"true"}


@pytest.mark.parametrize(("network", "reused"), [({}, True), ({"reuse_connections": False}, False)])
def test_connections_are_reused_unless_they_must_not_be(
    k6: K6, recorder: Recorder, network: dict[str, Any], reused: bool
) -> None:
    done = run(k6, recorder.url, {}, "--iterations", "3", "--vus", "1", network=network)
    later = [one["value"] for one in done.of("http_req_connecting")][1:]
    assert [value == 0 for value in later] == [reused, reused]


@pytest.mark.parametrize(
    ("steps", "said", "connections"),
    [
        (["keep", "keep", "close", "keep"], [None, None, "close", None], [0, 0, 0, 1]),
        (["close", "close", "keep", "keep"], ["close", "close", None, None], [0, 1, 2, 2]),
    ],
)
def test_an_endpoint_may_end_its_connection(
    k6: K6, recorder: Recorder, steps: list[str], said: list[str | None], connections: list[int]
) -> None:
    endpoints = [{"name": "keep"}, {"name": "close", "close_connection": True}]
    scenario = {"name": "s", "steps": [{"ref": step} for step in steps]}
    file = k6.document({"endpoints": endpoints, "scenarios": [scenario]})
    assert k6.run({"BASE_URL": recorder.url, "ENDPOINTS_FILE": file}, *ONCE).exit_code == 0
    assert [one.headers.get("Connection") for one in recorder.received] == said
    assert [one.connection for one in recorder.received] == connections


def test_a_step_around_the_load_may_end_its_connection(k6: K6, recorder: Recorder) -> None:
    around = {
        "setup": [{"name": "in", "path": "/in", "close_connection": True}],
        "teardown": [{"name": "out", "path": "/out"}],
    }
    run(k6, recorder.url, {}, **around)
    assert [one.headers.get("Connection") for one in recorder.received] == ["close", None, None]


@contextmanager
def tls_server(server_pair: Pair, client_authority: Path | None = None) -> Iterator[int]:
    """The port of a server on loopback that, with an authority, wants a certificate of its clients."""
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
    """Answers any GET; a client that refuses the certificate just goes."""

    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def handle(self) -> None:
        try:
            super().handle()
        except (ssl.SSLError, ConnectionError):
            self.close_connection = True

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the parent's name
        """Nothing."""


@pytest.fixture
def authority(tmp_path: Path) -> Pair:
    return an_authority(tmp_path)


@pytest.fixture
def tls_url(authority: Pair, tmp_path: Path) -> Iterator[str]:
    with tls_server(signed(authority, tmp_path, "shop.test")) as port:
        yield f"https://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("network", "status"), [({}, "0"), ({"verify_tls": True}, "0"), ({"verify_tls": False}, "204")]
)
def test_certificates_are_checked_unless_one_says_otherwise(
    k6: K6, tls_url: str, network: dict[str, Any], status: str
) -> None:
    done = run(k6, tls_url, {}, network=network)
    assert [one["status"] for one in done.of("http_reqs")] == [status]


def statuses(done: K6Run) -> list[str]:
    return [one["status"] for one in done.of("http_reqs")]


@pytest.mark.parametrize("believed", [True, False])
def test_an_authority_of_ones_own_is_believed(k6: K6, tls_url: str, authority: Pair, believed: bool) -> None:
    env = {"SSL_CERT_FILE": str(authority.certificate)} if believed else {}
    file = k6.endpoints({"name": "a"})
    done = k6.run({"BASE_URL": tls_url, "ENDPOINTS_FILE": file}, *ONCE, system=env)
    assert statuses(done) == ["204" if believed else "0"]


@pytest.mark.parametrize("shown", [True, False])
def test_a_server_that_wants_a_certificate_gets_it(
    k6: K6, authority: Pair, tmp_path: Path, shown: bool
) -> None:
    client = signed(authority, tmp_path, "client")
    files = {"CLIENT_CERTIFICATE_FILE": str(client.certificate), "CLIENT_KEY_FILE": str(client.key)}
    with tls_server(signed(authority, tmp_path, "shop.test"), authority.certificate) as port:
        env = {"BASE_URL": f"https://127.0.0.1:{port}", "NETWORK": '{"verify_tls": false}'}
        done = k6.run(
            {**env, **(files if shown else {}), "ENDPOINTS_FILE": k6.endpoints({"name": "a"})}, *ONCE
        )
    assert statuses(done) == ["204" if shown else "0"]


def test_k6_shows_a_client_certificate_to_other_domains_too(k6: K6, authority: Pair, tmp_path: Path) -> None:
    """Why there is no certificate by host name: `tlsAuth.domains` keeps it from nobody."""
    client = signed(authority, tmp_path, "client")
    with tls_server(signed(authority, tmp_path, "shop.test"), authority.certificate) as port:
        script = tmp_path / "domains.js"
        script.write_text(
            "import http from 'k6/http';\n"
            "export const options = { insecureSkipTLSVerify: true, tlsAuth: [{ domains: ['other.test'], "
            f"cert: open('{client.certificate}'), key: open('{client.key}') }}] }};\n"
            f"export default () => {{ http.get('https://127.0.0.1:{port}/'); }}\n"
        )
        assert statuses(k6.run({}, *ONCE, script=script)) == ["204"]


@pytest.mark.parametrize("name", ["shop.test", "*.test", "SHOP.test"])
def test_a_name_leads_to_its_address_and_stays_the_host(k6: K6, recorder: Recorder, name: str) -> None:
    port = recorder.url.rpartition(":")[2]
    done = run(k6, "http://shop.test", {}, network={"hosts": {name: f"127.0.0.1:{port}"}})
    assert statuses(done) == ["200"]
    assert [one.headers["Host"] for one in recorder.received] == ["shop.test"]


def test_a_certificate_is_held_against_the_name_and_not_the_address(
    k6: K6, authority: Pair, tmp_path: Path
) -> None:
    with tls_server(signed(authority, tmp_path, "shop.test")) as port:
        hosts = {"network": {"hosts": {"shop.test": f"127.0.0.1:{port}", "other.test": f"127.0.0.1:{port}"}}}
        file, system = (
            k6.document({"endpoints": [{"name": "a"}], **hosts}),
            {"SSL_CERT_FILE": str(authority.certificate)},
        )
        right = k6.run({"BASE_URL": "https://shop.test", "ENDPOINTS_FILE": file}, *ONCE, system=system)
        wrong = k6.run({"BASE_URL": "https://other.test", "ENDPOINTS_FILE": file}, *ONCE, system=system)
    assert (statuses(right), statuses(wrong)) == (["204"], ["0"])


def test_what_the_run_says_wins_over_the_file(k6: K6, recorder: Recorder) -> None:
    port = recorder.url.rpartition(":")[2]
    file = k6.document(
        {
            "endpoints": [{"name": "a", "path": "/redirect"}],
            "network": {"redirects": 5, "hosts": {"a.test": "127.0.0.9:1"}},
        }
    )
    network = f'{{"redirects": 0, "hosts": {{"a.test": "127.0.0.1:{port}"}}}}'
    k6.run({"BASE_URL": "http://a.test", "ENDPOINTS_FILE": file, "NETWORK": network}, *ONCE)
    assert [one.path for one in recorder.received] == ["/redirect"]


def test_requests_go_through_the_proxy(k6: K6, recorder: Recorder) -> None:
    file = k6.endpoints({"name": "a", "path": "/x"})
    env = {"BASE_URL": "http://shop.test", "ENDPOINTS_FILE": file}
    done = k6.run(env, *ONCE, system={"HTTP_PROXY": recorder.url})
    assert statuses(done) == ["200"]
    assert [(one.path, one.headers["Host"]) for one in recorder.received] == [
        ("http://shop.test/x", "shop.test")
    ]


@pytest.mark.parametrize(
    ("env", "words"),
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
def test_a_wrong_variable_of_the_network_ends_k6_with_its_name(
    k6: K6, recorder: Recorder, env: dict[str, str], words: str
) -> None:
    done = k6.run({"BASE_URL": recorder.url, "ENDPOINTS_FILE": k6.endpoints({}), **env}, *ONCE)
    assert (done.exit_code, recorder.received) == (107, [])
    assert words in done.log

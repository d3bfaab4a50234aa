"""Network options of the connection test, from the request and from the endpoints file."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.app import create_app
from dashboard.services import Services
from tests.certificates import Pair, an_authority, issue_certificate
from tests.fakes.proxy import CREDENTIALS, PASSWORD, USER, proxy_to
from tests.k6.conftest import Recorder, recorder
from tests.k6.test_network import Greeter, tls_server

__all__ = ["recorder"]
PROXIED = {"proxy_user": USER, "proxy_password": PASSWORD}


def ask(client: FlaskClient, url: str, **network: Any) -> Any:
    answer = client.post("/run/test-connection", json={"base_url": url, "network": network})
    assert answer.status_code == 200, answer.text
    return answer.json


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pair, Pair, Pair]:
    """An authority, a server certificate for shop.test, and a client certificate."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = an_authority(folder)
    return (
        authority,
        issue_certificate(authority, folder, "shop.test"),
        issue_certificate(authority, folder, "client"),
    )


@pytest.fixture
def plain_port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Greeter)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("name", ["shop.test", "*.test", "shop.test:80"])
def test_a_host_is_mapped_to_its_address_and_keeps_its_host_header(
    client: FlaskClient, recorder: Recorder, name: str
) -> None:
    port = recorder.url.rpartition(":")[2]
    assert ask(client, "http://shop.test", hosts={name: f"127.0.0.1:{port}"})["status"] == 200
    assert [one.headers["Host"] for one in recorder.received] == ["shop.test"]


def test_certificates_are_verified_and_sent_as_in_a_run(
    client: FlaskClient, certificates: tuple[Pair, Pair, Pair]
) -> None:
    authority, shop, own = certificates
    ca = {"ca_certificate": authority.certificate.read_text()}
    pair = {"client_certificate": own.certificate.read_text(), "client_key": own.key.read_text()}
    with tls_server(shop, authority.certificate) as port:
        hosts = dict.fromkeys(("shop.test", "other.test"), f"127.0.0.1:{port}")
        right = ask(client, "https://shop.test", hosts=hosts, **ca, **pair)
        unknown = ask(client, "https://shop.test", hosts=hosts, **pair)
        other = ask(client, "https://other.test", hosts=hosts, **ca, **pair)
        any_one = ask(client, "https://other.test", hosts=hosts, verify_tls=False, **pair)
        bare = ask(client, "https://shop.test", hosts=hosts, **ca)
    assert (right["status"], any_one["status"]) == (204, 204)
    assert "not trusted" in unknown["message"]
    assert "not trusted" in other["message"]
    assert not bare["ok"]


def test_an_http_proxy_gets_the_credentials(client: FlaskClient, recorder: Recorder) -> None:
    answer = ask(client, "http://shop.test/v1", proxy=recorder.url, **PROXIED)
    assert answer["status"] == 200
    [received] = recorder.received
    assert (received.path, received.headers["Host"]) == ("http://shop.test/v1/", "shop.test")
    assert received.headers["Proxy-Authorization"] == f"Basic {CREDENTIALS}"


def test_a_loopback_target_bypasses_the_proxy(client: FlaskClient, recorder: Recorder) -> None:
    assert ask(client, recorder.url, proxy="http://127.0.0.1:1")["status"] == 200


@pytest.mark.parametrize(
    ("kind", "words"), [("http", "the proxy responded with 407"), ("socks5", "the proxy rejects the user")]
)
def test_a_tunnel_needs_the_right_password(
    client: FlaskClient, certificates: tuple[Pair, Pair, Pair], kind: str, words: str
) -> None:
    with tls_server(certificates[1]) as port, proxy_to(kind, port) as proxy:
        options = {"proxy": proxy.url, "verify_tls": False, **PROXIED}
        assert ask(client, "https://shop.test", **options)["status"] == 204
        refused = ask(client, "https://shop.test", **options | {"proxy_password": "wrong"})
    assert (proxy.targets, proxy.rejected) == (["shop.test:443"], 1)
    assert words in refused["message"]
    assert PASSWORD not in json.dumps(refused)


def test_tls_through_an_https_proxy_is_not_supported(client: FlaskClient) -> None:
    answer = ask(client, "https://shop.test", proxy="https://127.0.0.1:1")
    assert (answer["ok"], "cannot be tested here" in answer["message"]) == (False, True)


def test_a_plain_request_goes_through_socks(client: FlaskClient, plain_port: int) -> None:
    with proxy_to("socks5", plain_port) as proxy:
        assert ask(client, "http://shop.test:8080", proxy=proxy.url, **PROXIED)["status"] == 204
    assert proxy.targets == ["shop.test:8080"]


def test_the_timeout_of_the_request_is_used(client: FlaskClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        answer = ask(client, f"http://127.0.0.1:{silent.getsockname()[1]}", timeout="200ms")
    assert answer["message"] == "There was no response within 0.2 s."


def test_the_network_of_the_endpoints_file_is_used(
    make_services: Callable[..., Services], recorder: Recorder, tmp_path: Path
) -> None:
    path, port = tmp_path / "endpoints.json", recorder.url.rpartition(":")[2]
    document = {
        "network": {"hosts": {"shop.test": f"127.0.0.1:{port}"}},
        "endpoints": [{"name": "A", "group": "g", "path": "/"}],
    }
    path.write_text(json.dumps(document))
    client = create_app(make_services(endpoints_file=path)).test_client()
    assert ask(client, "http://shop.test")["status"] == 200


def test_hosts_and_proxies_must_be_allowed_targets(make_services: Callable[..., Services]) -> None:
    client = create_app(make_services(allowed_targets="shop.test")).test_client()
    for network in ({"hosts": {"shop.test": "10.0.0.1"}}, {"proxy": "http://10.0.0.1:3128"}):
        answer = client.post(
            "/run/test-connection", json={"base_url": "http://shop.test", "network": network}
        )
        assert answer.status_code == 403


@pytest.mark.parametrize(
    ("network", "part"),
    [
        ({"hosts": {"shop.test": "169.254.169.254"}}, "cloud metadata"),
        ({"proxy": "http://169.254.169.254:80"}, "cloud metadata"),
    ],
)
def test_a_metadata_address_is_refused_on_every_route(client: FlaskClient, network: Any, part: str) -> None:
    answer = client.post("/run/test-connection", json={"base_url": "http://shop.test", "network": network})
    assert (answer.status_code, part in answer.json["detail"]) == (422, True)


def test_a_metadata_address_is_refused_through_a_proxy(client: FlaskClient, recorder: Recorder) -> None:
    body = {"base_url": "http://169.254.169.254", "network": {"proxy": recorder.url}}
    assert client.post("/run/test-connection", json=body).status_code == 422
    assert recorder.received == []


def test_an_invalid_network_field_is_named(client: FlaskClient) -> None:
    body = {"base_url": "http://shop.test", "network": {"proxy": "http://ann:pass@a"}}
    answer = client.post("/run/test-connection", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["network.proxy"]
    assert "proxy_password" in answer.json["detail"]

"""Network options of a run, and the targets that its hosts and proxies lead to."""

import base64
from pathlib import Path
from typing import Any

import pytest

from dashboard.model.errors import Conflict, Forbidden, InvalidRequest
from dashboard.model.hosts import address_for, address_of
from dashboard.runs.start.certificates import tls_context
from dashboard.runs.start.network import network_secrets, resolve_network
from dashboard.runs.start.request import NetworkRequest
from dashboard.runs.start.target_gate import TargetGate
from dashboard.runs.start.targets import check_targets, require_confirmation
from dashboard.settings import Settings
from tests.certificates import Pair, an_authority

BROKEN_PEM = "-----BEGIN CERTIFICATE-----\nMÜLL\n-----END CERTIFICATE-----\n"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return an_authority(tmp_path_factory.mktemp("pair"))


def some_settings(**changes: Any) -> Settings:
    return Settings(_env_file=None, **changes)


def resolve(fields: dict[str, Any], defaults: dict[str, str] | None = None) -> tuple[Any, dict[str, str]]:
    return resolve_network(NetworkRequest(**fields), defaults)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"timeout": "soon"}, "network.timeout"),
        ({"timeout": "0s"}, "network.timeout"),
        ({"timeout": "11m"}, "network.timeout"),
        ({"hosts": {"a b": "10.0.0.1"}}, "network.hosts.a b"),
        ({"hosts": {"a:99999": "10.0.0.1"}}, "network.hosts.a:99999"),
        ({"hosts": {"a": "b.test"}}, "network.hosts.a"),
        ({"hosts": {"a": "10.0.0.1:0"}}, "network.hosts.a"),
        ({"hosts": {"a": "fe80::1%eth0"}}, "network.hosts.a"),
        ({"hosts": {f"a{n}": "10.0.0.1" for n in range(101)}}, "network.hosts"),
        ({"proxy": "127.0.0.1:3128"}, "network.proxy"),
        ({"proxy": "ftp://a"}, "network.proxy"),
        ({"proxy": "http://a:99999"}, "network.proxy"),
        ({"proxy": "http://user:pass@a"}, "network.proxy"),
        ({"proxy": "http://a/path"}, "network.proxy"),
        ({"proxy_user": "ann", "proxy_password": "p"}, "network.proxy_user"),
        ({"proxy": "http://a", "proxy_user": "ann"}, "network.proxy_password"),
        ({"proxy": "http://a", "proxy_password": "p"}, "network.proxy_user"),
        ({"proxy": "http://a", "proxy_user": "a:b", "proxy_password": "p"}, "network.proxy_user"),
        ({"proxy": "http://a", "proxy_user": "ann", "proxy_password": "p\n"}, "network.proxy_password"),
        ({"proxy": "http://a\r\nX: y"}, "network.proxy"),
        ({"ca_certificate": "hello"}, "network.ca_certificate"),
        ({"ca_certificate": "# Müller"}, "network.ca_certificate"),
        ({"ca_certificate": BROKEN_PEM}, "network.ca_certificate"),
        ({"client_certificate": "hello"}, "network.client_key"),
        ({"client_key": "hello"}, "network.client_certificate"),
        ({"client_certificate": "hello", "client_key": "hello"}, "network.client_certificate"),
    ],
)
def test_an_unusable_field_is_named(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        resolve(fields)
    assert caught.value.errors[0].field == field


@pytest.mark.parametrize("comment", ["# authority", "# Zertifizierungsstelle Müller", "# 認証局 \N{BELL}"])
def test_an_authority_may_have_comments_in_any_language(pair: Pair, comment: str) -> None:
    pem = f"{comment}\n{pair.certificate.read_text()}{comment}\n"
    network, _ = resolve({"ca_certificate": pem})

    assert network["ca_certificate"] == pem
    assert tls_context(network, None, verify=True).get_ca_certs()[-1]["subject"] is not None


def test_unset_fields_are_left_out_and_the_key_becomes_a_secret(pair: Pair) -> None:
    certificate, key = pair.certificate.read_text(), pair.key.read_text()
    fields: dict[str, Any] = {
        "timeout": None,
        "proxy": "",
        "hosts": {},
        "verify_tls": False,
        "client_certificate": certificate,
    }
    network, secrets = resolve(fields | {"client_key": key})
    assert network == {"verify_tls": False, "client_certificate": certificate}
    assert set(secrets) == {"CLIENT_KEY"}
    assert "\n" not in secrets["CLIENT_KEY"]


def test_the_proxy_password_is_a_secret_and_may_come_from_the_settings() -> None:
    fields = {"proxy": "http://a:3128", "proxy_user": "ann"}
    stored = {"proxy_password": "of the settings", "proxy_password_for": "http://A:3128/"}
    defaults = network_secrets(some_settings(**stored), "http://a:3128")
    network, secrets = resolve(fields | {"proxy_password": "sent"}, defaults)
    _, others = resolve(fields, defaults)
    assert network == fields
    assert (secrets["PROXY_PASSWORD"], others["PROXY_PASSWORD"]) == ("sent", "of the settings")
    assert base64.b64decode(secrets["PROXY_PAIR"]) == b"ann:sent"


def test_the_client_key_may_come_from_the_settings(pair: Pair) -> None:
    defaults = network_secrets(some_settings(client_key=pair.key.read_text()), None)
    _, secrets = resolve({"client_certificate": pair.certificate.read_text()}, defaults)
    assert base64.b64decode(secrets["CLIENT_KEY"]).decode() == pair.key.read_text()


def test_a_key_of_another_certificate_is_rejected(pair: Pair, tmp_path: Path) -> None:
    other = an_authority(tmp_path, "other")
    with pytest.raises(InvalidRequest, match="client_key: does not match the certificate"):
        resolve({"client_certificate": pair.certificate.read_text(), "client_key": other.key.read_text()})


@pytest.mark.parametrize(
    ("network", "place"),
    [
        ({"hosts": {"shop.test": "10.0.0.1"}}, "network.hosts.shop.test: 10.0.0.1"),
        ({"hosts": {"else.test": "10.0.0.1"}}, "network.hosts.else.test: 10.0.0.1"),
        ({"proxy": "http://proxy.test:3128"}, "network.proxy: proxy.test"),
    ],
)
def test_hosts_and_proxies_must_be_allowed_targets(network: dict[str, Any], place: str) -> None:
    gate = TargetGate(allowed=("shop.test", "127.0.0.1"))
    with pytest.raises(Forbidden, match=f"{place} is not in ALLOWED_TARGETS"):
        check_targets(gate, "http://shop.test", network, {})


def test_hosts_of_the_endpoints_file_must_be_allowed_targets() -> None:
    with pytest.raises(Forbidden, match="10.0.0.1"):
        check_targets(TargetGate(allowed=("shop.test",)), "http://shop.test", {}, {"shop.test": "10.0.0.1"})


def test_a_host_of_the_run_overrides_the_endpoints_file() -> None:
    gate, allowed, forbidden = TargetGate(allowed=("shop.test", "10.*")), "10.0.0.1", "192.0.2.1"
    with pytest.raises(Forbidden, match=forbidden):
        check_targets(gate, "http://shop.test", {"hosts": {"shop.test": forbidden}}, {"shop.test": allowed})
    check_targets(gate, "http://shop.test", {"hosts": {"shop.test": allowed}}, {"shop.test": forbidden})


def test_an_allowed_address_with_a_port_is_accepted() -> None:
    gate = TargetGate(allowed=("shop.test", "10.1.*"))
    check_targets(gate, "http://shop.test", {"hosts": {"shop.test": "10.1.0.1:8443"}}, {})


@pytest.mark.parametrize(
    ("base_url", "network"),
    [
        ("http://8.8.8.8", {}),
        ("http://127.0.0.1", {"hosts": {"shop.test": "8.8.8.8"}}),
        ("http://shop.test", {"hosts": {"shop.test": "8.8.8.8:80"}}),
        ("http://127.0.0.1", {"proxy": "http://8.8.8.8:3128"}),
    ],
)
def test_more_than_50_users_on_a_public_address_need_confirmation(
    base_url: str, network: dict[str, Any]
) -> None:
    with pytest.raises(Conflict, match="8.8.8.8 is a public address") as caught:
        require_confirmation(base_url, network, {}, 51)
    assert caught.value.extra == {"confirm": True}
    require_confirmation(base_url, network, {}, 50)


def test_a_private_address_needs_no_confirmation() -> None:
    require_confirmation("http://1.1.1.1", {"hosts": {"1.1.1.1": "127.0.0.1"}}, {}, 5_000)
    require_confirmation("http://127.0.0.1:1", {}, {}, 5_000)


@pytest.mark.parametrize(
    ("host", "port", "expected"),
    [
        ("shop.test", 80, "10.0.0.1"),
        ("SHOP.test", 8443, "10.0.0.2"),
        ("api.shop.test", 80, "10.0.0.3"),
        ("other.test", 80, None),
    ],
)
def test_the_most_specific_host_pattern_wins(host: str, port: int, expected: str | None) -> None:
    hosts = {"shop.test": "10.0.0.1", "shop.test:8443": "10.0.0.2", "*.shop.test": "10.0.0.3"}
    assert address_for(host, port, hosts) == expected


@pytest.mark.parametrize(
    ("text", "address"),
    [("10.0.0.1", "10.0.0.1"), ("10.0.0.1:80", "10.0.0.1"), ("::1", "::1"), ("[fd00::1]:443", "fd00::1")],
)
def test_the_port_of_an_address_is_removed(text: str, address: str) -> None:
    assert str(address_of(text)) == address

"""Network options of a run: refused by name, and guarded for where names and proxies really lead."""

import base64
from pathlib import Path
from typing import Any

import pytest

from dashboard.model.errors import Conflict, Forbidden, InvalidRequest
from dashboard.model.hosts import address_for, address_of
from dashboard.runs.start.network import guard_way, kept_secrets, network_of
from dashboard.settings import Settings
from tests.certificates import Pair, an_authority


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return an_authority(tmp_path_factory.mktemp("pair"))


def some_settings(**changes: Any) -> Settings:
    return Settings(_env_file=None, **changes)


def guard(
    base_url: str, network: dict[str, Any], *, vus: int = 1, confirmed: bool = False, **settings: Any
) -> None:
    guard_way(base_url, network, {}, vus, some_settings(**settings), confirmed=confirmed)


@pytest.mark.parametrize(
    ("asked", "field"),
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
        ({"client_certificate": "hello"}, "network.client_key"),
        ({"client_key": "hello"}, "network.client_certificate"),
        ({"client_certificate": "hello", "client_key": "hello"}, "network.client_certificate"),
    ],
)
def test_what_cannot_be(asked: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        network_of(asked)
    assert refusal.value.errors[0].field == field


def test_what_is_not_given_is_left_out_and_the_key_is_apart(pair: Pair) -> None:
    certificate, key = pair.certificate.read_text(), pair.key.read_text()
    asked = {
        "timeout": None,
        "proxy": "",
        "hosts": {},
        "verify_tls": False,
        "client_certificate": certificate,
    }
    network, secrets = network_of(asked | {"client_key": key})
    assert network == {"verify_tls": False, "client_certificate": certificate}
    assert set(secrets) == {"CLIENT_KEY"}
    assert "\n" not in secrets["CLIENT_KEY"]


def test_the_password_of_a_proxy_is_apart_and_may_come_from_the_settings() -> None:
    asked = {"proxy": "http://a:3128", "proxy_user": "ann"}
    kept = kept_secrets(some_settings(proxy_password="of the settings"))
    typed, secrets = network_of(asked | {"proxy_password": "typed"}, kept)
    _, others = network_of(asked, kept)
    assert typed == asked
    assert (secrets["PROXY_PASSWORD"], others["PROXY_PASSWORD"]) == ("typed", "of the settings")
    assert base64.b64decode(secrets["PROXY_PAIR"]) == b"ann:typed"


def test_the_key_of_a_certificate_may_come_from_the_settings(pair: Pair) -> None:
    kept = kept_secrets(some_settings(client_key=pair.key.read_text()))
    _, secrets = network_of({"client_certificate": pair.certificate.read_text()}, kept)
    assert base64.b64decode(secrets["CLIENT_KEY"]).decode() == pair.key.read_text()


def test_a_key_of_another_certificate_is_refused(pair: Pair, tmp_path: Path) -> None:
    other = an_authority(tmp_path, "other")
    with pytest.raises(InvalidRequest, match="client_key: is not the key of the certificate"):
        network_of({"client_certificate": pair.certificate.read_text(), "client_key": other.key.read_text()})


@pytest.mark.parametrize(
    ("network", "place"),
    [
        ({"hosts": {"shop.test": "10.0.0.1"}}, "network.hosts.shop.test: 10.0.0.1"),
        ({"hosts": {"else.test": "10.0.0.1"}}, "network.hosts.else.test: 10.0.0.1"),
        ({"proxy": "http://proxy.test:3128"}, "network.proxy: proxy.test"),
    ],
)
def test_a_name_or_proxy_does_not_lead_out_of_what_is_allowed(network: dict[str, Any], place: str) -> None:
    with pytest.raises(Forbidden, match=f"{place} is not in ALLOWED_TARGETS"):
        guard("http://shop.test", network, allowed_targets="shop.test, 127.0.0.1")


def test_names_of_the_file_are_guarded_too() -> None:
    settings = some_settings(allowed_targets="shop.test")
    with pytest.raises(Forbidden, match="10.0.0.1"):
        guard_way("http://shop.test", {}, {"shop.test": "10.0.0.1"}, 1, settings, confirmed=True)


def test_what_a_run_says_of_a_name_of_the_file_is_what_counts() -> None:
    settings, allowed, beyond = some_settings(allowed_targets="shop.test, 10.*"), "10.0.0.1", "192.0.2.1"
    with pytest.raises(Forbidden, match=beyond):
        guard_way(
            "http://shop.test",
            {"hosts": {"shop.test": beyond}},
            {"shop.test": allowed},
            1,
            settings,
            confirmed=True,
        )
    guard_way(
        "http://shop.test",
        {"hosts": {"shop.test": allowed}},
        {"shop.test": beyond},
        1,
        settings,
        confirmed=True,
    )


def test_an_allowed_address_may_be_led_to() -> None:
    guard("http://shop.test", {"hosts": {"shop.test": "10.1.0.1:8443"}}, allowed_targets="shop.test, 10.1.*")


@pytest.mark.parametrize(
    ("base_url", "network"),
    [
        ("http://8.8.8.8", {}),
        ("http://127.0.0.1", {"hosts": {"shop.test": "8.8.8.8"}}),
        ("http://shop.test", {"hosts": {"shop.test": "8.8.8.8:80"}}),
        ("http://127.0.0.1", {"proxy": "http://8.8.8.8:3128"}),
    ],
)
def test_a_public_address_is_loaded_on_purpose_only(base_url: str, network: dict[str, Any]) -> None:
    with pytest.raises(Conflict, match="8.8.8.8 is a public address") as caught:
        guard(base_url, network, vus=51)
    assert caught.value.extra == {"confirm": True}
    guard(base_url, network, vus=51, confirmed=True)
    guard(base_url, network, vus=50)


def test_a_public_name_that_leads_to_a_private_address_is_none() -> None:
    guard("http://1.1.1.1", {"hosts": {"1.1.1.1": "127.0.0.1"}}, vus=5_000)
    guard("http://127.0.0.1:1", {}, vus=5_000)


@pytest.mark.parametrize(
    ("host", "port", "found"),
    [
        ("shop.test", 80, "10.0.0.1"),
        ("SHOP.test", 8443, "10.0.0.2"),
        ("api.shop.test", 80, "10.0.0.3"),
        ("other.test", 80, None),
    ],
)
def test_the_closest_name_counts(host: str, port: int, found: str | None) -> None:
    hosts = {"shop.test": "10.0.0.1", "shop.test:8443": "10.0.0.2", "*.shop.test": "10.0.0.3"}
    assert address_for(host, port, hosts) == found


@pytest.mark.parametrize(
    ("text", "address"),
    [("10.0.0.1", "10.0.0.1"), ("10.0.0.1:80", "10.0.0.1"), ("::1", "::1"), ("[fd00::1]:443", "fd00::1")],
)
def test_addresses_are_read_without_their_port(text: str, address: str) -> None:
    assert str(address_of(text)) == address

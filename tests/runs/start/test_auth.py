"""How a run authenticates: from what was typed and the settings to secrets for k6 or an order for tokens."""

import base64
from typing import Any
from urllib.parse import parse_qs

import pytest

from dashboard.model.errors import InvalidRequest
from dashboard.run_folder.files import AuthFile
from dashboard.runs.start.auth import Auth, auth_of, default_auth_mode
from dashboard.settings import Settings

KEYCLOAK = {
    "auth_host": "https://sso.example.com",
    "auth_realm": "my shop",
    "auth_client_id": "load",
    "auth_client_secret": "s3cret & more",
}
ENDPOINT = {"auth_refresh_endpoint": "/auth/token"}


def some_settings(**changes: Any) -> Settings:
    return Settings(_env_file=None, **changes)


def auth(mode: str | None, /, *, base_url: str = "http://t:1/api", **typed: str) -> Auth:
    return auth_of(mode, typed, some_settings(), base_url=base_url)


def order_of(mode: str, /, **typed: str) -> AuthFile:
    order = auth(mode, **typed).order
    assert order is not None
    return order


def refusal(mode: str | None, /, **typed: str) -> tuple[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        auth(mode, **typed)
    return caught.value.errors[0].field, caught.value.errors[0].message


def test_secrets_come_from_the_request_before_the_settings() -> None:
    found = auth_of("bearer", {"auth_token": "typed"}, some_settings(auth_token="set"))
    assert (found.mode, found.secrets, found.order) == ("bearer", {"AUTH_TOKEN": "typed"}, None)


@pytest.mark.parametrize(
    ("settings", "mode"),
    [
        ({}, "none"),
        ({"auth_api_key": "k"}, "api_key"),
        ({"auth_basic_user": "u"}, "none"),
        ({"auth_basic_user": "u", "auth_basic_pass": "p"}, "basic"),
        (KEYCLOAK, "keycloak"),
        (ENDPOINT, "bearer_endpoint"),
        ({**ENDPOINT, "auth_basic_user": "u", "auth_basic_pass": "p"}, "basic"),
        ({**ENDPOINT, "auth_basic_user": "u", "auth_basic_pass": "p", "auth_refresh_strategy": "bearer_endpoint"},
         "bearer_endpoint"),
        ({**KEYCLOAK, **ENDPOINT, "auth_refresh_strategy": "bearer_endpoint"}, "bearer_endpoint"),
        ({**ENDPOINT, "auth_token": "t", "auth_refresh_strategy": "bearer_endpoint"}, "bearer"),
        ({"auth_token": "t", "auth_refresh_strategy": "keycloak"}, "bearer"),
    ],
)  # fmt: skip
def test_the_mode_follows_from_what_is_set(settings: dict[str, str], mode: str) -> None:
    assert default_auth_mode(some_settings(**settings)) == mode


def test_none_means_none_even_when_a_token_is_set() -> None:
    assert auth_of("none", {}, some_settings(auth_token="set")).secrets == {}


@pytest.mark.parametrize("token", ["", "two\nlines", "nul\0"])
def test_secrets_that_cannot_be_sent(token: str) -> None:
    assert refusal("bearer", auth_token=token)[0] == "auth_token"


def test_keycloak_is_asked_with_the_credentials_of_the_client() -> None:
    order = order_of("keycloak", **KEYCLOAK)
    assert order.url == "https://sso.example.com/realms/my%20shop/protocol/openid-connect/token"
    assert (order.method, order.renews, order.token) == ("POST", True, "")
    form = {"grant_type": ["client_credentials"], "client_id": ["load"], "client_secret": ["s3cret & more"]}
    assert parse_qs(order.body) == form
    assert {"s3cret & more", "s3cret%20%26%20more", "s3cret+%26+more"} <= set(order.hidden)


def test_the_path_of_an_older_keycloak_is_kept() -> None:
    order = order_of("keycloak", **{**KEYCLOAK, "auth_host": "http://sso:8080/auth/"})
    assert order.url.startswith("http://sso:8080/auth/realms/my%20shop/")


@pytest.mark.parametrize(
    ("typed", "method", "headers", "body"),
    [
        ({}, "POST", {}, ""),
        ({"auth_client_id": "c", "auth_client_secret": "s"}, "POST",
         {"Content-Type": "application/x-www-form-urlencoded"},
         "grant_type=client_credentials&client_id=c&client_secret=s"),
        ({"auth_basic_user": "u", "auth_basic_pass": "p:ä"}, "POST",
         {"Authorization": f"Basic {base64.b64encode('u:p:ä'.encode()).decode()}"}, ""),
        ({"auth_refresh_body": ' {"a": 1}', "auth_refresh_method": "PUT"}, "PUT",
         {"Content-Type": "application/json"}, ' {"a": 1}'),
        ({"auth_refresh_body": "a=1", "auth_refresh_headers": "X-Tenant: blue\ncontent-type:text/plain "}, "POST",
         {"X-Tenant": "blue", "content-type": "text/plain"}, "a=1"),
        ({"auth_refresh_headers": "authorization: Key k", "auth_basic_user": "u"}, "POST",
         {"authorization": "Key k"}, ""),
        ({"auth_client_id": "c", "auth_client_secret": "s", "auth_refresh_method": "GET"}, "GET", {}, ""),
    ],
)  # fmt: skip
def test_an_endpoint_of_ones_own(
    typed: dict[str, str], method: str, headers: dict[str, str], body: str
) -> None:
    order = order_of("bearer_endpoint", **ENDPOINT, **typed)
    assert order.url == "http://t:1/api/auth/token"
    assert (order.method, order.headers, order.body) == (method, headers, body)


@pytest.mark.parametrize(
    ("body", "hidden"),
    [
        ('{"a": ["p4ss/word", 1, {"b": "deep"}]}', {"p4ss/word", "p4ss%2Fword", "deep"}),
        ("u=me&p=a%2Fb+c", {"a/b c", "me"}),
    ],
)
def test_what_stands_in_a_body_is_never_quoted(body: str, hidden: set[str]) -> None:
    order = order_of("bearer_endpoint", **ENDPOINT, auth_refresh_body=body)
    assert hidden | {body} <= set(order.hidden)


def test_an_endpoint_may_be_elsewhere() -> None:
    assert order_of("bearer_endpoint", auth_refresh_endpoint="https://a.b/t?x=1").url == "https://a.b/t?x=1"


def test_a_typed_token_is_renewed_with_itself() -> None:
    order = order_of("bearer", auth_token="typed", auth_refresh_strategy="bearer_endpoint", **ENDPOINT)
    assert (order.token, order.headers) == ("typed", {"Authorization": "Bearer @TOKEN@"})
    assert "typed" in order.hidden


def test_a_typed_token_is_renewed_by_keycloak() -> None:
    found = auth("bearer", auth_token="typed", auth_refresh_strategy="keycloak", **KEYCLOAK)
    assert found.order is not None
    assert (found.mode, found.order.token, found.secrets) == ("bearer", "typed", {})
    assert "/realms/" in found.order.url


def test_tokens_that_are_not_renewed() -> None:
    assert order_of("keycloak", auth_refresh_strategy="none", **KEYCLOAK).renews is False


def test_interval_and_checks_of_certificates_are_handed_on() -> None:
    settings = some_settings(**KEYCLOAK, auth_refresh_interval=30)
    kept = auth_of("keycloak", {}, settings, verify_tls=False)
    typed = auth_of("keycloak", {}, settings, interval_s=7.5)
    assert kept.order is not None
    assert typed.order is not None
    assert (kept.order.interval_s, kept.order.verify_tls) == (30, False)
    assert (typed.order.interval_s, typed.order.verify_tls) == (7.5, True)
    assert typed.public == {"auth_refresh_interval": "7.5"}


def test_what_is_kept_with_the_run_holds_no_secret() -> None:
    found = auth("keycloak", auth_refresh_body="b0dy", **KEYCLOAK)
    assert found.public == {name: KEYCLOAK[name] for name in ("auth_host", "auth_realm", "auth_client_id")}


@pytest.mark.parametrize(
    ("mode", "changes", "field", "words"),
    [
        ("keycloak", {"auth_realm": ""}, "auth_realm", "is needed for keycloak"),
        ("keycloak", {"auth_host": "sso.example.com"}, "auth_host", "must be an address"),
        ("keycloak", {"auth_host": "ftp://sso"}, "auth_host", "must be an address"),
        ("keycloak", {"auth_host": "http://[::1"}, "auth_host", "must be an address"),
        ("keycloak", {"auth_host": "https://u:p@sso"}, "auth_host", "must not hold a user"),
        ("keycloak", {"auth_host": "https://sso?x=1"}, "auth_host", "no query"),
        ("keycloak", {"auth_host": "https://s so"}, "auth_host", "without spaces"),
        ("keycloak", {"auth_client_secret": "a\nb"}, "auth_client_secret", "one line"),
        ("keycloak", {"auth_refresh_strategy": "bearer_endpoint"}, "auth_refresh_strategy", "must be keycloak or none"),
        ("bearer_endpoint", {}, "auth_refresh_endpoint", "is needed for bearer_endpoint"),
        ("bearer_endpoint", {"auth_refresh_endpoint": "token"}, "auth_refresh_endpoint", "must be an address"),
        ("bearer_endpoint", {**ENDPOINT, "auth_refresh_headers": "no colon"}, "auth_refresh_headers", "Name: value"),
        ("bearer_endpoint", {**ENDPOINT, "auth_refresh_headers": "A: ä"}, "auth_refresh_headers", "Name: value"),
        ("bearer", {"auth_token": "t", "auth_refresh_strategy": "bearer_endpoint"}, "auth_refresh_endpoint",
         "bearer authentication renewed by bearer_endpoint"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told_at_its_field(
    mode: str, changes: dict[str, str], field: str, words: str
) -> None:
    base = KEYCLOAK if mode == "keycloak" else {}
    told = refusal(mode, **{**base, **changes})
    assert told[0] == field
    assert words in told[1]

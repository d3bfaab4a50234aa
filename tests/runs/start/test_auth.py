"""Authentication of a run: from the request and the settings to secrets for k6, or a token request."""

import base64
from typing import Any
from urllib.parse import parse_qs

import pytest

from dashboard.model.errors import InvalidRequest
from dashboard.run_folder.files import AuthFile
from dashboard.runs.start.auth import ResolvedAuth, default_auth_mode, resolve_auth
from dashboard.runs.start.request import AuthRequest
from dashboard.runs.start.stored_secrets import Destination
from dashboard.runs.start.target_gate import TargetGate
from dashboard.settings import Settings

KEYCLOAK = {
    "auth_host": "https://sso.example.com",
    "auth_realm": "my shop",
    "auth_client_id": "load",
    "auth_client_secret": "s3cret & more",
}
ENDPOINT = {"auth_refresh_endpoint": "/auth/token"}


def target(url: str = "http://t:1/api") -> Destination:
    """The target that all secrets of the settings are for."""
    return Destination(setting="BASE_URL", url=url, stored_url=url)


def some_settings(**changes: Any) -> Settings:
    return Settings(_env_file=None, **changes)


def resolve(mode: str | None, /, *, base_url: str = "http://t:1/api", **credentials: str) -> ResolvedAuth:
    return resolve_auth(
        AuthRequest(mode=mode, credentials=credentials), some_settings(), TargetGate(), target(base_url)
    )


def token_request_of(mode: str, /, **credentials: str) -> AuthFile:
    token_request = resolve(mode, **credentials).token_request
    assert token_request is not None
    return token_request


def rejection(mode: str | None, /, **credentials: str) -> tuple[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        resolve(mode, **credentials)
    return caught.value.errors[0].field, caught.value.errors[0].message


def test_the_request_overrides_the_settings() -> None:
    request = AuthRequest(mode="bearer", credentials={"auth_token": "sent"})
    auth = resolve_auth(request, some_settings(auth_token="set"), TargetGate(), target())
    assert (auth.mode, auth.secrets, auth.token_request) == ("bearer", {"AUTH_TOKEN": "sent"}, None)


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
def test_the_mode_is_detected_from_the_settings(settings: dict[str, str], mode: str) -> None:
    assert default_auth_mode(some_settings(**settings)) == mode


def test_mode_none_ignores_a_token_in_the_settings() -> None:
    settings = some_settings(auth_token="set")
    assert resolve_auth(AuthRequest(mode="none"), settings, TargetGate(), target()).secrets == {}


def test_only_an_api_key_has_a_header() -> None:
    settings = some_settings(auth_api_key="k", auth_api_key_header="X-Key")
    for mode, typed, header in (
        ("api_key", None, "X-Key"),
        ("api_key", "X-Own", "X-Own"),
        ("none", "X-Own", None),
    ):
        request = AuthRequest(mode=mode, api_key_header=typed)
        assert resolve_auth(request, settings, TargetGate(), target()).api_key_header == header


@pytest.mark.parametrize("token", ["", "two\nlines", "nul\0"])
def test_an_unusable_token_is_rejected(token: str) -> None:
    assert rejection("bearer", auth_token=token)[0] == "auth_token"


def test_keycloak_gets_the_client_credentials() -> None:
    request = token_request_of("keycloak", **KEYCLOAK)
    assert request.url == "https://sso.example.com/realms/my%20shop/protocol/openid-connect/token"
    assert (request.method, request.renews, request.token) == ("POST", True, "")
    form = {"grant_type": ["client_credentials"], "client_id": ["load"], "client_secret": ["s3cret & more"]}
    assert parse_qs(request.body) == form
    assert {"s3cret & more", "s3cret%20%26%20more", "s3cret+%26+more"} <= set(request.hidden)


def test_the_base_path_of_an_older_keycloak_is_kept() -> None:
    request = token_request_of("keycloak", **{**KEYCLOAK, "auth_host": "http://sso:8080/auth/"})
    assert request.url.startswith("http://sso:8080/auth/realms/my%20shop/")


@pytest.mark.parametrize(
    ("credentials", "method", "headers", "body"),
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
def test_the_request_to_a_custom_token_endpoint(
    credentials: dict[str, str], method: str, headers: dict[str, str], body: str
) -> None:
    request = token_request_of("bearer_endpoint", **ENDPOINT, **credentials)
    assert request.url == "http://t:1/api/auth/token"
    assert (request.method, request.headers, request.body) == (method, headers, body)


@pytest.mark.parametrize(
    ("body", "hidden"),
    [
        ('{"a": ["p4ss/word", 1, {"b": "deep"}]}', {"p4ss/word", "p4ss%2Fword", "deep"}),
        ("u=me&p=a%2Fb+c", {"a/b c", "me"}),
    ],
)
def test_values_of_the_body_are_masked(body: str, hidden: set[str]) -> None:
    request = token_request_of("bearer_endpoint", **ENDPOINT, auth_refresh_body=body)
    assert hidden | {body} <= set(request.hidden)


def test_the_token_endpoint_may_be_on_another_host() -> None:
    assert (
        token_request_of("bearer_endpoint", auth_refresh_endpoint="https://a.b/t?x=1").url
        == "https://a.b/t?x=1"
    )


def test_a_given_token_authenticates_its_own_renewal() -> None:
    request = token_request_of(
        "bearer", auth_token="sent", auth_refresh_strategy="bearer_endpoint", **ENDPOINT
    )
    assert (request.token, request.headers) == ("sent", {"Authorization": "Bearer @TOKEN@"})
    assert "sent" in request.hidden


def test_a_given_token_can_be_renewed_by_keycloak() -> None:
    auth = resolve("bearer", auth_token="sent", auth_refresh_strategy="keycloak", **KEYCLOAK)
    assert auth.token_request is not None
    assert (auth.mode, auth.token_request.token, auth.secrets) == ("bearer", "sent", {})
    assert "/realms/" in auth.token_request.url


def test_strategy_none_turns_renewal_off() -> None:
    assert token_request_of("keycloak", auth_refresh_strategy="none", **KEYCLOAK).renews is False


def test_interval_and_certificate_checks_reach_the_token_request() -> None:
    settings = some_settings(**KEYCLOAK, auth_refresh_interval=30)
    by_settings = resolve_auth(
        AuthRequest(mode="keycloak"), settings, TargetGate(), target(), verify_tls=False
    )
    request = AuthRequest(mode="keycloak", refresh_interval_s=7.5)
    by_request = resolve_auth(request, settings, TargetGate(), target())
    assert by_settings.token_request is not None
    assert by_request.token_request is not None
    assert (by_settings.token_request.interval_s, by_settings.token_request.verify_tls) == (30, False)
    assert (by_request.token_request.interval_s, by_request.token_request.verify_tls) == (7.5, True)
    assert by_request.public_fields == {"auth_refresh_interval": "7.5"}


def test_the_stored_fields_hold_no_secret() -> None:
    auth = resolve("keycloak", auth_refresh_body="b0dy", **KEYCLOAK)
    assert auth.public_fields == {
        name: KEYCLOAK[name] for name in ("auth_host", "auth_realm", "auth_client_id")
    }


@pytest.mark.parametrize(
    ("mode", "changes", "field", "message"),
    [
        ("keycloak", {"auth_realm": ""}, "auth_realm", "is required for keycloak"),
        ("keycloak", {"auth_host": "sso.example.com"}, "auth_host", "must be a URL"),
        ("keycloak", {"auth_host": "ftp://sso"}, "auth_host", "must be a URL"),
        ("keycloak", {"auth_host": "http://[::1"}, "auth_host", "must be a URL"),
        ("keycloak", {"auth_host": "https://u:p@sso"}, "auth_host", "must not contain a user"),
        ("keycloak", {"auth_host": "https://sso?x=1"}, "auth_host", "must not have a query"),
        ("keycloak", {"auth_host": "https://s so"}, "auth_host", "without spaces"),
        ("keycloak", {"auth_client_secret": "a\nb"}, "auth_client_secret", "one line"),
        ("keycloak", {"auth_refresh_strategy": "bearer_endpoint"}, "auth_refresh_strategy", "must be keycloak or none"),
        ("bearer_endpoint", {}, "auth_refresh_endpoint", "is required for bearer_endpoint"),
        ("bearer_endpoint", {"auth_refresh_endpoint": "token"}, "auth_refresh_endpoint", "must be a URL"),
        ("bearer_endpoint", {**ENDPOINT, "auth_refresh_headers": "no colon"}, "auth_refresh_headers", "Name: value"),
        ("bearer_endpoint", {**ENDPOINT, "auth_refresh_headers": "A: ä"}, "auth_refresh_headers", "Name: value"),
        ("bearer", {"auth_token": "t", "auth_refresh_strategy": "bearer_endpoint"}, "auth_refresh_endpoint",
         "bearer authentication renewed by bearer_endpoint"),
    ],
)  # fmt: skip
def test_an_unusable_field_is_named(mode: str, changes: dict[str, str], field: str, message: str) -> None:
    base = KEYCLOAK if mode == "keycloak" else {}
    rejected_field, reason = rejection(mode, **{**base, **changes})
    assert rejected_field == field
    assert message in reason

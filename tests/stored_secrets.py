"""Requests that would send a secret of the settings, for all routes that start requests."""

from typing import Any, NamedTuple

HOME, SSO, FOREIGN = "http://shop.invalid:8000", "https://sso.invalid", "http://foreign.invalid"
TARGET = {"base_url": HOME}
KEYCLOAK = {
    "auth_host": SSO,
    "auth_realm": "shop",
    "auth_client_id": "load",
    "auth_client_secret": "stored-secret",
}
ENDPOINT = {"auth_refresh_endpoint": "/token"}
CLIENT = {"auth_client_id": "load", "auth_client_secret": "stored-secret"}
USER = {"auth_basic_user": "ann", "auth_basic_pass": "stored-pass"}
ELSEWHERE = {"base_url": FOREIGN}
MAPPED = {"network": {"hosts": {"shop.invalid": "127.0.0.9"}}}
PROXIED = {"network": {"proxy": "http://127.0.0.9:3128"}}


class StoredSecret(NamedTuple):
    """`refused_field` is the field that the request has to contain; None if the stored secret is used."""

    settings: dict[str, Any]
    request: dict[str, Any]
    refused_field: str | None


CASES = (
    # the target
    StoredSecret({**TARGET, "auth_token": "t"}, {}, None),
    StoredSecret({**TARGET, "auth_token": "t"}, {"base_url": HOME.upper().replace("HTTP", "http")}, None),
    StoredSecret({**TARGET, "auth_token": "t"}, {"base_url": f"{HOME}/other/path"}, None),
    StoredSecret({**TARGET, "auth_token": "t"}, ELSEWHERE, "auth_token"),
    StoredSecret({**TARGET, "auth_token": "t"}, {"base_url": HOME.replace("http", "https")}, "auth_token"),
    StoredSecret({**TARGET, "auth_token": "t"}, {"base_url": HOME.replace("8000", "8001")}, "auth_token"),
    StoredSecret({**TARGET, "auth_token": "t"}, {"base_url": HOME.replace("shop", "a.shop")}, "auth_token"),
    StoredSecret({"auth_token": "t"}, ELSEWHERE, "auth_token"),
    StoredSecret({**TARGET, "auth_token": "t"}, {**ELSEWHERE, "auth_token": "typed"}, None),
    StoredSecret({**TARGET, "auth_token": "t"}, {**ELSEWHERE, "auth_mode": "none"}, None),
    StoredSecret({**TARGET, **USER}, {}, None),
    StoredSecret({**TARGET, **USER}, ELSEWHERE, "auth_basic_pass"),
    StoredSecret({**TARGET, **USER}, {**ELSEWHERE, "auth_basic_pass": "typed"}, None),
    StoredSecret({**TARGET, "auth_api_key": "k"}, {}, None),
    StoredSecret({**TARGET, "auth_api_key": "k"}, ELSEWHERE, "auth_api_key"),
    # another machine under the same name
    StoredSecret({**TARGET, "auth_token": "t"}, MAPPED, "auth_token"),
    StoredSecret({**TARGET, "auth_token": "t"}, PROXIED, "auth_token"),
    StoredSecret({**TARGET, "auth_token": "t"}, {**MAPPED, "auth_token": "typed"}, None),
    StoredSecret({"base_url": "https://shop.invalid", "auth_token": "t"}, MAPPED, None),
    StoredSecret({"base_url": "https://shop.invalid", "auth_token": "t"}, PROXIED, None),
    StoredSecret(
        {"base_url": "https://shop.invalid", "auth_token": "t"},
        {"network": {**MAPPED["network"], "verify_tls": False}},
        "auth_token",
    ),
    # Keycloak
    StoredSecret({**TARGET, **KEYCLOAK}, {}, None),
    StoredSecret({**TARGET, **KEYCLOAK}, {"auth_host": f"{SSO}/auth"}, None),
    StoredSecret({**TARGET, **KEYCLOAK}, {"auth_host": FOREIGN}, "auth_client_secret"),
    StoredSecret({**TARGET, **KEYCLOAK}, ELSEWHERE, "auth_client_secret"),
    StoredSecret({**TARGET, **KEYCLOAK}, {"auth_host": FOREIGN, "auth_client_secret": "typed"}, None),
    StoredSecret(
        {**TARGET, **CLIENT},
        {"auth_mode": "keycloak", "auth_host": SSO, "auth_realm": "shop"},
        "auth_client_secret",
    ),
    # a token endpoint
    StoredSecret({**TARGET, **ENDPOINT, **CLIENT}, {"auth_mode": "bearer_endpoint"}, None),
    StoredSecret(
        {**TARGET, **ENDPOINT, **CLIENT},
        {"auth_mode": "bearer_endpoint", "auth_refresh_endpoint": f"{FOREIGN}/token"},
        "auth_client_secret",
    ),
    StoredSecret(
        {**TARGET, **ENDPOINT, **CLIENT}, {**ELSEWHERE, "auth_mode": "bearer_endpoint"}, "auth_client_secret"
    ),
    StoredSecret(
        {**TARGET, **CLIENT},
        {"auth_mode": "bearer_endpoint", "auth_refresh_endpoint": "/token"},
        "auth_client_secret",
    ),
    StoredSecret(
        {**TARGET, **ENDPOINT, **USER},
        {"auth_mode": "bearer_endpoint", "auth_refresh_endpoint": f"{FOREIGN}/token"},
        "auth_basic_pass",
    ),
    StoredSecret(
        {**TARGET, **ENDPOINT, "auth_refresh_body": "pass=stored"},
        {"auth_mode": "bearer_endpoint", "auth_refresh_endpoint": f"{FOREIGN}/token"},
        "auth_refresh_body",
    ),
    StoredSecret(
        {**TARGET, **ENDPOINT, "auth_refresh_headers": "X-Key: stored"},
        {"auth_mode": "bearer_endpoint", "auth_refresh_endpoint": f"{FOREIGN}/token"},
        "auth_refresh_headers",
    ),
    StoredSecret(
        {**TARGET, **ENDPOINT, **CLIENT},
        {
            "auth_mode": "bearer_endpoint",
            "auth_refresh_endpoint": f"{FOREIGN}/token",
            "auth_client_secret": "typed",
        },
        None,
    ),
    # a given token that an endpoint renews
    StoredSecret(
        {**TARGET, **ENDPOINT, "auth_token": "t", "auth_refresh_strategy": "bearer_endpoint"}, {}, None
    ),
    StoredSecret(
        {**TARGET, **ENDPOINT, "auth_token": "t", "auth_refresh_strategy": "bearer_endpoint"},
        {"auth_refresh_endpoint": f"{FOREIGN}/token"},
        "auth_token",
    ),
    # the password of the proxy
    StoredSecret(
        {**TARGET, "proxy_password": "p", "proxy_password_for": "http://127.0.0.9:3128"},
        {"network": {**PROXIED["network"], "proxy_user": "ann"}},
        None,
    ),
    StoredSecret(
        {**TARGET, "proxy_password": "p", "proxy_password_for": "http://127.0.0.8:3128"},
        {"network": {**PROXIED["network"], "proxy_user": "ann"}},
        "network.proxy_password",
    ),
    StoredSecret(
        {**TARGET, "proxy_password": "p"},
        {"network": {**PROXIED["network"], "proxy_user": "ann"}},
        "network.proxy_password",
    ),
)
REFUSED = tuple(case for case in CASES if case.refused_field)

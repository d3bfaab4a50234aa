"""Checks the network options of one run, and separates their secrets."""

import base64
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from dashboard.model.durations import parse_duration
from dashboard.model.errors import FieldProblems, InvalidRequest
from dashboard.model.hosts import MAX_HOSTS, check_address, check_name
from dashboard.model.origins import origin_of
from dashboard.runs.start.certificates import check_authority, check_certificate_and_key
from dashboard.runs.start.request import NETWORK_SECRETS, NetworkRequest
from dashboard.settings import Settings

MAX_TIMEOUT_S = 600.0
PROXY_SCHEMES = ("http", "https", "socks5")
CLIENT_KEY, PROXY_PASSWORD, PROXY_PAIR = "CLIENT_KEY", "PROXY_PASSWORD", "PROXY_PAIR"
CERTIFICATE_WITHOUT_KEY = "client_certificate and client_key must be given together"
Network = dict[str, Any]


def network_secrets(settings: Settings, proxy: str | None) -> dict[str, str]:
    """Return the network secrets of the settings that the request may use, by request field.

    The password goes only to the proxy that it is for.
    """
    is_for_proxy = proxy and origin_of(proxy) == origin_of(settings.proxy_password_for)
    password = settings.proxy_password.get_secret_value() if is_for_proxy else ""
    secrets = {"client_key": settings.client_key.get_secret_value(), "proxy_password": password}
    return {name: secret for name, secret in secrets.items() if secret}


def resolve_network(
    request: NetworkRequest, defaults: Mapping[str, str] | None = None
) -> tuple[Network, dict[str, str]]:
    """Return the options that are set, and their secrets by variable. Raises InvalidRequest.

    `defaults` contains the secrets, by request field, to use when the request has none.
    """
    network = request.fields()
    defaults = defaults or {}
    given = {name: str(network.pop(name)) for name in NETWORK_SECRETS if name in network}
    problems = FieldProblems()
    with problems.collect():
        if "timeout" in network:
            _check_timeout(str(network["timeout"]))
    with problems.collect():
        _check_hosts(network.get("hosts", {}))
    with problems.collect():
        if "ca_certificate" in network:
            check_authority(str(network["ca_certificate"]))
    with problems.collect():
        client_key = _client_key(network, given, defaults)
    with problems.collect():
        proxy_secrets = _proxy_secrets(network, given, defaults)
    problems.check()
    return network, client_key | proxy_secrets


def _client_key(network: Network, given: Mapping[str, str], defaults: Mapping[str, str]) -> dict[str, str]:
    certificate = network.get("client_certificate")
    if certificate is None:
        if "client_key" in given:
            raise InvalidRequest.field("network.client_certificate", f"is missing: {CERTIFICATE_WITHOUT_KEY}")
        return {}
    key = given.get("client_key") or defaults.get("client_key")
    if key is None:
        message = f"is missing, and CLIENT_KEY is not set: {CERTIFICATE_WITHOUT_KEY}"
        raise InvalidRequest.field("network.client_key", message)
    check_certificate_and_key(str(certificate), key)
    # Base64, because a secret must be a single line.
    return {CLIENT_KEY: base64.b64encode(key.encode()).decode()}


def _proxy_secrets(network: Network, given: Mapping[str, str], defaults: Mapping[str, str]) -> dict[str, str]:
    """Return the password and the encoded pair that is sent. Both must be masked wherever they are repeated."""
    if "proxy" in network:
        _check_proxy(str(network["proxy"]))
    elif "proxy_user" in network:
        raise InvalidRequest.field("network.proxy_user", "requires network.proxy")
    if "proxy_user" not in network:
        if "proxy_password" in given:
            raise InvalidRequest.field("network.proxy_user", "is required with network.proxy_password")
        return {}
    user = str(network["proxy_user"])
    password = given.get("proxy_password") or defaults.get("proxy_password")
    if password is None:
        message = (
            "is required with network.proxy_user. Send it, or set PROXY_PASSWORD and PROXY_PASSWORD_FOR."
        )
        raise InvalidRequest.field("network.proxy_password", message)
    if ":" in user or _has_controls(user):
        raise InvalidRequest.field("network.proxy_user", "must not contain a colon or control characters")
    if _has_controls(password):
        raise InvalidRequest.field("network.proxy_password", "must not contain control characters")
    return {PROXY_PASSWORD: password, PROXY_PAIR: base64.b64encode(f"{user}:{password}".encode()).decode()}


def _has_controls(text: str) -> bool:
    return any(ord(character) < 32 or ord(character) == 127 for character in text)


def _check_hosts(hosts: Mapping[str, str]) -> None:
    if len(hosts) > MAX_HOSTS:
        raise InvalidRequest.field("network.hosts", f"must have at most {MAX_HOSTS} names")
    for name, address in hosts.items():
        _check(f"network.hosts.{name[:64]}", check_name, name)
        _check(f"network.hosts.{name[:64]}", check_address, address)


def _check(field: str, check: Callable[[str], str], text: str) -> None:
    try:
        check(text)
    except ValueError as error:
        raise InvalidRequest.field(field, str(error)) from None


def _check_timeout(text: str) -> None:
    try:
        fits = 0.001 <= parse_duration(text) <= MAX_TIMEOUT_S
    except ValueError as error:
        raise InvalidRequest.field("network.timeout", str(error)) from None
    if not fits:
        raise InvalidRequest.field("network.timeout", "must be between 1 ms and 600 s")


def _check_proxy(text: str) -> None:
    problem = "must be a URL such as http://127.0.0.1:3128"
    try:
        url = urlsplit(text)
        has_host = bool(url.hostname) and url.port != 0
        fits = url.scheme in PROXY_SCHEMES and has_host and url.path in ("", "/")
    except ValueError:
        fits = False
    if not fits or any(ord(character) <= 32 or ord(character) == 127 for character in text):
        raise InvalidRequest.field("network.proxy", problem)
    if url.username is not None or url.password is not None or url.query or url.fragment:
        message = (
            f"{problem}, without query or fragment; put the credentials in proxy_user and proxy_password"
        )
        raise InvalidRequest.field("network.proxy", message)

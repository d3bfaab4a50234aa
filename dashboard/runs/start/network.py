"""How the requests of one run travel: checked, and guarded where they would go to other addresses."""

import base64
from collections.abc import Mapping
from fnmatch import fnmatch
from typing import Any
from urllib.parse import urlsplit

from dashboard.model.durations import parse_duration
from dashboard.model.errors import Conflict, Forbidden, InvalidRequest
from dashboard.model.hosts import MOST_HOSTS, address_for, address_of, check_address, check_name
from dashboard.runs.start.certificates import refuse_authority, refuse_pair
from dashboard.runs.start.request import UNASKED_PUBLIC_VUS, is_public
from dashboard.settings import Settings

MOST_TIMEOUT_S = 600.0
PROXY_SCHEMES = ("http", "https", "socks5")
CLIENT_KEY, PROXY_PASSWORD, PROXY_PAIR = "CLIENT_KEY", "PROXY_PASSWORD", "PROXY_PAIR"
SECRETS = ("client_key", "proxy_password")
PAIR = "a client certificate and its key go together"
Network = dict[str, Any]


def kept_secrets(settings: Settings) -> dict[str, str]:
    """Secrets of the network that the settings hold, by field: what was not typed comes from there."""
    kept = {"client_key": settings.client_key, "proxy_password": settings.proxy_password}
    return {name: secret.get_secret_value() for name, secret in kept.items() if secret.get_secret_value()}


def network_of(
    asked: Mapping[str, Any], kept: Mapping[str, str] | None = None
) -> tuple[Network, dict[str, str]]:
    """What of `asked` is given, checked, and its secrets apart, by variable. Raises InvalidRequest."""
    given = {name: value for name, value in asked.items() if value not in (None, "", {})}
    typed = {name: str(given.pop(name)) for name in SECRETS if name in given}
    if "timeout" in given:
        _refuse_timeout(str(given["timeout"]))
    for name, address in _hosts(given).items():
        _check(f"network.hosts.{name[:64]}", check_name, name)
        _check(f"network.hosts.{name[:64]}", check_address, address)
    if "ca_certificate" in given:
        refuse_authority(str(given["ca_certificate"]))
    keys = _client_key(given, typed, kept or {}) | _proxy_secrets(given, typed, kept or {})
    return given, keys


def _client_key(given: Network, typed: Mapping[str, str], kept: Mapping[str, str]) -> dict[str, str]:
    certificate = given.get("client_certificate")
    if certificate is None:
        if "client_key" in typed:
            raise InvalidRequest.field("network.client_certificate", f"is missing: {PAIR}")
        return {}
    key = typed.get("client_key") or kept.get("client_key")
    if key is None:
        raise InvalidRequest.field("network.client_key", f"is missing, and CLIENT_KEY is not set: {PAIR}")
    refuse_pair(str(certificate), key)
    return {CLIENT_KEY: base64.b64encode(key.encode()).decode()}  # a secret is one line


def _proxy_secrets(given: Network, typed: Mapping[str, str], kept: Mapping[str, str]) -> dict[str, str]:
    """The password, and the pair as it goes out: whatever repeats one of them must be masked."""
    if "proxy" in given:
        _refuse_proxy(str(given["proxy"]))
    elif "proxy_user" in given:
        raise InvalidRequest.field("network.proxy_user", "is for a proxy, and there is none")
    if "proxy_user" not in given:
        if "proxy_password" in typed:
            raise InvalidRequest.field("network.proxy_user", "is missing: a password needs its user")
        return {}
    user, password = str(given["proxy_user"]), typed.get("proxy_password") or kept.get("proxy_password")
    if password is None:
        words = "is missing, and PROXY_PASSWORD is not set: a user needs a password"
        raise InvalidRequest.field("network.proxy_password", words)
    if ":" in user or _has_controls(user):
        raise InvalidRequest.field("network.proxy_user", "must not hold a colon or control characters")
    if _has_controls(password):
        raise InvalidRequest.field("network.proxy_password", "must not hold control characters")
    return {PROXY_PASSWORD: password, PROXY_PAIR: base64.b64encode(f"{user}:{password}".encode()).decode()}


def _has_controls(text: str) -> bool:
    return any(ord(character) < 32 or ord(character) == 127 for character in text)


def guard_way(
    base_url: str,
    network: Network,
    file_hosts: Mapping[str, str],
    peak_vus: int,
    settings: Settings,
    *,
    confirmed: bool,
) -> None:
    """The guards of the target again, for where the names of this run really lead. Raises Forbidden, Conflict."""
    hosts = {**file_hosts, **_hosts(network)}
    ways = {f"network.hosts.{name}": str(address_of(text)) for name, text in hosts.items()}
    if proxy := urlsplit(str(network.get("proxy", ""))).hostname:
        ways["network.proxy"] = proxy
    for place, host in ways.items():
        allowed = settings.allowed_targets
        if allowed and not any(fnmatch(host.lower(), pattern.lower()) for pattern in allowed):
            raise Forbidden(f"{place}: {host} is not in ALLOWED_TARGETS")
    if confirmed or peak_vus <= UNASKED_PUBLIC_VUS:
        return
    target = _target(base_url, hosts)
    public = next((host for host in (target, *ways.values()) if is_public(host)), None)
    if public:
        raise Conflict(
            f"{public} is a public address and {peak_vus} users would load it: "
            'send "confirm": true if that service is yours to load',
            extra={"confirm": True},
        )


def _target(base_url: str, hosts: dict[str, str]) -> str:
    """The host that a name is resolved from, or the address that it is led to."""
    url = urlsplit(base_url)
    host = url.hostname or ""
    address = address_for(host, url.port or (443 if url.scheme == "https" else 80), hosts)
    return host if address is None else str(address_of(address))


def _hosts(network: Mapping[str, Any]) -> dict[str, str]:
    hosts: dict[str, str] = network.get("hosts", {})
    if len(hosts) > MOST_HOSTS:
        raise InvalidRequest.field("network.hosts", f"must be at most {MOST_HOSTS} names")
    return hosts


def _check(field: str, check: Any, text: str) -> None:
    try:
        check(text)
    except ValueError as error:
        raise InvalidRequest.field(field, str(error)) from None


def _refuse_timeout(text: str) -> None:
    try:
        fits = 0.001 <= parse_duration(text) <= MOST_TIMEOUT_S
    except ValueError as error:
        raise InvalidRequest.field("network.timeout", str(error)) from None
    if not fits:
        raise InvalidRequest.field("network.timeout", "must be from 1 ms to 600 s")


def _refuse_proxy(text: str) -> None:
    problem = "must be an address such as http://127.0.0.1:3128"
    try:
        url = urlsplit(text)
        named = bool(url.hostname) and url.port != 0
        fits = url.scheme in PROXY_SCHEMES and named and url.path in ("", "/")
    except ValueError:
        fits = False
    if not fits or any(ord(character) <= 32 or ord(character) == 127 for character in text):
        raise InvalidRequest.field("network.proxy", problem)
    if url.username is not None or url.password is not None or url.query or url.fragment:
        words = f"{problem}, without ? and #; its user and password go into proxy_user and proxy_password"
        raise InvalidRequest.field("network.proxy", words)

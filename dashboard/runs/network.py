"""How the requests of one run travel: checked, and guarded where they would go to other addresses."""

import base64
import ssl
import tempfile
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dashboard.model.durations import parse_duration
from dashboard.model.errors import Conflict, Forbidden, InvalidRequest
from dashboard.model.hosts import MOST_HOSTS, address_for, address_of, check_address, check_name
from dashboard.runs.requests import UNASKED_PUBLIC_VUS, is_public
from dashboard.settings import Settings

MOST_TIMEOUT_S = 600.0
PROXY_SCHEMES = ("http", "https", "socks5")
CLIENT_KEY = "CLIENT_KEY"
Network = dict[str, Any]


def network_of(asked: Mapping[str, Any]) -> tuple[Network, dict[str, str]]:
    """What of `asked` is given, checked, and the key apart, as a secret. Raises InvalidRequest."""
    given = {name: value for name, value in asked.items() if value not in (None, "", {})}
    key = given.pop("client_key", None)
    if "timeout" in given:
        _refuse_timeout(str(given["timeout"]))
    for name, address in _hosts(given).items():
        _check(f"network.hosts.{name[:64]}", check_name, name)
        _check(f"network.hosts.{name[:64]}", check_address, address)
    if "proxy" in given:
        _refuse_proxy(str(given["proxy"]))
    if "ca_certificate" in given:
        _refuse_authority(str(given["ca_certificate"]))
    certificate = given.get("client_certificate")
    if (certificate is None) != (key is None):
        missing = "client_key" if key is None else "client_certificate"
        raise InvalidRequest.field(f"network.{missing}", "a client certificate and its key go together")
    if certificate is None or key is None:
        return given, {}
    _refuse_pair(str(certificate), str(key))
    return given, {CLIENT_KEY: base64.b64encode(str(key).encode()).decode()}


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
    addresses = {f"network.hosts.{name}": str(address_of(text)) for name, text in _hosts(network).items()}
    addresses |= {f"network.hosts.{name}": str(address_of(text)) for name, text in file_hosts.items()}
    proxy = urlsplit(str(network.get("proxy", ""))).hostname
    ways = addresses | ({"network.proxy": proxy} if proxy else {})
    for place, host in ways.items():
        allowed = settings.allowed_targets
        if allowed and not any(fnmatch(host.lower(), pattern.lower()) for pattern in allowed):
            raise Forbidden(f"{place}: {host} is not in ALLOWED_TARGETS")
    if confirmed or peak_vus <= UNASKED_PUBLIC_VUS:
        return
    target = _target(base_url, {**file_hosts, **_hosts(network)})
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
        raise InvalidRequest.field("network.proxy", f"{problem}, without user, password, ? and #")


def _refuse_authority(pem: str) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError):
        raise InvalidRequest.field(
            "network.ca_certificate",
            "must be one or more certificates as PEM text: -----BEGIN CERTIFICATE-----",
        ) from None


def _refuse_pair(certificate: str, key: str) -> None:
    """The library reads files only: they stand in a folder of ours alone for as long as that takes."""
    with tempfile.TemporaryDirectory(prefix="k6-dashboard-") as folder:
        paths = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        for path, text in zip(paths, (certificate, key), strict=True):
            path.touch(0o600)
            path.write_text(text, "utf-8")
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(*paths, password="")
        except (ssl.SSLError, ValueError, OSError) as error:
            mismatch = "MISMATCH" in str(error)
            words = (
                "is not the key of the certificate"
                if mismatch
                else ("must be a certificate and its key as PEM text, the key not encrypted")
            )
            raise InvalidRequest.field(
                "network.client_key" if mismatch else "network.client_certificate", words
            ) from None

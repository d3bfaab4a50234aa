"""Which hosts a run may load: the target, the addresses that names are mapped to, and the proxy."""

import ipaddress
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from dashboard.model.errors import Conflict, InvalidRequest
from dashboard.model.host_names import ascii_host
from dashboard.model.hosts import address_for, address_of, port_of
from dashboard.model.origins import DEFAULT_PORTS
from dashboard.runs.start.target_gate import TargetGate
from dashboard.settings import Settings

MAX_UNCONFIRMED_PUBLIC_VUS = 50


def resolve_target(base_url: str | None, settings: Settings) -> str:
    """Return the target URL: `base_url`, else the setting. Raises InvalidRequest."""
    text = settings.base_url if base_url is None else base_url
    try:
        return parse_target(text)
    except ValueError as error:
        raise InvalidRequest.field("base_url", str(error)) from None


def parse_target(text: str) -> str:
    """Return the URL of a target with its host in ASCII and without a slash at its end. Raises ValueError."""
    text = text.strip()
    if not text:
        raise ValueError("is required, for example http://127.0.0.1:8000")
    url = _split_target(text)
    host = ascii_host(url.hostname or "")
    return (text if text.isascii() else _with_host(url, host)).rstrip("/")


def check_targets(
    gate: TargetGate, base_url: str, network: Mapping[str, Any], file_hosts: Mapping[str, str]
) -> None:
    """Check the target, mapped addresses and the proxy. Raises Forbidden, AddressRefused.

    `file_hosts` is the mapping of the endpoints file; `network.hosts` overrides it name by name.
    """
    hosts = {**file_hosts, **network.get("hosts", {})}
    port = _port_of(urlsplit(base_url))
    gate.check_url("base_url", base_url)
    for name, address in hosts.items():
        gate.check(f"network.hosts.{name}", str(address_of(address)), port_of(address) or port)
    gate.check_url("network.proxy", str(network.get("proxy", "")))


def rerouted_by(
    base_url: str, network: Mapping[str, Any], request_hosts: Mapping[str, str], *, verify_tls: bool
) -> str | None:
    """Return the field of the start request that sends HTTP requests to a machine other than `base_url` names.

    None if a certificate that the system trusts proves the name. `request_hosts` is the mapping of the endpoints that
    the request brings along; `network.hosts` overrides it name by name.
    """
    if urlsplit(base_url).scheme == "https" and verify_tls and "ca_certificate" not in network:
        return None
    hosts = {**request_hosts, **network.get("hosts", {})}
    if _loaded_host(base_url, hosts) != urlsplit(base_url).hostname:
        return "network.hosts"
    return "network.proxy" if "proxy" in network else None


def require_confirmation(
    base_url: str, network: Mapping[str, Any], file_hosts: Mapping[str, str], peak_vus: int
) -> None:
    """Raise Conflict when more than 50 users would load a public address."""
    if peak_vus <= MAX_UNCONFIRMED_PUBLIC_VUS:
        return
    hosts = {**file_hosts, **network.get("hosts", {})}
    candidates = (_loaded_host(base_url, hosts), *routed_hosts(network, file_hosts).values())
    public = next((host for host in candidates if is_public(host)), None)
    if public:
        raise Conflict(
            f"{public} is a public address and {peak_vus} users would load it. "
            'Send "confirm": true if you may load that service.',
            extra={"confirm": True},
        )


def routed_hosts(network: Mapping[str, Any], file_hosts: Mapping[str, str]) -> dict[str, str]:
    """Return the hosts that requests are sent to instead of the one in their URL, by field."""
    hosts = {**file_hosts, **network.get("hosts", {})}
    routes = {f"network.hosts.{name}": str(address_of(text)) for name, text in hosts.items()}
    if proxy := urlsplit(str(network.get("proxy", ""))).hostname:
        routes["network.proxy"] = proxy
    return routes


def is_public(host: str) -> bool:
    """Return whether `host` has a public address; False for a name that does not resolve."""
    try:
        addresses = {
            str(entry[4][0]).split("%")[0]
            for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        }
    except OSError:
        return False
    return any(ipaddress.ip_address(address).is_global for address in addresses)


def _loaded_host(base_url: str, hosts: dict[str, str]) -> str:
    """Return the host of `base_url`, or the address that `hosts` maps it to."""
    url = urlsplit(base_url)
    host = url.hostname or ""
    address = address_for(host, _port_of(url), hosts)
    return host if address is None else str(address_of(address))


def _port_of(url: SplitResult) -> int:
    return url.port or DEFAULT_PORTS[url.scheme]


def _with_host(url: SplitResult, host: str) -> str:
    """Return a URL with its host in ASCII, which k6 and the dashboard resolve to the same addresses."""
    shown = f"[{host}]" if ":" in host else host
    port = "" if url.port is None else f":{url.port}"
    return url._replace(netloc=f"{shown}{port}").geturl()


def _split_target(text: str) -> SplitResult:
    problem = "must be a URL such as http://127.0.0.1:8000"
    if any(ord(character) <= 32 or ord(character) == 127 for character in text):
        raise ValueError(f"{problem}, without spaces")
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        raise ValueError(problem) from None
    if url.scheme not in ("http", "https") or not url.hostname or "\\" in url.netloc:
        raise ValueError(problem)
    if url.username is not None or url.password is not None:
        raise ValueError("must not contain a user or password; use the authentication fields")
    if url.query or url.fragment:
        raise ValueError("must not have a query or fragment")
    return url

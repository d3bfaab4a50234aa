"""Addresses to which no request is sent. `k6/config/refused-addresses.json` lists them; the k6 script uses it too.

Standard library only: the runner applies the same rule to its token requests.
"""

import ipaddress
import json
import socket
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_FILE: Final = Path(__file__).resolve().parents[1] / "k6" / "config" / "refused-addresses.json"
_TABLE: Final[dict[str, Any]] = json.loads(_FILE.read_bytes())
_NAMES: Final = frozenset(_TABLE["names"])
REFUSED_NETWORKS: Final = tuple(
    (ipaddress.ip_network(network), reason)
    for reason, networks in _TABLE["networks"].items()
    for network in networks
)
METADATA: Final = "a cloud metadata service"
UNUSUAL: Final = "not the usual form of an address"
ITSELF: Final = "the dashboard itself"


def refused_name(host: str) -> str | None:
    """Return why no request may be sent to `host`; None if one may. Does not resolve the name."""
    name = plain_host(host)
    if name in _NAMES:
        return METADATA
    try:
        return refused_address(ipaddress.ip_address(name))
    except ValueError:
        return UNUSUAL if _is_numeric(name) else None


def refused_address(address: IPAddress) -> str | None:
    """Return why no request may be sent to `address`; None if one may."""
    plain = getattr(address, "ipv4_mapped", None) or address
    return next((reason for network, reason in REFUSED_NETWORKS if plain in network), None)


def refused_port(address: IPAddress, port: int, own_ports: Collection[int]) -> str | None:
    """Return the reason if the dashboard or one of its runs listens at `address` and `port`; else None."""
    return ITSELF if port in own_ports and _is_own_address(address) else None


def is_loopback_address(address: IPAddress) -> bool:
    """Return whether `address` is one of the loopback, in any form."""
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def resolved(host: str, port: int) -> list[IPAddress]:
    """Return the addresses of `host`. Empty for a name that does not resolve."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def plain_host(host: str) -> str:
    """Return `host` in lower case, without final dots."""
    return host.lower().rstrip(".")


def _is_numeric(name: str) -> bool:
    """Return whether clients may read `name` as an address: 2852039166 and 0xa9fea9fe are 169.254.169.254."""
    try:
        socket.inet_aton(name)
    except (OSError, UnicodeError):
        last = name.rpartition(".")[2]
        return ":" in name or last.isdecimal() or last.startswith("0x")
    return True


def _is_own_address(address: IPAddress) -> bool:
    """Return whether `address` belongs to this machine, which is true if a socket can be bound to it."""
    plain = getattr(address, "ipv4_mapped", None) or address
    if plain.is_loopback:
        return True
    family = socket.AF_INET if plain.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((str(plain), 0))
    except OSError:
        return False
    return True

"""Host names and addresses of k6's `hosts` option, which overrides DNS."""

import ipaddress
import re

from dashboard.model.k6_config import DOCUMENT_LIMITS

MAX_HOSTS = DOCUMENT_LIMITS["max_hosts"]
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"  # k6 refuses names with _ here
_NAME = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})*(?P<port>:\d{{1,5}})?", re.ASCII)
_ADDRESS = re.compile(r"(\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<v4>[0-9.]+))(?P<port>:\d{1,5})?", re.ASCII)


def check_name(name: str) -> str:
    """Check a host name, optionally with a leading `*.` and a port. Raises ValueError."""
    match = _NAME.fullmatch(name)
    if match is None or len(name) > 253 or not _is_port(match["port"]):
        raise ValueError('must be names such as "shop.test", "*.shop.test" or "shop.test:8443"')
    return name


def check_address(address: str) -> str:
    """Check an IP address, optionally with a port. Raises ValueError."""
    address_of(address)
    return address


def address_of(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the address in "10.0.0.1:8443", "[::1]:80" or "::1". Raises ValueError."""
    match = _ADDRESS.fullmatch(text)
    try:
        if match is None:
            return ipaddress.IPv6Address(text if "%" not in text else "")
        if _is_port(match["port"]):
            return ipaddress.ip_address(match["v6"] or match["v4"])
    except ValueError:
        pass
    raise ValueError('must be an address such as "10.0.0.1", "10.0.0.1:8443" or "[fd00::1]:443"')


def port_of(text: str) -> int | None:
    """Return the port in "10.0.0.1:8443"; None without a port."""
    match = _ADDRESS.fullmatch(text)
    return int(match["port"][1:]) if match and match["port"] else None


def address_for(host: str, port: int, hosts: dict[str, str]) -> str | None:
    """Return the address to which `hosts` maps `host` and `port`; None without a mapping."""
    lower = {name.lower(): target for name, target in hosts.items()}
    labels = host.lower().split(".")
    names = [host.lower(), *(".".join(["*", *labels[n:]]) for n in range(1, len(labels)))]
    for name in names:
        address = lower.get(f"{name}:{port}") or lower.get(name)
        if address is not None:
            return address
    return None


def _is_port(text: str | None) -> bool:
    return text is None or 1 <= int(text[1:]) <= 65_535

"""The addresses to which the dashboard sends requests on behalf of a user, and those to which it never does."""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.model.errors import DashboardError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64_NETWORKS = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_METADATA_HOST_NAMES = frozenset(
    {"metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"}
)
# Cloud metadata outside the link-local ranges: AWS over IPv6, Alibaba, Oracle, Azure's wire server.
_METADATA_ADDRESSES = frozenset(
    ipaddress.ip_address(text)
    for text in ("fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16")
)


class AddressRefused(DashboardError):
    """The dashboard does not send requests to this address."""

    status = 422
    title = "Address refused"


@dataclass(frozen=True, slots=True)
class AddressGuard:
    """Decides which addresses are allowed.

    `own_ports` are the ports of the dashboard and its runs, on any address of this machine.
    """

    allow_loopback: bool
    own_ports: frozenset[int] = frozenset()

    def check(self, name: str, address: IPAddress, port: int) -> None:
        """Raise AddressRefused if requests to `address` and `port` are not allowed."""
        reason = self._refusal_reason(address, port)
        if reason:
            shown = str(address) if name == str(address) else f"{name} ({address})"
            raise AddressRefused(f"{shown} is {reason}. The dashboard sends no requests there.")

    def check_name(self, name: str) -> None:
        """Raise AddressRefused for the names of cloud metadata services."""
        if name.rstrip(".").lower() in _METADATA_HOST_NAMES:
            raise AddressRefused(
                f"{name} is a cloud metadata service. The dashboard sends no requests there."
            )

    def _refusal_reason(self, address: IPAddress, port: int) -> str | None:
        for form in with_embedded(address):
            if form in _METADATA_ADDRESSES:
                return "a cloud metadata service"
            if form.is_link_local:
                return "a link-local address, which cloud metadata services use"
            if form.is_multicast:
                return "a multicast address"
            if form.is_unspecified or form == ipaddress.IPv4Address("255.255.255.255"):
                return "not the address of a single machine"
            if form.is_loopback and not self.allow_loopback:
                return "a loopback address of the dashboard's machine"
        if port in self.own_ports and _is_own_address(address):
            return "the dashboard itself"
        return None


def with_embedded(address: IPAddress) -> Iterable[IPAddress]:
    """Yield `address` and every IPv4 address embedded in it: mapped, NAT64, 6to4, Teredo."""
    yield address
    if isinstance(address, ipaddress.IPv4Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    low = int(address) & 0xFFFFFFFF
    if any(address in network for network in _NAT64_NETWORKS) or int(address) >> 32 == 0:
        yield ipaddress.IPv4Address(low)


def _is_own_address(address: IPAddress) -> bool:
    """Return whether `address` belongs to this machine, which is true if a socket can be bound to it."""
    if any(form.is_loopback for form in with_embedded(address)):
        return True
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True

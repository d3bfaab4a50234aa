"""Which addresses the dashboard talks to on somebody's behalf, and which it never does."""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.model.errors import DashboardError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_METADATA_NAMES = frozenset(
    {"metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"}
)
# Cloud metadata outside the link-local ranges: AWS over IPv6, Alibaba, Oracle, Azure's wire server.
_METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in ("fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16")
)


class Refused(DashboardError):
    """The address is one that the dashboard does not talk to."""

    status = 422
    title = "Address refused"


@dataclass(frozen=True, slots=True)
class Guard:
    """What may be talked to. `own_ports` are the dashboard's and its runs', on any address of this machine."""

    allow_loopback: bool
    own_ports: frozenset[int] = frozenset()

    def check(self, name: str, address: IPAddress, port: int) -> None:
        """Raises Refused."""
        reason = self._reason(address, port)
        if reason:
            shown = str(address) if name == str(address) else f"{name} ({address})"
            raise Refused(f"{shown} is {reason}: the dashboard sends nothing there.")

    def check_name(self, name: str) -> None:
        """Raises Refused for names of cloud metadata services."""
        if name.rstrip(".").lower() in _METADATA_NAMES:
            raise Refused(f"{name} is a cloud metadata service: the dashboard sends nothing there.")

    def _reason(self, address: IPAddress, port: int) -> str | None:
        for form in embedded(address):
            if form in _METADATA:
                return "a cloud metadata service"
            if form.is_link_local:
                return "a link-local address, where cloud metadata lives"
            if form.is_multicast:
                return "a multicast address"
            if form.is_unspecified or form == ipaddress.IPv4Address("255.255.255.255"):
                return "no address of one machine"
            if form.is_loopback and not self.allow_loopback:
                return "this machine itself"
        if port in self.own_ports and _is_ours(address):
            return "the dashboard itself"
        return None


def embedded(address: IPAddress) -> Iterable[IPAddress]:
    """`address` and every IPv4 address that it stands for: mapped, NAT64, 6to4, Teredo."""
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
    if any(address in network for network in _NAT64) or int(address) >> 32 == 0:
        yield ipaddress.IPv4Address(low)


def _is_ours(address: IPAddress) -> bool:
    """Whether `address` belongs to this machine: one can only listen on an address of one's own."""
    if any(form.is_loopback for form in embedded(address)):
        return True
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True

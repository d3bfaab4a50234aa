"""The guard of the requests that the dashboard sends on behalf of a user."""

from dataclasses import dataclass

from dashboard.addresses import IPAddress, refused_address, refused_name, refused_port
from dashboard.model.errors import DashboardError


class AddressRefused(DashboardError):
    """The dashboard does not send requests to this address."""

    status = 422
    title = "Address refused"


@dataclass(frozen=True, slots=True)
class AddressGuard:
    """Refuses addresses. `own_ports` are the ports of the dashboard and its runs, on any address of this machine."""

    own_ports: frozenset[int] = frozenset()

    def check(self, name: str, address: IPAddress, port: int) -> None:
        """Check the address to which `name` resolves. Raises AddressRefused."""
        if reason := refused_address(address) or refused_port(address, port, self.own_ports):
            raise _refusal(name if name == str(address) else f"{name} ({address})", reason)

    def check_name(self, name: str) -> None:
        """Check a host before it is resolved. Raises AddressRefused."""
        if reason := refused_name(name):
            raise _refusal(name, reason)


def _refusal(shown: str, reason: str) -> AddressRefused:
    return AddressRefused(f"{shown} is {reason}. The dashboard sends no requests there.")

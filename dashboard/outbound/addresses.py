"""The guard of the requests that the dashboard sends on behalf of a user."""

from dataclasses import dataclass
from typing import Final

from dashboard.addresses import IPAddress, is_loopback_address, refused_address, refused_name, refused_port
from dashboard.model.errors import DashboardError

LOOPBACK: Final = "an address of this machine, which the dashboard does not open to others"


class AddressRefused(DashboardError):
    """The dashboard does not send requests to this address."""

    status = 422
    title = "Address refused"


@dataclass(frozen=True, slots=True)
class AddressGuard:
    """Refuses addresses. `own_ports` are the ports of the dashboard and its runs, on any address of this machine.

    refuses_loopback: other machines can reach the dashboard, so that it must not lead them to services of this one
    """

    own_ports: frozenset[int] = frozenset()
    refuses_loopback: bool = False

    def check(self, name: str, address: IPAddress, port: int) -> None:
        """Check the address to which `name` resolves. Raises AddressRefused."""
        if reason := self._reason(address, port):
            raise _refusal(name if name == str(address) else f"{name} ({address})", reason)

    def _reason(self, address: IPAddress, port: int) -> str | None:
        own = LOOPBACK if self.refuses_loopback and is_loopback_address(address) else None
        return refused_address(address) or refused_port(address, port, self.own_ports) or own

    def check_name(self, name: str) -> None:
        """Check a host before it is resolved. Raises AddressRefused."""
        if reason := refused_name(name):
            raise _refusal(name, reason)


def _refusal(shown: str, reason: str) -> AddressRefused:
    return AddressRefused(f"{shown} is {reason}. The dashboard sends no requests there.")

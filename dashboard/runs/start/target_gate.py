"""Where the requests of a run may go: one rule for its target, its token server, its proxy and every redirect."""

import json
import socket
from dataclasses import dataclass
from fnmatch import fnmatchcase

from dashboard.addresses import plain_host, refused_name, refused_port, resolved
from dashboard.model.errors import FieldError, Forbidden
from dashboard.model.origins import origin_of
from dashboard.outbound.addresses import AddressRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGate:
    """Lets requests through to the hosts of ALLOWED_TARGETS, but not to refused addresses or the dashboard itself.

    `own_port` is the port of the dashboard, `run_ports` are those of its runs, and `own_names` are further names of
    this machine. k6 applies the same rule to redirects, and checks the addresses of names when it connects.
    """

    allowed: tuple[str, ...] = ()
    own_port: int | None = None
    run_ports: frozenset[int] = frozenset()
    own_names: tuple[str, ...] = ()

    @property
    def own_ports(self) -> frozenset[int]:
        """All ports of this machine to which no request is sent."""
        return self.run_ports | ({self.own_port} if self.own_port is not None else set())

    def check_url(self, field: str, url: str) -> None:
        """Check the origin of `url`. Raises Forbidden, AddressRefused."""
        if origin := origin_of(url):
            self.check(field, origin.host, origin.port)

    def check(self, field: str, host: str, port: int) -> None:
        """Check a host and a port. Raises Forbidden, AddressRefused."""
        patterns = [pattern.lower() for pattern in self.allowed]
        if patterns and not any(fnmatchcase(host.lower(), pattern) for pattern in patterns):
            message = f"{host} is not in ALLOWED_TARGETS"
            raise Forbidden(f"{field}: {message}.", errors=(FieldError(field, message),))
        if reason := refused_name(host) or self._own_port(host, port):
            message = f"{host} is {reason}. No requests are sent there"
            raise AddressRefused(f"{field}: {message}.", errors=(FieldError(field, message),))

    def variables(self) -> dict[str, str]:
        """Return the variable that passes this gate to the k6 script."""
        gate = {
            "allowed": self.allowed,
            "own_ports": sorted(self.own_ports),
            "own_hosts": sorted(_own_hosts(self.own_names)) if self.own_ports else (),
        }
        return {"GATE": json.dumps(gate, separators=(",", ":"))} if self.allowed or self.own_ports else {}

    def _own_port(self, host: str, port: int) -> str | None:
        """Return the reason if `host` and `port` lead to the dashboard. Only then a name has to be resolved."""
        addresses = resolved(host, port) if port in self.own_ports else []
        return next(filter(None, (refused_port(one, port, self.own_ports) for one in addresses)), None)


def _own_hosts(names: tuple[str, ...]) -> set[str]:
    """Return the names and addresses of this machine, beyond loopback."""
    import psutil

    interfaces = psutil.net_if_addrs().values()
    found = {entry.address.partition("%")[0] for entries in interfaces for entry in entries}
    addresses = {text for text in found if "." in text or "::" in text}
    return addresses | {plain_host(name) for name in (socket.gethostname(), *names)}

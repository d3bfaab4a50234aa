"""Where the requests of a run may go: one rule for its target, its token server, its proxy and every redirect."""

import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from dashboard.addresses import plain_host, refused_name, refused_port, resolved
from dashboard.model.errors import FieldError, Forbidden
from dashboard.model.origins import origin_of
from dashboard.outbound.addresses import AddressRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGate:
    """Lets requests through to the hosts of ALLOWED_TARGETS, but not to refused addresses or the dashboard itself.

    A host has to match `allowed` and `token_targets`, the limit of the named token `token`; an empty list is no limit.
    `own_port` is the port of the dashboard, `run_ports` are those of its runs, and `own_names` are further names of
    this machine. k6 applies the same rule to redirects, and checks the addresses of names when it connects.
    """

    allowed: tuple[str, ...] = ()
    token_targets: tuple[str, ...] = ()
    token: str | None = None
    own_port: int | None = None
    run_ports: frozenset[int] = frozenset()
    own_names: tuple[str, ...] = ()

    @property
    def own_ports(self) -> frozenset[int]:
        """All ports of this machine to which no request is sent."""
        return self.run_ports | ({self.own_port} if self.own_port is not None else set())

    def limited_to(self, token_targets: tuple[str, ...], token: str | None) -> "TargetGate":
        """Return this gate with the targets of a named token, the only hosts to which it may send requests."""
        return replace(self, token_targets=token_targets, token=token)

    def for_webhooks(self) -> "TargetGate":
        """Return this gate without ALLOWED_TARGETS, which limits loads."""
        return replace(self, allowed=())

    def check_url(self, field: str, url: str) -> None:
        """Check the origin of `url`. Raises Forbidden, AddressRefused."""
        if origin := origin_of(url):
            self.check(field, origin.host, origin.port)

    def check(self, field: str, host: str, port: int) -> None:
        """Check a host and a port. Raises Forbidden, AddressRefused."""
        if unlisted := self._unlisted(host):
            message = f"{host} is not in {unlisted}"
            raise Forbidden(f"{field}: {message}.", errors=(FieldError(field, message),))
        if reason := refused_name(host) or self._own_port(host, port):
            message = f"{host} is {reason}. No requests are sent there"
            raise AddressRefused(f"{field}: {message}.", errors=(FieldError(field, message),))

    def variables(self) -> dict[str, str]:
        """Return the variable that passes this gate to the k6 script."""
        gate = {
            "allowed": self.allowed,
            "token_targets": self.token_targets,
            "own_ports": sorted(self.own_ports),
            "own_hosts": sorted(_own_hosts(self.own_names)) if self.own_ports else (),
        }
        return {"GATE": json.dumps(gate, separators=(",", ":"))} if any(gate.values()) else {}

    def _unlisted(self, host: str) -> str | None:
        """Return the list that `host` is missing from; None if it is in all."""
        if not _is_listed(host, self.allowed):
            return "ALLOWED_TARGETS"
        if not _is_listed(host, self.token_targets):
            return f'the targets of the token "{self.token}": {", ".join(self.token_targets)}'
        return None

    def _own_port(self, host: str, port: int) -> str | None:
        """Return the reason if `host` and `port` lead to the dashboard. A name is resolved only for such a port."""
        addresses = resolved(host, port) if port in self.own_ports else []
        return next(filter(None, (refused_port(one, port, self.own_ports) for one in addresses)), None)


def _is_listed(host: str, patterns: Iterable[str]) -> bool:
    """Return whether a host matches one of the patterns, or there are none."""
    return not patterns or any(fnmatchcase(host.lower(), pattern.lower()) for pattern in patterns)


def _own_hosts(names: tuple[str, ...]) -> set[str]:
    """Return the names and addresses of this machine, beyond loopback."""
    import psutil

    interfaces = psutil.net_if_addrs().values()
    found = {entry.address.partition("%")[0] for entries in interfaces for entry in entries}
    addresses = {text for text in found if "." in text or "::" in text}
    return addresses | {plain_host(name) for name in (socket.gethostname(), *names)}

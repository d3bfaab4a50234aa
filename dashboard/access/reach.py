"""Whether other machines can reach the server."""

import ipaddress

from dashboard.settings import Settings


def is_reachable_from_outside(settings: Settings) -> bool:
    """Return whether other machines can reach the server: directly, or through a proxy that shares its host."""
    is_proxied = bool(settings.trusted_proxy or settings.dashboard_names)
    return is_proxied or not is_loopback(settings.dashboard_host)


def is_loopback(host: str) -> bool:
    """Return whether a server that listens on `host` is reachable from this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False

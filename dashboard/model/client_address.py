"""Which addresses count as one client."""

import ipaddress

# The key of the peer in a WSGI environment: the address of the connection, before a proxy's headers replace it.
PEER_KEY = "dashboard.peer"


def client_key(client: str) -> str:
    """Return what counts as one client: an IPv4 address or an IPv6 /64 network."""
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return client[:64]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    # All IPv4 clients of an IPv6 socket are in ::ffff:0:0/96, which is a part of one /64.
    mapped = address.ipv4_mapped
    return str(mapped or ipaddress.ip_network((address, 64), strict=False))

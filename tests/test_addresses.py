"""Refused addresses: the vectors of tests/addresses.json, which the tests of the k6 script use too."""

import ipaddress
import json
import socket

import pytest

from dashboard.addresses import REFUSED_NETWORKS, refused_address, refused_name, refused_port
from tests.conftest import ROOT

VECTORS = json.loads((ROOT / "tests" / "addresses.json").read_bytes())


@pytest.mark.parametrize("host", VECTORS["refused"])
def test_an_address_is_refused(host: str) -> None:
    assert refused_name(host)


@pytest.mark.parametrize("host", VECTORS["allowed"])
def test_an_address_is_allowed(host: str) -> None:
    assert refused_name(host) is None


@pytest.mark.parametrize("host", VECTORS["refused"])
def test_an_address_that_the_resolver_reads_is_refused(host: str) -> None:
    """A name server may return the address, and the resolver accepts forms that other programs do not."""
    try:
        found = socket.getaddrinfo(host, 80, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        return
    addresses = [ipaddress.ip_address(str(entry[4][0])) for entry in found]
    is_loopback = all(address.is_loopback for address in addresses)
    assert is_loopback or all(refused_address(address) for address in addresses)


def test_every_refused_ipv4_network_is_refused_within_ipv6() -> None:
    networks = [network for network, _ in REFUSED_NETWORKS]
    for network in networks:
        if isinstance(network, ipaddress.IPv4Network):
            for prefix in ("64:ff9b::", "::ffff:", "::"):
                address = ipaddress.IPv6Address(f"{prefix}{network[0]}")
                is_loopback = prefix == "::" and network[0] == ipaddress.ip_address("127.255.255.255")
                assert is_loopback or refused_address(address), address


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1"])
def test_the_ports_of_the_dashboard_are_refused_on_this_machine(address: str) -> None:
    assert refused_port(ipaddress.ip_address(address), 5656, {5656}) == "the dashboard itself"
    assert refused_port(ipaddress.ip_address(address), 8000, {5656}) is None


def test_the_ports_of_the_dashboard_are_allowed_on_other_machines() -> None:
    assert refused_port(ipaddress.ip_address("192.0.2.1"), 5656, {5656}) is None

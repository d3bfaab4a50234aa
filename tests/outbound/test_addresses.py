"""The address guard: what it refuses and what it allows."""

from ipaddress import ip_address

import pytest

from dashboard.outbound.addresses import AddressGuard, AddressRefused

ALLOW_LOOPBACK = AddressGuard(allow_loopback=True)
REFUSE_LOOPBACK = AddressGuard(allow_loopback=False)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.0.1",
        "fe80::1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "::169.254.169.254",
        "fd00:ec2::254",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "::ffff:100.100.100.200",
        "224.0.0.1",
        "ff02::1",
        "0.0.0.0",
        "::",
        "::ffff:0.0.0.0",
        "255.255.255.255",
    ],
)
def test_reserved_addresses_are_always_refused(address: str) -> None:
    for guard in (ALLOW_LOOPBACK, REFUSE_LOOPBACK):
        with pytest.raises(AddressRefused):
            guard.check(address, ip_address(address), 80)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
def test_loopback_is_refused_unless_allowed(address: str) -> None:
    ALLOW_LOOPBACK.check(address, ip_address(address), 80)
    with pytest.raises(AddressRefused, match="loopback address of the dashboard's machine"):
        REFUSE_LOOPBACK.check(address, ip_address(address), 80)


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "192.168.1.1", "172.16.0.1", "fd12::1", "93.184.216.34", "2606:2800::1"]
)
def test_private_and_public_addresses_are_allowed(address: str) -> None:
    REFUSE_LOOPBACK.check(address, ip_address(address), 80)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "::ffff:127.0.0.1"])
def test_ports_of_the_dashboard_are_refused_on_this_machine(address: str) -> None:
    guard = AddressGuard(allow_loopback=True, own_ports=frozenset({5656}))

    with pytest.raises(AddressRefused, match="the dashboard itself"):
        guard.check(address, ip_address(address), 5656)
    guard.check(address, ip_address(address), 8000)


def test_ports_of_the_dashboard_are_allowed_on_other_machines() -> None:
    AddressGuard(allow_loopback=True, own_ports=frozenset({5656})).check("far", ip_address("192.0.2.1"), 5656)

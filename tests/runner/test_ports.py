"""Ports outside the range that the system assigns to other programs."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.runner import ports


@given(low=st.integers(1024, 65_535), high=st.integers(1024, 65_535))
def test_candidates_are_outside_the_ephemeral_range(low: int, high: int) -> None:
    low, high = sorted((low, high))
    for port in ports.candidates(low, high):
        assert 20_000 <= port <= 65_535
        assert not low <= port <= high


def test_a_full_ephemeral_range_gives_no_candidates() -> None:
    assert list(ports.candidates(1024, 65_535)) == []


def test_a_chosen_port_is_in_use_and_can_be_bound_again() -> None:
    with ports.listen_on_free_port() as listener:
        port = ports.port_of(listener)
        low, high = ports.ephemeral_range()
        assert not low <= port <= high
        with pytest.raises(OSError, match="in use"):
            ports.listen(port)
        with socket.create_connection(("127.0.0.1", port)):
            accepted, _ = listener.accept()
            accepted.close()
    ports.listen(port).close()


def test_a_free_port_can_be_bound() -> None:
    ports.listen(ports.free_port()).close()

"""Tallies: merging, differences and their compact form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.model.short_names import SHORT_NAMES
from dashboard.model.tally import Tally, total_of
from tests.factories import a_histogram, a_tally
from tests.strategies import tallies


@given(tallies(), tallies(), tallies())
def test_merging_is_independent_of_order_and_grouping(a: Tally, b: Tally, c: Tally) -> None:
    assert total_of([a, b, c]) == total_of([c, total_of([b, a])])


@given(tallies(), tallies())
def test_since_returns_what_was_added(before: Tally, added: Tally) -> None:
    assert total_of([before, added]).since(before) == added


@given(tallies())
def test_the_difference_from_itself_is_empty(now: Tally) -> None:
    assert not now.since(total_of([now]))


@given(tallies())
def test_the_compact_form_is_lossless(tally: Tally) -> None:
    assert Tally.from_bytes(tally.to_bytes()) == tally


@given(tallies(), st.data())
def test_a_truncated_compact_form_is_rejected(tally: Tally, data: st.DataObject) -> None:
    blob = tally.to_bytes()
    with pytest.raises(ValueError, match="the tally blob"):
        Tally.from_bytes(blob[: data.draw(st.integers(0, len(blob) - 1))])


def test_short_names_keep_their_positions_in_the_stored_format() -> None:
    assert SHORT_NAMES[3] == "2+"
    assert SHORT_NAMES[15] == "http_req_waiting"
    assert SHORT_NAMES[21] == "connections_reused"
    assert SHORT_NAMES[22:24] == ("0", "200")
    assert len(SHORT_NAMES) == len(set(SHORT_NAMES)) == 40
    assert SHORT_NAMES[38:] == ("x+", "x-")


def test_merging_does_not_change_its_inputs() -> None:
    one, other = a_tally(), a_tally([0.5], failed=[1.0])
    total_of([one, other]).add(other)
    assert one == a_tally()
    assert other == a_tally([0.5], failed=[1.0])


def test_requests_are_counted_by_outcome_and_class() -> None:
    tally = a_tally([0.1, 0.2, 0.3], failed=[0.4])
    tally.add_duration("0-", a_histogram([0.0, 0.0]))
    assert (tally.requests, tally.failed) == (6, 3)
    assert [tally.requests_in_class(name) for name in "012345x"] == [2, 0, 3, 0, 0, 1, 0]


def test_durations_of_expected_responses_are_separate() -> None:
    tally = a_tally([0.1, 0.2], failed=[9.0])
    assert tally.duration() == a_histogram([0.1, 0.2, 9.0])
    assert tally.success_duration() == a_histogram([0.1, 0.2])


def test_a_tally_is_truthy_if_it_counted_anything() -> None:
    assert not Tally()
    assert a_tally()

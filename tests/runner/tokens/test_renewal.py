"""When the next token is asked for, from times alone."""

import pytest

from dashboard.runner.tokens.renewal import RenewalSchedule


def with_token(life_s: float | None, interval_s: float | None = None) -> RenewalSchedule:
    renewal = RenewalSchedule(renews=True, interval_s=interval_s)
    renewal.got(0, life_s)
    return renewal


@pytest.mark.parametrize(
    ("life_s", "interval_s", "wait_s"),
    [(300, None, 180), (6, None, 3.6), (300, 20, 20), (None, 20, 20), (0.1, None, 1.2), (0, 0.1, 1.0)],
)
def test_the_next_token_comes_before_this_one_expires(
    life_s: float | None, interval_s: float | None, wait_s: float
) -> None:
    assert with_token(life_s, interval_s).wait_s(0) == pytest.approx(wait_s)


@pytest.mark.parametrize("life_s", [None, 0, -5])
def test_a_life_that_is_not_told_waits_for_a_refusal(life_s: float | None) -> None:
    renewal = with_token(life_s)
    assert renewal.wait_s(1_000) is None
    assert renewal.refused(1_000)
    assert renewal.wait_s(1_000) == 0


def test_a_token_is_not_replaced_within_a_second() -> None:
    renewal = with_token(300)
    assert renewal.refused(0.2)
    assert renewal.wait_s(0.2) == pytest.approx(0.8)


def test_failures_double_the_wait_up_to_a_minute() -> None:
    renewal, now, waits = RenewalSchedule(renews=True, interval_s=None), 0.0, []
    for _ in range(9):
        waits.append(renewal.failed(now))
        assert renewal.wait_s(now) == waits[-1]
        now += waits[-1]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_token_after_failures_is_as_good_as_any() -> None:
    renewal = with_token(6)
    for now in (4, 5, 7):
        renewal.failed(now)
    renewal.got(11, 6)
    assert renewal.refused(12.5)
    assert renewal.failed(12.5) == 1


def test_a_target_that_refuses_every_token_is_asked_about_ever_less() -> None:
    renewal, now, refreshes = with_token(300), 0.0, []
    while now < 400:
        if renewal.refused(now) and renewal.wait_s(now) == 0:
            refreshes.append(now)
            renewal.got(now, 300, refused=True)
        now += 1
    assert len(refreshes) < 14
    assert refreshes[-1] - refreshes[-2] >= 50


def test_tokens_that_hold_are_replaced_at_once_however_often() -> None:
    renewal = with_token(None)
    for now in range(20, 400, 20):
        assert renewal.refused(now)
        assert renewal.wait_s(now) == 0
        renewal.got(now, None, refused=True)


def test_without_renewal_nothing_is_due_and_nothing_helps() -> None:
    renewal = RenewalSchedule(renews=False, interval_s=5)
    renewal.got(0, 6)
    assert renewal.wait_s(100) is None
    assert not renewal.refused(100)


def test_a_wish_counts_whatever_failed_before() -> None:
    renewal = with_token(300)
    for _ in range(7):
        renewal.failed(10)
    assert not renewal.refused(11)
    renewal.hurry(11)
    assert renewal.wait_s(11) == 0

"""When the next token is requested, decided from times only."""

import pytest

from dashboard.runner.tokens.renewal import RenewalSchedule


def schedule_with_token(life_s: float | None, interval_s: float | None = None) -> RenewalSchedule:
    schedule = RenewalSchedule(renews=True, interval_s=interval_s)
    schedule.record_token(0, life_s)
    return schedule


@pytest.mark.parametrize(
    ("life_s", "interval_s", "wait_s"),
    [(300, None, 180), (6, None, 3.6), (300, 20, 20), (None, 20, 20), (0.1, None, 1.2), (0, 0.1, 1.0)],
)
def test_the_next_token_is_due_before_the_current_one_expires(
    life_s: float | None, interval_s: float | None, wait_s: float
) -> None:
    assert schedule_with_token(life_s, interval_s).seconds_until_due(0) == pytest.approx(wait_s)


@pytest.mark.parametrize("life_s", [None, 0, -5])
def test_with_an_unknown_lifetime_renewal_waits_for_a_rejection(life_s: float | None) -> None:
    schedule = schedule_with_token(life_s)
    assert schedule.seconds_until_due(1_000) is None
    assert schedule.record_rejection(1_000)
    assert schedule.seconds_until_due(1_000) == 0


def test_a_token_is_not_replaced_within_a_second() -> None:
    schedule = schedule_with_token(300)
    assert schedule.record_rejection(0.2)
    assert schedule.seconds_until_due(0.2) == pytest.approx(0.8)


def test_failures_double_the_wait_up_to_a_minute() -> None:
    schedule, now, waits = RenewalSchedule(renews=True, interval_s=None), 0.0, []
    for _ in range(9):
        waits.append(schedule.record_failure(now))
        assert schedule.seconds_until_due(now) == waits[-1]
        now += waits[-1]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_token_after_failures_resets_the_gap() -> None:
    schedule = schedule_with_token(6)
    for now in (4, 5, 7):
        schedule.record_failure(now)
    schedule.record_token(11, 6)
    assert schedule.record_rejection(12.5)
    assert schedule.record_failure(12.5) == 1


def test_a_target_that_rejects_every_token_widens_the_gap() -> None:
    schedule, now, refreshes = schedule_with_token(300), 0.0, []
    while now < 400:
        if schedule.record_rejection(now) and schedule.seconds_until_due(now) == 0:
            refreshes.append(now)
            schedule.record_token(now, 300, rejected=True)
        now += 1
    assert len(refreshes) < 14
    assert refreshes[-1] - refreshes[-2] >= 50


def test_stable_tokens_are_replaced_immediately_after_a_rejection() -> None:
    schedule = schedule_with_token(None)
    for now in range(20, 400, 20):
        assert schedule.record_rejection(now)
        assert schedule.seconds_until_due(now) == 0
        schedule.record_token(now, None, rejected=True)


def test_without_renewal_nothing_is_ever_due() -> None:
    schedule = RenewalSchedule(renews=False, interval_s=5)
    schedule.record_token(0, 6)
    assert schedule.seconds_until_due(100) is None
    assert not schedule.record_rejection(100)


def test_a_refresh_request_overrides_earlier_failures() -> None:
    schedule = schedule_with_token(300)
    for _ in range(7):
        schedule.record_failure(10)
    assert not schedule.record_rejection(11)
    schedule.renew_now(11)
    assert schedule.seconds_until_due(11) == 0

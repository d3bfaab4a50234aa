"""What follows an attempt."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.model.run import iso
from dashboard.model.webhook import Delivery, DeliveryState
from dashboard.webhooks.retries import Attempt, parse_retry_after, pause_s, settled
from tests.factories import A_MOMENT
from tests.webhooks.samples import NOW, an_outbox_event

PENDING = Delivery(
    number=1,
    webhook_id="wh_aaaaaaaaaaaa",
    event=an_outbox_event(),
    state=DeliveryState.PENDING,
    attempts=0,
    since=NOW,
    next_at=NOW,
)
FAILED = Attempt(status=500, answer="oops", error="the receiver answered 500")
JITTER = random.Random(1)


def test_a_failure_is_tried_again_and_keeps_its_answer() -> None:
    result = settled(PENDING, FAILED, A_MOMENT, JITTER)
    assert (result.state, result.attempts) == (DeliveryState.PENDING, 1)
    assert (result.status, result.answer, result.error) == (500, "oops", "the receiver answered 500")
    assert result.next_at is not None
    assert (
        str(iso(A_MOMENT + timedelta(seconds=1)))
        <= result.next_at
        <= str(iso(A_MOMENT + timedelta(seconds=2)))
    )


def test_pauses_grow_to_an_hour() -> None:
    pauses = [pause_s(attempts, random.Random(attempts)) for attempts in range(1, 30)]
    for attempts, pause in enumerate(pauses, 1):
        longest = min(3_600, 2 * 2 ** (attempts - 1))
        assert longest / 2 <= pause <= longest


def test_a_delivery_is_given_up_after_24_hours_and_tried_a_last_time_then() -> None:
    at, delivery = A_MOMENT, PENDING
    while delivery.state is DeliveryState.PENDING:
        delivery = settled(delivery, FAILED, at, JITTER)
        at = at if delivery.next_at is None else max(at, A_MOMENT.fromisoformat(delivery.next_at))
    assert delivery.state is DeliveryState.DEAD
    assert at == A_MOMENT + timedelta(hours=24)
    assert 30 < delivery.attempts < 70


@pytest.mark.parametrize(
    ("attempt", "state"),
    [
        (Attempt(status=204), DeliveryState.DELIVERED),
        (replace(FAILED, is_final=True), DeliveryState.DEAD),
        (Attempt(error="no commit", skipped=True), DeliveryState.SKIPPED),
    ],
)
def test_an_end_has_no_next_attempt(attempt: Attempt, state: DeliveryState) -> None:
    result = settled(PENDING, attempt, A_MOMENT, JITTER)
    assert (result.state, result.next_at, result.ended_at) == (state, None, iso(A_MOMENT))


def test_retry_after_makes_the_pause_longer_but_not_past_the_end() -> None:
    for retry_after, expected in ((100.0, timedelta(seconds=100)), (1e6, timedelta(hours=24))):
        result = settled(PENDING, replace(FAILED, retry_after_s=retry_after), A_MOMENT, JITTER)
        assert result.next_at == iso(A_MOMENT + expected)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("120", 120.0),
        ("9" * 30, 86_400.0),
        ("Sat, 21 Nov 2026 10:16:00 GMT", 59.877),
        ("Sat, 21 Nov 2020 10:16:00 GMT", 0.0),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header, A_MOMENT) == (None if seconds is None else pytest.approx(seconds))

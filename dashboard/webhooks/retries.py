"""What follows an attempt: the delivery is done, is tried again later, or is given up."""

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from dashboard.model.run import from_iso, iso
from dashboard.model.webhook import Delivery, DeliveryState

FIRST_PAUSE_S, MAX_PAUSE_S = 2.0, 3_600.0
GIVE_UP_AFTER = timedelta(hours=24)
GONE = 410
HONORS_RETRY_AFTER = (429, 503)
MAX_ANSWER_CHARACTERS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The result of one attempt.

    status, answer: of the receiver, or None without a response · error: why it failed, or None
    retry_after_s: how long the receiver asked to wait · is_final: trying again cannot help
    skipped: nothing was to send
    """

    status: int | None = None
    answer: str | None = None
    error: str | None = None
    retry_after_s: float | None = None
    is_final: bool = False
    skipped: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether the receiver accepted the message."""
        return self.error is None


def settled(delivery: Delivery, attempt: Attempt, now: datetime, jitter: random.Random) -> Delivery:
    """Return the delivery after an attempt."""
    attempts = delivery.attempts + 1
    result = replace(
        delivery, attempts=attempts, status=attempt.status, answer=attempt.answer, error=attempt.error
    )
    ended = replace(result, next_at=None, ended_at=iso(now))
    if attempt.skipped:
        return replace(ended, state=DeliveryState.SKIPPED, attempts=delivery.attempts)
    if attempt.succeeded:
        return replace(ended, state=DeliveryState.DELIVERED)
    last = from_iso(delivery.since) + GIVE_UP_AFTER
    if attempt.is_final or now >= last:
        return replace(ended, state=DeliveryState.DEAD)
    pause = timedelta(seconds=max(pause_s(attempts, jitter), attempt.retry_after_s or 0.0))
    return replace(result, next_at=iso(min(now + pause, last)))


def pause_s(attempts: int, jitter: random.Random) -> float:
    """Return the pause after `attempts` failures: 2, 4, 8 … s, at most an hour, each shortened by up to a half."""
    longest = min(MAX_PAUSE_S, FIRST_PAUSE_S * 2 ** min(attempts - 1, 12))
    return jitter.uniform(longest / 2, longest)


def parse_retry_after(text: str | None, now: datetime) -> float | None:
    """Return the seconds of a Retry-After header, which is a number or a date. None if it is neither."""
    if not text:
        return None
    if text.strip().isdecimal():
        return min(float(text), GIVE_UP_AFTER.total_seconds())
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(0.0, (until - now).total_seconds()), GIVE_UP_AFTER.total_seconds())

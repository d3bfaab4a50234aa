"""When the next token is requested: before the current one expires, and at a limited rate. Pure."""

from typing import Final

SHARE_OF_LIFE: Final = 0.6
MIN_LIFE_S: Final = 2.0  # with a shorter lifetime the token server would do nothing but renew tokens
MIN_GAP_S: Final = 1.0
MAX_GAP_S: Final = 60.0
MAX_RENEWAL_WAIT_S: Final = 2.0
STABLE_S: Final = 10.0  # a token that was valid for this much longer than the gap counts as stable


class RenewalSchedule:
    """All times are seconds on one monotonic clock.

    The gap to the next request doubles, up to a minute, after a failed request and after a new token that the target
    rejects quickly.
    """

    def __init__(self, *, renews: bool, interval_s: float | None) -> None:
        self._renews = renews
        self._interval_s = interval_s
        self._due: float | None = None
        self._not_before = 0.0
        self._gap_s = MIN_GAP_S
        self._received_at: float | None = None

    def record_token(self, now: float, life_s: float | None, *, rejected: bool = False) -> None:
        """Schedule the renewal. `rejected`: the target rejected the previous token."""
        was_stable = self._received_at is None or now - self._received_at >= STABLE_S + self._gap_s
        if rejected and not was_stable:
            self._widen_gap(now)
        else:
            self._gap_s = MIN_GAP_S
            self._not_before = now + MIN_GAP_S
        self._received_at = now
        wait_s = self.renewal_interval(life_s)
        self._due = None if wait_s is None else now + wait_s

    def record_failure(self, now: float) -> float:
        """Schedule the next attempt and return the seconds until then."""
        self._widen_gap(now)
        if self._renews:
            self._due = self._not_before
        return self._not_before - now

    def renewal_interval(self, life_s: float | None) -> float | None:
        """Return the seconds from one token to the next request; None: request one only after a rejection.

        A lifetime of 0 means unknown, because servers that do not track lifetimes return it.
        """
        if not self._renews:
            return None
        if self._interval_s is not None:
            return max(MIN_GAP_S, self._interval_s)
        return None if not life_s or life_s < 0 else max(MIN_LIFE_S, life_s) * SHARE_OF_LIFE

    def seconds_until_due(self, now: float) -> float | None:
        """Return the seconds until a request is due; None when no request is scheduled."""
        return None if self._due is None else max(0.0, self._due - now)

    def record_rejection(self, now: float) -> bool:
        """Schedule a renewal after the target rejected the token. Returns whether it is due soon."""
        if not self._renews or self._not_before - now > MAX_RENEWAL_WAIT_S:
            return False
        self._due = max(now, self._not_before)
        return True

    def renew_now(self, now: float) -> None:
        """Request a token immediately, regardless of earlier failures."""
        self._due = self._not_before = now

    def _widen_gap(self, now: float) -> None:
        self._not_before = now + self._gap_s
        self._gap_s = min(MAX_GAP_S, 2 * self._gap_s)

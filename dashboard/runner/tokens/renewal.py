"""When a token is asked for: before the one in force expires, and not too often whatever happens. Pure."""

from typing import Final

SHARE_OF_LIFE: Final = 0.6
LEAST_LIFE_S: Final = 2.0  # below that renewing would be all that the token server does
MIN_GAP_S: Final = 1.0
MOST_GAP_S: Final = 60.0
SOON_S: Final = 2.0
HELD_S: Final = 10.0  # a token that held this much longer than the gap was a good one


class RenewalSchedule:
    """All times are seconds on one monotonic clock.

    Two things widen the gap to the next request: a failure, and a target that refuses tokens as fast as
    they come. Both double it, up to a minute.
    """

    def __init__(self, *, renews: bool, interval_s: float | None) -> None:
        self._renews = renews
        self._interval_s = interval_s
        self._due: float | None = None
        self._not_before = 0.0
        self._gap_s = MIN_GAP_S
        self._got_at: float | None = None

    def got(self, now: float, life_s: float | None, *, refused: bool = False) -> None:
        """A token came; `refused` says that the one before it was refused by the target."""
        held = self._got_at is None or now - self._got_at >= HELD_S + self._gap_s
        if refused and not held:
            self._widen(now)
        else:
            self._gap_s = MIN_GAP_S
            self._not_before = now + MIN_GAP_S
        self._got_at = now
        wait_s = self.interval_of(life_s)
        self._due = None if wait_s is None else now + wait_s

    def failed(self, now: float) -> float:
        """None came; the seconds until it is tried again."""
        self._widen(now)
        if self._renews:
            self._due = self._not_before
        return self._not_before - now

    def interval_of(self, life_s: float | None) -> float | None:
        """Seconds from a token to the request for the next; None: only when it is refused.

        A life of 0 says nothing, as servers that do not tell it answer it too.
        """
        if not self._renews:
            return None
        if self._interval_s is not None:
            return max(MIN_GAP_S, self._interval_s)
        return None if not life_s or life_s < 0 else max(LEAST_LIFE_S, life_s) * SHARE_OF_LIFE

    def wait_s(self, now: float) -> float | None:
        """Seconds until a request is due; None when none is."""
        return None if self._due is None else max(0.0, self._due - now)

    def refused(self, now: float) -> bool:
        """The target refused the token in force. Whether another is asked for now or soon."""
        if not self._renews or self._not_before - now > SOON_S:
            return False
        self._due = max(now, self._not_before)
        return True

    def hurry(self, now: float) -> None:
        """Somebody wants a fresh one now, whatever failed before."""
        self._due = self._not_before = now

    def _widen(self, now: float) -> None:
        self._not_before = now + self._gap_s
        self._gap_s = min(MOST_GAP_S, 2 * self._gap_s)

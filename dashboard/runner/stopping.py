"""When k6 gets its one SIGTERM, and when it is killed: decided from times alone."""

from enum import Enum


class StopAction(Enum):
    NONE = 0
    TERMINATE = 1
    KILL = 2


class StopPolicy:
    """All times are seconds on one monotonic clock.

    A second SIGTERM would cost the summary, so there is never one: what does not end in `grace_s` is killed.
    """

    def __init__(self, *, deadline: float, grace_s: float) -> None:
        self._deadline = deadline
        self._grace_s = grace_s
        self._sent: float | None = None
        self.asked = False
        self.timed_out = False
        self.killed = False

    def resume(self, sent: float, *, asked: bool, timed_out: bool) -> None:
        """An earlier runner has sent the SIGTERM."""
        self._sent, self.asked, self.timed_out = sent, asked, timed_out

    def step(self, now: float, *, asked: bool, waits: bool = False) -> StopAction:
        """`waits`: what was asked for has time until running iterations are through."""
        self.asked = self.asked or asked
        if self._sent is None:
            self.timed_out = now >= self._deadline
            if not self.timed_out and (waits or not self.asked):
                return StopAction.NONE
            self._sent = now
            return StopAction.TERMINATE
        if now < self._sent + self._grace_s:
            return StopAction.NONE
        self.killed = True
        return StopAction.KILL

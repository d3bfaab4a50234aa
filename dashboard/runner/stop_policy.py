"""Decides, from times only, when k6 receives its single SIGTERM and when it is killed."""

from enum import Enum


class StopAction(Enum):
    NONE = 0
    TERMINATE = 1
    KILL = 2


class StopPolicy:
    """All times are seconds on one monotonic clock.

    A second SIGTERM would make k6 drop its summary, so only one is sent. A k6 that has not exited after `grace_s`
    is killed.
    """

    def __init__(self, *, deadline: float, grace_s: float) -> None:
        self._deadline = deadline
        self._grace_s = grace_s
        self._sent: float | None = None
        self.requested = False
        self.timed_out = False
        self.killed = False

    def resume(self, sent: float, *, requested: bool, timed_out: bool) -> None:
        """Continue after an earlier runner that has sent the SIGTERM."""
        self._sent, self.requested, self.timed_out = sent, requested, timed_out

    def next_action(self, now: float, *, requested: bool, draining: bool = False) -> StopAction:
        """Return the action that is due now. `draining`: a requested stop still waits for running iterations."""
        self.requested = self.requested or requested
        if self._sent is None:
            self.timed_out = now >= self._deadline
            if not self.timed_out and (draining or not self.requested):
                return StopAction.NONE
            self._sent = now
            return StopAction.TERMINATE
        if now < self._sent + self._grace_s:
            return StopAction.NONE
        self.killed = True
        return StopAction.KILL

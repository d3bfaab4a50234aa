"""A stop that cuts no request: nobody begins an iteration any more, and k6 is ended when none runs."""

import http.client
import json
from typing import Final, NamedTuple

from dashboard.runner import ports
from dashboard.runner.channel import Channel

_RUNNING: Final = 7  # k6's own numbers: what is below comes before the load, what is above after it
_ANSWER_S: Final = 0.2
_LOOK_EVERY_S: Final = 0.25
_HEARD_AFTER_POLLS: Final = 1.4  # a user asks once in 1.35 of a poll


class K6Activity(NamedTuple):
    """How far k6 is, and how many of its users are active: parked ones are."""

    state: int
    vus: int


class Draining:
    """All times are seconds on one monotonic clock. It begins with the first question."""

    def __init__(self, channel: Channel, *, rest_port: int, limit_s: float, poll_s: float) -> None:
        self._channel = channel
        self._rest_port = rest_port
        self._limit_s = limit_s
        self._heard_s = poll_s * _HEARD_AFTER_POLLS
        self._began: float | None = None
        self._next_look = 0.0
        self.running: int | None = None
        self.is_over = False

    @property
    def drained(self) -> bool:
        """Whether nothing ran any more when it was over."""
        return self.is_over and self.running == 0

    def finished(self, now: float) -> bool:
        """Whether k6 may be ended: nothing runs, or the time is up."""
        if self._began is None:
            self._began = now
            self._channel.begin_drain()
        if not self.is_over and now >= self._next_look:
            self._next_look = now + _LOOK_EVERY_S
            self.running = _running(ask_k6(self._rest_port), self._channel.parked)
            heard = now - self._began >= self._heard_s
            self.is_over = (heard and self.running == 0) or now - self._began >= self._limit_s
        return self.is_over


def ask_k6(rest_port: int) -> K6Activity | None:
    """k6's own word; None when it gives none."""
    connection = http.client.HTTPConnection(ports.HOST, rest_port, timeout=_ANSWER_S)
    try:
        connection.request("GET", "/v1/status")
        told = json.loads(connection.getresponse().read())["data"]["attributes"]
        return K6Activity(int(told["status"]), int(told["vus"]))
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()


def _running(status: K6Activity | None, parked: int) -> int | None:
    if status is None or status.state < _RUNNING:
        return None
    return max(0, status.vus - parked) if status.state == _RUNNING else 0

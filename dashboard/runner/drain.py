"""A stop that interrupts no request: no user starts an iteration, and k6 is stopped once no iteration runs."""

import http.client
import json
from typing import Final, NamedTuple

from dashboard.runner import ports
from dashboard.runner.channel import Channel

_RUNNING: Final = 7  # k6's state numbers: lower ones come before the load, higher ones after it
_RESPONSE_TIMEOUT_S: Final = 0.2
_CHECK_INTERVAL_S: Final = 0.25
_MAX_POLLS_TO_NOTICE: Final = 1.4  # a user polls the channel at least once in 1.35 poll periods


class K6Activity(NamedTuple):
    """k6's state number and the number of its active users, idle ones included."""

    state: int
    vus: int


class Drain:
    """Starts with the first call of `advance`. All times are seconds on one monotonic clock."""

    def __init__(self, channel: Channel, *, rest_port: int, limit_s: float, poll_s: float) -> None:
        self._channel = channel
        self._rest_port = rest_port
        self._limit_s = limit_s
        self._notice_s = poll_s * _MAX_POLLS_TO_NOTICE
        self._started: float | None = None
        self._next_check = 0.0
        self.running: int | None = None
        self.is_over = False

    @property
    def drained(self) -> bool:
        """Whether the drain ended with no running iteration."""
        return self.is_over and self.running == 0

    def advance(self, now: float) -> bool:
        """Check the iterations. Returns whether k6 may be stopped: none runs, or the time limit has passed."""
        if self._started is None:
            self._started = now
            self._channel.start_drain()
        if not self.is_over and now >= self._next_check:
            self._next_check = now + _CHECK_INTERVAL_S
            self.running = _running_iterations(query_k6(self._rest_port), self._channel.idle_users)
            noticed = now - self._started >= self._notice_s
            self.is_over = (noticed and self.running == 0) or now - self._started >= self._limit_s
        return self.is_over


def query_k6(rest_port: int) -> K6Activity | None:
    """Return the activity from k6's REST API; None when k6 does not respond."""
    connection = http.client.HTTPConnection(ports.HOST, rest_port, timeout=_RESPONSE_TIMEOUT_S)
    try:
        connection.request("GET", "/v1/status")
        attributes = json.loads(connection.getresponse().read())["data"]["attributes"]
        return K6Activity(int(attributes["status"]), int(attributes["vus"]))
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()


def _running_iterations(activity: K6Activity | None, idle_users: int) -> int | None:
    if activity is None or activity.state < _RUNNING:
        return None
    return max(0, activity.vus - idle_users) if activity.state == _RUNNING else 0

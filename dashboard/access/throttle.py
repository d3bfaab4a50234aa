"""Rate limiting of wrong tokens."""

import threading
from collections import OrderedDict, deque

from dashboard.model.errors import DashboardError

_MAX_FAILURES = 10
_WINDOW_S = 60.0
_MAX_CLIENTS = 1_000


class TooManyAttempts(DashboardError):
    """A client sent too many wrong tokens."""

    status = 429
    title = "Too many attempts"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"Your address sent too many wrong tokens. Try again in {retry_after_s} s.")
        self.retry_after_s = retry_after_s


class Throttle:
    """Counts failures per client in a sliding window. It keeps a bounded number of clients."""

    def __init__(
        self,
        *,
        max_failures: int = _MAX_FAILURES,
        window_s: float = _WINDOW_S,
        max_clients: int = _MAX_CLIENTS,
    ) -> None:
        self._max_failures, self._window_s, self._max_clients = max_failures, window_s, max_clients
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def seconds_until_retry(self, client: str, now: float) -> float:
        """Return the seconds until `client` may try again, or 0."""
        times = self._failures.get(client)
        if times is None or len(times) < self._max_failures:
            return 0.0
        return max(0.0, times[0] + self._window_s - now)

    def record_failure(self, client: str, now: float) -> None:
        """Count a failure of `client`."""
        with self._lock:
            times = self._failures.pop(client, None) or deque(maxlen=self._max_failures)
            times.append(now)
            self._failures[client] = times
            if len(self._failures) > self._max_clients:
                self._failures.popitem(last=False)

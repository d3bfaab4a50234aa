"""The shipper: sends pending runs in order and retries until InfluxDB has them. No line is ever dropped."""

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dashboard.model.run import RunId, iso
from dashboard.replica.batches import BatchBuilder, RunBatch
from dashboard.replica.client import InfluxClient
from dashboard.replica.errors import InfluxDenied, InfluxError, InfluxRejected, InfluxUnavailable
from dashboard.store.outbox import Outbox

IDLE_PAUSE_S = 1.0
FIRST_RETRY_S, MAX_RETRY_S = 1.0, 60.0
# Limit of the writes that search for the rejected lines in one batch.
MAX_BISECTION_WRITES = 64
LINES_PER_RETRY = 500
RATE_WINDOW_S = 60.0


@dataclass(frozen=True, slots=True)
class ShippingError:
    """Why nothing is sent. `is_denied`: a person must fix the token, the organization or the bucket."""

    message: str
    since: datetime
    is_denied: bool


class Shipper:
    """The work of one loop. While `is_live()`, it pauses after each batch for as long as the batch took."""

    def __init__(
        self,
        influx: InfluxClient,
        outbox: Outbox,
        builder: BatchBuilder,
        is_live: Callable[[], bool],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._influx = influx
        self._outbox = outbox
        self._builder = builder
        self._is_live = is_live
        self._clock = clock
        self._monotonic = monotonic
        self._jitter = random.Random()  # noqa: S311 - not a secret
        self._failures = 0
        self._retry_at = 0.0
        self._woken = False
        self._bucket_checked = False
        self._sent: deque[tuple[float, int]] = deque()
        self._lock = threading.Lock()
        self.error: ShippingError | None = None
        self.last_sent_at: datetime | None = None
        self.attempts = 0

    def tick(self, now: float) -> float:
        """Send one round of batches. Returns the pause until the next in seconds."""
        if now < self._retry_at:
            return self._retry_at - now
        self._woken = False
        try:
            self._outbox.add_new(str(iso(self._clock())))
            sent = self._send_next(now)
        except InfluxError as error:
            return self._back_off(error)
        self._failures, self.error = 0, None
        self._bucket_checked = self._bucket_checked or sent
        if not sent:
            return IDLE_PAUSE_S
        return self._monotonic() - now if self._is_live() else 0.0

    def wake(self) -> None:
        """End the current back-off, because the problem may be fixed."""
        self._woken = True
        self._retry_at = 0.0

    def retry_rejected(self) -> tuple[int, int]:
        """Send rejected lines again. Returns how many were accepted and how many were rejected again."""
        accepted = rejected = after = 0
        while lines := self._outbox.rejected(after=after, limit=LINES_PER_RETRY):
            after = lines[-1].number
            still_rejected = {line for _, line, _ in self._write([(one.run_id, one.line) for one in lines])}
            good = [one.number for one in lines if one.line not in still_rejected]
            self._outbox.remove_rejected(good)
            accepted, rejected = accepted + len(good), rejected + len(lines) - len(good)
        return accepted, rejected

    def points_per_s(self, now: float) -> float:
        """Return the points sent per second, averaged over the last minute."""
        with self._lock:
            return sum(count for at, count in self._sent if at > now - RATE_WINDOW_S) / RATE_WINDOW_S

    def _send_next(self, now: float) -> bool:
        """Delete what must be deleted, then send the next batches. Returns False when nothing is pending."""
        if not self._bucket_checked:
            self._check_bucket()
        for run_id, _ in self._outbox.deletions():
            self.attempts += 1
            self._influx.delete(run_id, "1970-01-01T00:00:00Z", "2200-01-01T00:00:00Z")
            self._outbox.remove_deletion(run_id)
        batches = self._builder.build(self._outbox.pending())
        if not batches:
            return False
        self._send(batches, now)
        return True

    def _check_bucket(self) -> None:
        """Create a missing bucket. If the token cannot list buckets, the first write shows whether it exists."""
        try:
            self._influx.ensure_bucket()
        except (InfluxDenied, InfluxRejected):
            return
        self._bucket_checked = True

    def _send(self, batches: list[RunBatch], now: float) -> None:
        rejected = self._write([(batch.run_id, line) for batch in batches for line in batch.lines])
        at = str(iso(self._clock()))
        for batch in batches:
            of_run = [(line, message) for run_id, line, message in rejected if run_id == batch.run_id]
            if of_run:
                self._outbox.add_rejected(batch.run_id, of_run, at)
            if batch.version is None:
                self._outbox.mark_sent(batch.run_id, batch.seq)
            else:
                self._outbox.mark_complete(batch.run_id, batch.version, batch.seq)
        self.last_sent_at = self._clock()
        with self._lock:
            self._sent.append((now, sum(len(batch.lines) for batch in batches) - len(rejected)))
            while self._sent and self._sent[0][0] < now - RATE_WINDOW_S:
                self._sent.popleft()

    def _write(self, lines: list[tuple[RunId, str]]) -> list[tuple[RunId, str, str]]:
        """Write lines and return the rejected ones with their messages, found by bisection.

        Raises InfluxUnavailable, InfluxDenied.
        """
        rejected: list[tuple[RunId, str, str]] = []
        parts, writes = [lines] if lines else [], 0
        while parts:
            part = parts.pop()
            try:
                writes += 1
                self.attempts += 1
                self._influx.write([line for _, line in part])
            except InfluxRejected as error:
                middle = len(part) // 2
                if middle and writes < MAX_BISECTION_WRITES:
                    parts += [part[:middle], part[middle:]]
                else:
                    rejected += [(run_id, line, str(error)) for run_id, line in part]
        return rejected

    def _back_off(self, error: InfluxError) -> float:
        """Record the error and return the pause: a random part of 2, 4, 8 … 60 s, at least Retry-After."""
        self._failures += 1
        self._bucket_checked = False
        limit = min(MAX_RETRY_S, FIRST_RETRY_S * 2 ** min(self._failures, 10))
        pause_s = self._jitter.uniform(0, limit)
        is_denied = isinstance(error, InfluxDenied)
        if is_denied:
            pause_s = max(pause_s, limit / 2)
        if isinstance(error, InfluxUnavailable) and error.retry_after_s is not None:
            pause_s = max(pause_s, error.retry_after_s)
        since = self.error.since if self.error else self._clock()
        self.error = ShippingError(str(error), since, is_denied)
        # The problem may have been fixed while this request was failing.
        if self._woken:
            return 0.0
        self._retry_at = self._monotonic() + pause_s
        return pause_s

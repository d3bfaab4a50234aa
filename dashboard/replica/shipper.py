"""Sends what is due, in order, until InfluxDB has it: nothing is dropped, and a bad time is waited out."""

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dashboard.model.run import RunId, iso
from dashboard.replica.errors import Away, InfluxError, Malformed, NotAllowed
from dashboard.replica.influx import Influx
from dashboard.replica.parcels import Packer, Parcel
from dashboard.store.outbox import Outbox

IDLE_S = 1.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
MOST_SIFTING_WRITES = 64
RATE_OVER_S = 60.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why nothing is sent: `mend` when somebody has to do something about it."""

    words: str
    since: datetime
    mend: bool


class Shipper:
    """One loop's work. `busy` says whether a run is live: then half of the time is left to it."""

    def __init__(
        self,
        influx: Influx,
        outbox: Outbox,
        packer: Packer,
        busy: Callable[[], bool],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._influx = influx
        self._outbox = outbox
        self._packer = packer
        self._busy = busy
        self._clock = clock
        self._monotonic = monotonic
        self._jitter = random.Random()  # noqa: S311 - not a secret
        self._failures = 0
        self._not_before = 0.0
        self._bucket_seen = False
        self._sent: deque[tuple[float, int]] = deque()
        self._lock = threading.Lock()
        self.trouble: Trouble | None = None
        self.last_sent_at: datetime | None = None
        self.attempts = 0

    def tick(self, now: float) -> float:
        """Send one batch; returns how long to wait until the next, in seconds."""
        if now < self._not_before:
            return self._not_before - now
        try:
            self._outbox.add_new(str(iso(self._clock())))
            sent = self._step(now)
        except InfluxError as error:
            return self._hold(error)
        self._failures, self.trouble = 0, None
        self._bucket_seen = self._bucket_seen or sent
        if not sent:
            return IDLE_S
        return self._monotonic() - now if self._busy() else 0.0

    def wake(self) -> None:
        """Try again at once: something may have been mended."""
        self._not_before = 0.0

    def retry_parked(self) -> tuple[int, int]:
        """Send refused lines once more; how many were taken and how many are still refused."""
        taken = refused = after = 0
        while parked := self._outbox.rejected(after=after, limit=500):
            after = parked[-1].number
            bad = {line for _, line, _ in self._write([(one.run_id, one.line) for one in parked])}
            good = [one.number for one in parked if one.line not in bad]
            self._outbox.remove_rejected(good)
            taken, refused = taken + len(good), refused + len(parked) - len(good)
        return taken, refused

    def points_per_s(self, now: float) -> float:
        """Points sent in the last minute, a second."""
        with self._lock:
            return sum(count for at, count in self._sent if at > now - RATE_OVER_S) / RATE_OVER_S

    def _step(self, now: float) -> bool:
        if not self._bucket_seen:
            self._see_bucket()
        for run_id, _ in self._outbox.deletions():
            self.attempts += 1
            self._influx.delete(run_id, "1970-01-01T00:00:00Z", "2200-01-01T00:00:00Z")
            self._outbox.remove_deletion(run_id)
        parcels = self._packer.batch(self._outbox.pending())
        if not parcels:
            return False
        self._ship(parcels, now)
        return True

    def _see_bucket(self) -> None:
        """A token that may only write cannot see buckets: then the first write tells."""
        try:
            self._influx.ensure_bucket()
        except (NotAllowed, Malformed):
            return
        self._bucket_seen = True

    def _ship(self, parcels: list[Parcel], now: float) -> None:
        refused = self._write([(parcel.run_id, line) for parcel in parcels for line in parcel.lines])
        at = str(iso(self._clock()))
        for parcel in parcels:
            mine = [(line, words) for run_id, line, words in refused if run_id == parcel.run_id]
            if mine:
                self._outbox.add_rejected(parcel.run_id, mine, at)
            if parcel.version is None:
                self._outbox.mark_sent(parcel.run_id, parcel.seq)
            else:
                self._outbox.mark_complete(parcel.run_id, parcel.version, parcel.seq)
        self.last_sent_at = self._clock()
        with self._lock:
            self._sent.append((now, sum(len(parcel.lines) for parcel in parcels) - len(refused)))
            while self._sent and self._sent[0][0] < now - RATE_OVER_S:
                self._sent.popleft()

    def _write(self, lines: list[tuple[RunId, str]]) -> list[tuple[RunId, str, str]]:
        """Write lines; those that are refused come back, each with the words. Raises Away, NotAllowed."""
        refused: list[tuple[RunId, str, str]] = []
        parts, writes = [lines] if lines else [], 0
        while parts:
            part = parts.pop()
            try:
                writes += 1
                self.attempts += 1
                self._influx.write([line for _, line in part])
            except Malformed as error:
                middle = len(part) // 2
                if middle and writes < MOST_SIFTING_WRITES:
                    parts += [part[:middle], part[middle:]]
                else:
                    refused += [(run_id, line, str(error)) for run_id, line in part]
        return refused

    def _hold(self, error: InfluxError) -> float:
        self._failures += 1
        self._bucket_seen = False
        limit = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(self._failures, 10))
        pause_s = self._jitter.uniform(0, limit)
        mend = isinstance(error, NotAllowed)
        if mend:
            pause_s = max(pause_s, limit / 2)
        if isinstance(error, Away) and error.retry_after_s is not None:
            pause_s = max(pause_s, error.retry_after_s)
        since = self.trouble.since if self.trouble else self._clock()
        self.trouble = Trouble(str(error), since, mend)
        self._not_before = self._monotonic() + pause_s
        return pause_s

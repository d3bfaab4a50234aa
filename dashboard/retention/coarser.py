"""Makes the detail of one run coarser, a slice at a time: after each slice everything adds up as before."""

from collections.abc import Iterator, Sequence

from dashboard.model.run import RetentionLevel, RunId
from dashboard.model.snapshot import OpKey, Interval
from dashboard.model.tally import Tally
from dashboard.retention.policy import WINDOWS
from dashboard.runs.rollup import rolled
from dashboard.store.store import Store
from dashboard.store.values import StoredInterval

INTERVALS_AT_ONCE = 200


class Downsampler:
    """The work on one run. Cut off anywhere, it leaves a run of which some windows are longer than others."""

    def __init__(self, store: Store, run_id: RunId, level: RetentionLevel, apdex_t_ms: float) -> None:
        self._store = store
        self._run_id = run_id
        self._level = level
        self._apdex_t_ms = apdex_t_ms
        self._seconds, self._key_every = WINDOWS[level]
        self._so_far: dict[OpKey, Tally] = {}
        self._since_key = 0

    def slices(self) -> Iterator[None]:
        """Does one slice before each yield; ends early when the run may not be touched any more."""
        after, ended = 0, False
        while not ended:
            found = self._store.intervals.stored(self._run_id, after=after, limit=INTERVALS_AT_ONCE)
            ended = len(found) < INTERVALS_AT_ONCE
            coarse = list(rolled(map(_decoded, found), self._seconds, self._apdex_t_ms))
            replaced = self._store.intervals.replace(
                self._run_id,
                (found[0].snapshot.seq, found[-1].snapshot.seq) if found else (0, 0),
                self._encoded(coarse, ended=ended),
                self._level if ended else None,
            )
            if not replaced:
                return
            # the last window may go on in what follows, so it is taken up again
            after = coarse[-2].snapshot.seq if len(coarse) > 1 else after
            yield

    def _encoded(self, coarse: Sequence[Interval], *, ended: bool) -> list[StoredInterval]:
        whole = coarse if ended else coarse[:-1]
        intervals = [self._closed(interval, last=ended and interval is coarse[-1]) for interval in whole]
        return intervals + [_stored(interval, {}) for interval in coarse[len(whole) :]]

    def _closed(self, interval: Interval, *, last: bool) -> StoredInterval:
        """A window that is whole, with a keyframe where one is due."""
        for op, tally in interval.tallies.items():
            self._so_far.setdefault(op, Tally()).add(tally)
        self._since_key += 1
        due = last or self._since_key >= self._key_every
        if due:
            self._since_key = 0
        return _stored(interval, self._so_far if due else {})


def _decoded(interval: StoredInterval) -> Interval:
    tallies = {op: Tally.from_bytes(blob) for op, blob in interval.tallies.items()}
    return Interval(snapshot=interval.snapshot, tallies=tallies, keyframe=None)


def _stored(interval: Interval, keyframe: dict[OpKey, Tally]) -> StoredInterval:
    return StoredInterval(
        snapshot=interval.snapshot,
        tallies={op: tally.to_bytes() for op, tally in interval.tallies.items()},
        keyframe={op: tally.to_bytes() for op, tally in keyframe.items()},
    )

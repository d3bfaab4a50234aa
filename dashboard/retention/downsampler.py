"""Downsampling of one run in slices. Each slice is one transaction that leaves the run consistent."""

from collections.abc import Iterator, Sequence

from dashboard.model.exact import Bounds
from dashboard.model.run import RetentionLevel, RunId
from dashboard.model.snapshot import Interval, OpKey
from dashboard.model.tally import Tally
from dashboard.retention.policy import WINDOWS
from dashboard.runs.rollup import downsample
from dashboard.store.store import Store
from dashboard.store.values import StoredInterval

INTERVALS_PER_SLICE = 200


class Downsampler:
    """Downsamples one run. When interrupted, some windows of the run are longer than others.

    bounds: the exact minimum and maximum latency of the run
    """

    def __init__(
        self,
        store: Store,
        run_id: RunId,
        level: RetentionLevel,
        apdex_t_ms: float,
        bounds: Bounds | None = None,
    ) -> None:
        self._store = store
        self._run_id = run_id
        self._level = level
        self._apdex_t_ms = apdex_t_ms
        self._bounds = bounds
        self._window_s, self._windows_per_keyframe = WINDOWS[level]
        self._cumulative: dict[OpKey, Tally] = {}
        self._windows_since_keyframe = 0

    def slices(self) -> Iterator[None]:
        """Process one slice before each yield. Ends early when the store refuses a change of the run."""
        after, ended = 0, False
        while not ended:
            stored = self._store.intervals.read(self._run_id, after=after, limit=INTERVALS_PER_SLICE)
            ended = len(stored) < INTERVALS_PER_SLICE
            coarse = list(downsample(map(_decode, stored), self._window_s, self._apdex_t_ms, self._bounds))
            replaced = self._store.intervals.replace(
                self._run_id,
                (stored[0].snapshot.seq, stored[-1].snapshot.seq) if stored else (0, 0),
                self._encode(coarse, ended=ended),
                self._level if ended else None,
            )
            if not replaced:
                return
            # The next slice reads the last window again, because it may continue there.
            after = coarse[-2].snapshot.seq if len(coarse) > 1 else after
            yield

    def _encode(self, coarse: Sequence[Interval], *, ended: bool) -> list[StoredInterval]:
        complete = coarse if ended else coarse[:-1]
        intervals = [self._complete(one, last=ended and one is coarse[-1]) for one in complete]
        return intervals + [_encode_interval(one, {}) for one in coarse[len(complete) :]]

    def _complete(self, interval: Interval, *, last: bool) -> StoredInterval:
        """Return a complete window, with a keyframe when one is due."""
        for op, tally in interval.tallies.items():
            self._cumulative.setdefault(op, Tally()).add(tally)
        self._windows_since_keyframe += 1
        due = last or self._windows_since_keyframe >= self._windows_per_keyframe
        if due:
            self._windows_since_keyframe = 0
        return _encode_interval(interval, self._cumulative if due else {})


def _decode(interval: StoredInterval) -> Interval:
    tallies = {op: Tally.from_bytes(blob) for op, blob in interval.tallies.items()}
    return Interval(snapshot=interval.snapshot, tallies=tallies, keyframe=None)


def _encode_interval(interval: Interval, keyframe: dict[OpKey, Tally]) -> StoredInterval:
    return StoredInterval(
        snapshot=interval.snapshot,
        tallies={op: tally.to_bytes() for op, tally in interval.tallies.items()},
        keyframe={op: tally.to_bytes() for op, tally in keyframe.items()},
    )

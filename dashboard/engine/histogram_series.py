"""The cumulative histogram of one series, advanced in place, because there are thousands."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate, compress, repeat
from operator import sub

from dashboard.engine.remote_write_pb2 import Histogram as WireHistogram
from dashboard.engine.remote_write_pb2 import Span
from dashboard.model.histogram import SCHEMA, Histogram

# All series share these integer objects. With its own copies, each series would fill more of the processor's cache.
MAX_USUAL_INDEX = 1_024
USUAL_INDEXES = tuple(range(-MAX_USUAL_INDEX, MAX_USUAL_INDEX))


class InvalidHistogram(ValueError):
    """The histogram has another schema, or not one count per bucket. The message is the reason."""


class HistogramSeries:
    """The last known state of a series, in the form in which k6 sent it: spans, and the difference of each count from
    that of the bucket before it."""

    __slots__ = ("_deltas", "_indexes", "_negatives", "_spans", "_total", "_zero")

    def __init__(self) -> None:
        self._spans: list[bytes] = []
        self._deltas: list[int] = []
        self._indexes: list[int] = []
        self._negatives: dict[int, int] = {}
        self._zero, self._total = 0, 0.0

    @property
    def known(self) -> Histogram:
        """The cumulative histogram."""
        return Histogram.of(
            _buckets(self._indexes, self._deltas), self._zero, self._total, self._negatives.copy()
        )

    def advance(self, wire: WireHistogram, spans: list[bytes]) -> Histogram:
        """Advance to the state in `wire`, and return the increase: everything if the source has restarted.

        wire: a valid histogram · spans: the result of `spans_of(wire)`
        """
        deltas, zero, total = wire.positive_deltas[:], wire.zero_count, wire.sum
        indexes = self._indexes if spans == self._spans else _indexes(spans)
        added = self._added(indexes, deltas)
        if added is None or zero < self._zero or wire.negative_deltas or self._negatives:
            later = decoded(wire)
            increase = later.since(self.known)
            self._negatives = later.negatives
        else:
            changed = dict(compress(zip(indexes, added, strict=True), added))
            increase = Histogram.of(changed, zero - self._zero, total - self._total, {})
        self._spans, self._deltas, self._indexes = spans, deltas, indexes
        self._zero, self._total = zero, total
        return increase

    def _added(self, indexes: list[int], deltas: list[int]) -> list[int] | None:
        """Return the increase of each bucket; None when a bucket shrank or disappeared.

        It avoids a Python loop, because this is the hot path. Two thirds of the series still have the same buckets.
        """
        if indexes is self._indexes:
            added = list(accumulate(map(sub, deltas, self._deltas)))
        else:
            before = dict(zip(self._indexes, accumulate(self._deltas), strict=True))
            if sum(map(before.__contains__, indexes)) < len(before):
                return None
            added = list(map(sub, accumulate(deltas), map(before.get, indexes, repeat(0))))
        return None if added and min(added) < 0 else added


def spans_of(wire: WireHistogram) -> list[bytes]:
    """Return the spans of the positive buckets. Raises InvalidHistogram."""
    if wire.schema != SCHEMA:
        raise InvalidHistogram(f"histogram has schema {wire.schema}; only schema {SCHEMA} is supported")
    spans = wire.positive_spans[:]
    is_valid = _size(spans) == len(wire.positive_deltas)
    if wire.negative_spans or wire.negative_deltas:
        is_valid = is_valid and _size(wire.negative_spans) == len(wire.negative_deltas)
    if not is_valid:
        raise InvalidHistogram("histogram has a different number of counts and buckets")
    return spans


def decoded(wire: WireHistogram) -> Histogram:
    """Return a histogram that `spans_of` has checked."""
    buckets = _buckets(_indexes(wire.positive_spans), wire.positive_deltas)
    negatives = _buckets(_indexes(wire.negative_spans), wire.negative_deltas)
    return Histogram.of(buckets, wire.zero_count, wire.sum, negatives)


def _buckets(indexes: Iterable[int], deltas: Iterable[int]) -> dict[int, int]:
    counts = zip(indexes, accumulate(deltas), strict=True)
    return {index: count for index, count in counts if count}


def _size(spans: Iterable[bytes]) -> int:
    """Return the number of buckets."""
    return sum(map(_length, spans))


def _indexes(spans: Iterable[bytes]) -> list[int]:
    """Return the index of each bucket. A span begins at a distance from the end of the one before it."""
    indexes: list[int] = []
    end = 0
    for offset, length in map(_span, spans):
        start = end + offset
        end = start + length
        if start >= -MAX_USUAL_INDEX and end <= MAX_USUAL_INDEX:
            indexes += USUAL_INDEXES[start + MAX_USUAL_INDEX : end + MAX_USUAL_INDEX]
        else:
            indexes += range(start, end)
    return indexes


@lru_cache(4_096)
def _span(raw: bytes) -> tuple[int, int]:
    """Return offset and length. Thousands of series have a few hundred different spans."""
    span = Span.FromString(raw)
    return span.offset, span.length


@lru_cache(4_096)
def _length(raw: bytes) -> int:
    return _span(raw)[1]

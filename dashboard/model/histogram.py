"""Mergeable log-linear histograms as k6 sends them (native histograms, schema 3).

Bucket `i` counts values in (2^((i-1)/8), 2^(i/8)]: every boundary is 9.05% above the one below. Values
are seconds for times, otherwise bytes or plain numbers. Zero has its own bucket; negative buckets mirror positive ones.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from operator import itemgetter

from dashboard.model.varint import BlobReader, reading, write_counts, write_double, write_varint

SCHEMA = 3
PER_OCTAVE = 1 << SCHEMA
BLOB_VERSION = 1
Cell = tuple[int, int, int]  # sign, index, count
_size_of = itemgetter(2)


def upper_edge(index: int) -> float:
    """Return the upper edge of bucket `index`; its lower edge is `upper_edge(index - 1)`."""
    return float(2.0 ** (index / PER_OCTAVE))


class Histogram:
    """Counts per bucket, the zero count and the sum. Only `add` changes a histogram."""

    __slots__ = ("buckets", "negatives", "total", "zero")

    def __init__(
        self,
        buckets: Mapping[int, int] | None = None,
        *,
        zero: int = 0,
        total: float = 0.0,
        negatives: Mapping[int, int] | None = None,
    ) -> None:
        self.buckets: dict[int, int] = dict(buckets) if buckets else {}
        self.negatives: dict[int, int] = dict(negatives) if negatives else {}
        self.zero = zero
        self.total = total

    @classmethod
    def of(cls, buckets: dict[int, int], zero: int, total: float, negatives: dict[int, int]) -> "Histogram":
        """Return a histogram that uses the mappings themselves, not copies of them."""
        new = cls.__new__(cls)
        new.buckets, new.zero, new.total, new.negatives = buckets, zero, total, negatives
        return new

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Histogram):
            return NotImplemented
        return (
            self.zero == other.zero
            and math.isclose(self.total, other.total, rel_tol=1e-9, abs_tol=1e-9)
            and self.buckets == other.buckets
            and self.negatives == other.negatives
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Histogram(count={self.count}, mean={self.mean})"

    @property
    def count(self) -> int:
        """Number of values, including the zero bucket."""
        return self.zero + sum(self.buckets.values()) + sum(self.negatives.values())

    @property
    def mean(self) -> float | None:
        """The mean, which is exact because the sum is; None when empty."""
        count = self.count
        return self.total / count if count else None

    @property
    def is_empty(self) -> bool:
        """Whether no value was counted."""
        return not (self.buckets or self.zero or self.negatives)

    def copy(self) -> "Histogram":
        """Return an independent copy to accumulate into."""
        return Histogram.of(self.buckets.copy(), self.zero, self.total, self.negatives.copy())

    def add(self, other: "Histogram") -> None:
        """Add the values of `other`."""
        self.zero += other.zero
        self.total += other.total
        _add_counts(self.buckets, other.buckets)
        if other.negatives:
            _add_counts(self.negatives, other.negatives)

    def since(self, earlier: "Histogram") -> "Histogram":
        """Return the values added since the cumulative state `earlier`; all values if the source has restarted."""
        zero = self.zero - earlier.zero
        buckets = _difference(self.buckets, earlier.buckets)
        negatives = (
            _difference(self.negatives, earlier.negatives) if self.negatives or earlier.negatives else {}
        )
        if zero < 0 or buckets is None or negatives is None:
            return self.copy()
        return Histogram.of(buckets, zero, self.total - earlier.total, negatives)

    def without(self, other: "Histogram") -> "Histogram":
        """Return the values that are not in `other`, which may contain values that are missing here."""
        if other.is_empty:
            return self
        buckets = {
            index: count - other.buckets.get(index, 0)
            for index, count in self.buckets.items()
            if count > other.buckets.get(index, 0)
        }
        total = max(0.0, self.total - other.total) if buckets else 0.0
        return Histogram.of(buckets, max(0, self.zero - other.zero), total, dict(self.negatives))

    def quantile(self, q: float) -> float | None:
        """Return the quantile, interpolated between order statistics as k6 does for exact values; None when empty."""
        return self.quantiles((q,))[0]

    def quantiles(self, qs: Sequence[float]) -> list[float | None]:
        """Return several quantiles, computed in one pass.

        The values of a bucket are spread over the bucket. Otherwise the quantiles of a few values would all be bucket
        edges. The error is at most one bucket (9%), typically 1-2%.
        """
        cells = self._ascending()
        ends = list(accumulate(map(_size_of, cells)))
        if not ends:
            return [None] * len(qs)
        quantiles: list[float | None] = []
        for q in qs:
            rank = q * (ends[-1] - 1)
            low = int(rank)
            value = _order_statistic(cells, ends, low)
            if rank > low:
                value += (_order_statistic(cells, ends, low + 1) - value) * (rank - low)
            quantiles.append(value)
        return quantiles

    def quantile_bounds(self, q: float) -> tuple[float, float] | None:
        """Return the lowest and the highest value that the exact quantile can have; None when empty."""
        cells = self._ascending()
        ends = list(accumulate(map(_size_of, cells)))
        if not ends:
            return None
        rank = q * (ends[-1] - 1)
        low = int(rank)
        below = _edges(cells[bisect_right(ends, low)])
        above = _edges(cells[bisect_right(ends, low + 1)]) if rank > low else below
        share = rank - low
        return below[0] + (above[0] - below[0]) * share, below[1] + (above[1] - below[1]) * share

    def count_bounds(self, value: float) -> tuple[int, int]:
        """Return how many values are certainly <= `value` (> 0), and how many may be."""
        position = math.log2(value) * PER_OCTAVE
        certain = self.zero + sum(self.negatives.values())
        certain += sum(count for index, count in self.buckets.items() if index <= position)
        return certain, certain + sum(n for index, n in self.buckets.items() if index - 1 < position < index)

    def _ascending(self) -> list[Cell]:
        """Return every non-empty bucket in ascending order of value."""
        cells = [(-1, index, self.negatives[index]) for index in sorted(self.negatives, reverse=True)]
        if self.zero:
            cells.append((0, 0, self.zero))
        cells += [(1, index, self.buckets[index]) for index in sorted(self.buckets)]
        return cells

    @property
    def min_edge(self) -> float | None:
        """The lower edge of the bucket of the smallest value."""
        if self.negatives:
            return -upper_edge(max(self.negatives))
        if self.zero:
            return 0.0
        return upper_edge(min(self.buckets) - 1) if self.buckets else None

    @property
    def max_edge(self) -> float | None:
        """The upper edge of the bucket of the largest value."""
        if self.buckets:
            return upper_edge(max(self.buckets))
        if self.zero:
            return 0.0
        return -upper_edge(min(self.negatives) - 1) if self.negatives else None

    def count_up_to(self, value: float) -> float:
        """Return how many values are <= `value` (> 0). The bucket that contains `value` is split on the log scale."""
        position = math.log2(value) * PER_OCTAVE
        counted = float(self.zero + sum(self.negatives.values()))
        if self.buckets and max(self.buckets) <= position:
            return counted + sum(self.buckets.values())
        for index, count in self.buckets.items():
            if index <= position:
                counted += count
            elif index - 1 < position:
                counted += count * (position - (index - 1))
        return counted

    def to_bytes(self) -> bytes:
        """Return the compact form that docs/formats.md describes."""
        out = bytearray([BLOB_VERSION])
        self.write(out)
        return bytes(out)

    def write(self, out: bytearray) -> None:
        """Append the body of the compact form (without its version) to `out`."""
        write_varint(out, self.zero)
        write_double(out, self.total)
        write_counts(out, self.buckets)
        write_counts(out, self.negatives)

    @classmethod
    def from_bytes(cls, blob: bytes) -> "Histogram":
        """Return the histogram in `blob`. Raises ValueError for another version or a damaged blob."""
        with reading(blob, "histogram", BLOB_VERSION) as reader:
            return cls.read(reader)

    @classmethod
    def read(cls, reader: BlobReader) -> "Histogram":
        """Read the body of the compact form from `reader`."""
        zero, total = reader.varint(), reader.double()
        return Histogram.of(reader.counts(), zero, total, reader.counts())


def _order_statistic(cells: Sequence[Cell], ends: Sequence[int], rank: int) -> float:
    """Return the estimated value at the 0-based `rank`. `ends` are the cumulative counts of the cells."""
    at = bisect_right(ends, rank)
    sign, index, size = cells[at]
    if not sign:
        return 0.0
    from_end = (ends[at] - rank - 0.5) / size
    position = index - from_end if sign > 0 else index - 1 + from_end
    return float(sign * 2.0 ** (position / PER_OCTAVE))


def _edges(cell: Cell) -> tuple[float, float]:
    """Return the lowest and the highest value of `cell`."""
    sign, index, _ = cell
    if not sign:
        return 0.0, 0.0
    near, far = upper_edge(index - 1), upper_edge(index)
    return (near, far) if sign > 0 else (-far, -near)


def _add_counts(into: dict[int, int], counts: Mapping[int, int]) -> None:
    known = into.get
    for index, count in counts.items():
        into[index] = known(index, 0) + count


def _difference(later: Mapping[int, int], earlier: Mapping[int, int]) -> dict[int, int] | None:
    """Return the difference per bucket without empty buckets; None if a count has decreased."""
    if later == earlier:
        return {}
    if not earlier.keys() <= later.keys():
        return None
    before = earlier.get
    added = {index: more for index, count in later.items() if (more := count - before(index, 0))}
    return None if min(added.values()) < 0 else added


def merge(histograms: Iterable[Histogram]) -> Histogram:
    """Return the sum of `histograms`, whose order does not matter."""
    parts = iter(histograms)
    first = next(parts, None)
    out = Histogram() if first is None else first.copy()
    for histogram in parts:
        out.add(histogram)
    return out
